import pytest

from gateway.ranges import ByteRange, Unsatisfiable, asked_for

ETAG = '"abc"'


def part(field: str | None, *, if_range: str | None = None, size: int = 10) -> tuple[int, int] | None:
    """Give begin and end of what is asked for, None for the whole."""
    found = asked_for(field, if_range=if_range, etag=ETAG, size=size)
    return None if found is None else (found.start, found.stop)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=9-", (9, 10)),
        ("bytes=2-5", (2, 6)),
        ("bytes=2-99999999999999999999", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("Bytes = 1-2 ", (1, 3)),
    ],
)
def test_one_range_is_understood(field: str, expected: tuple[int, int]) -> None:
    assert part(field) == expected


@pytest.mark.parametrize(
    "field",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=1-2,4-5",
        "bytes=1 - 2",
        "bytes=--1",
        "bytes=\u0661-\u0662",
        "items=0-1",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_what_cannot_be_read_and_several_ranges_are_the_whole(field: str | None) -> None:
    assert part(field) is None


@pytest.mark.parametrize("field", ["bytes=10-", "bytes=10-12", "bytes=99999999999999999999-", "bytes=-0"])
def test_what_lies_beyond_the_end_cannot_be_had(field: str) -> None:
    with pytest.raises(Unsatisfiable):
        part(field)


def test_of_nothing_there_is_no_range() -> None:
    assert part("bytes=0-", size=0) is None


@pytest.mark.parametrize(
    ("if_range", "expected"),
    [(ETAG, (3, 10)), ('"other"', None), ('W/"abc"', None), ("abc", None), ("Mon, 04 May 2026 12:00:00 GMT", None)],
)
def test_a_range_of_something_else_is_the_whole(if_range: str, expected: tuple[int, int] | None) -> None:
    assert part("bytes=3-", if_range=if_range) == expected


def test_the_answer_says_which_bytes_it_has() -> None:
    assert ByteRange(start=2, stop=6, size=10).content_range() == "bytes 2-5/10"
