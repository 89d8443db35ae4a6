"""Personal columns: they open in their own place only, and can be found by those who hold the key."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.errors import DamagedContent
from oots.store.node_keys import NodeKeys
from oots.store.sealed_columns import blind_index, open_sealed, seal
from oots.store.secret_key import DataKey, SecretKey

KEY: Final = DataKey(SecretKey(bytes(range(32))))
PLACE: Final = {"table": "event", "row": "e:1", "column": "subject"}


@given(content=st.binary(max_size=3000))
def test_a_value_is_opened_as_it_was_sealed(content: bytes) -> None:
    assert open_sealed(KEY, seal(KEY, content, **PLACE), **PLACE) == content


def test_the_same_value_looks_different_each_time() -> None:
    assert len({seal(KEY, b"Ada", **PLACE) for _ in range(10)}) == 10


@pytest.mark.parametrize(
    "place",
    [
        PLACE | {"row": "e:2"},
        PLACE | {"column": "representative"},
        PLACE | {"table": "journey"},
        {"table": "event:e", "row": "1", "column": "subject"},
        {"table": "event", "row": "e", "column": "1:subject"},
        {"table": "even", "row": "te:1", "column": "subject"},
    ],
    ids=lambda place: ":".join(place.values()),
)
def test_a_value_does_not_open_in_another_place(place: dict[str, str]) -> None:
    sealed = seal(KEY, b"Ada", **PLACE)

    with pytest.raises(DamagedContent, match="does not open: it was altered, or belongs elsewhere"):
        open_sealed(KEY, sealed, **place)


def test_a_value_does_not_open_with_the_key_of_another_message() -> None:
    sealed = seal(KEY, b"Ada", **PLACE)

    with pytest.raises(DamagedContent, match="'subject' of 'e:1' in table 'event' does not open"):
        open_sealed(DataKey(SecretKey.new()), sealed, **PLACE)


@given(content=st.binary(max_size=50), at=st.integers(0), bit=st.integers(0, 7))
def test_a_value_with_a_flipped_bit_does_not_open(content: bytes, at: int, bit: int) -> None:
    sealed = bytearray(seal(KEY, content, **PLACE))
    sealed[at % len(sealed)] ^= 1 << bit

    with pytest.raises(DamagedContent):
        open_sealed(KEY, bytes(sealed), **PLACE)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 12, 27, 28, 30])
def test_a_value_that_was_cut_short_does_not_open(length: int) -> None:
    sealed = seal(KEY, b"Ada", **PLACE)

    with pytest.raises(DamagedContent):
        open_sealed(KEY, sealed[:length], **PLACE)


def test_a_blind_index_finds_equal_texts_within_one_column_of_one_node() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    keys, other = NodeKeys.new(now), NodeKeys.new(now)
    found = blind_index(keys.search_key("subject"), "l|12345")

    assert found == blind_index(keys.search_key("subject"), "l|12345")
    assert found != blind_index(keys.search_key("subject"), "l|12346")
    assert found != blind_index(keys.search_key("evidence"), "l|12345")
    assert found != blind_index(other.search_key("subject"), "l|12345")
    assert "12345" not in found


def test_a_blind_index_is_hmac_sha_256() -> None:
    # Computed with another implementation: openssl dgst -sha256 -mac HMAC.
    assert blind_index(KEY, "l|12345") == "3d6f27b9e1db18d760dcdd218e880266cbe70def9fbb9834759de5e34a1e3196"
