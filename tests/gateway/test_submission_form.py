import pytest

from gateway.form import MAX_MESSAGE_BYTES, SubmissionForm
from oots.errors import CallerError
from oots.spooled import Spooled

FORM = "multipart/form-data; boundary=b"
MESSAGE = b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n{}\r\n'
PAYLOAD = (
    b'--b\r\nContent-Disposition: form-data; name="payload"; filename="p"\r\nContent-Type: a/b\r\n\r\nx\r\n--y\r\n'
)
END = b"--b--\r\n"


def read(body: bytes, *, step: int = 1 << 20) -> SubmissionForm:
    form = SubmissionForm(FORM, new_spooled=Spooled)
    for start in range(0, len(body), step):
        form.write(body[start : start + step])
    return form


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_a_form_comes_in_pieces_of_any_size(step: int) -> None:
    form = read(MESSAGE + PAYLOAD + PAYLOAD + END, step=step)

    assert form.message() == b"{}"
    assert [payload.read() for payload in form.payloads] == [b"x\r\n--y", b"x\r\n--y"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "ends before"),
        (MESSAGE, "ends before"),
        (MESSAGE + PAYLOAD[:-10], "ends before"),
        (END, "message is missing"),
        (PAYLOAD + END, "message is missing"),
    ],
)
def test_a_form_that_is_not_complete_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(CallerError, match=reason):
        read(body).message()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no form at all", "cannot be read"),
        (MESSAGE + MESSAGE, "'message' is unknown, or stands twice"),
        (MESSAGE.replace(b'"message"', b'"other"'), "'other' is unknown"),
        (b"--b\r\n\r\nx\r\n", "'' is unknown"),
        (MESSAGE + PAYLOAD * 29, "more than 28 times"),
        (MESSAGE.replace(b"{}", b"x" * (MAX_MESSAGE_BYTES + 1)), "message has more than"),
        (b"--b\r\nX: " + b"x" * 10_000, "cannot be read"),
    ],
)
def test_what_does_not_belong_into_a_form_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(CallerError, match=reason):
        read(body)


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300]
)
def test_only_forms_are_read(content_type: str) -> None:
    with pytest.raises(CallerError, match=r"form|Boundary"):
        SubmissionForm(content_type, new_spooled=Spooled)
