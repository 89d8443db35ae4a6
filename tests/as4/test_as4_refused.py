"""Messages that are refused as a whole.  Those worth keeping as bytes are in tests/vectors/attacks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oots.as4 import Keyring, Packed
from oots.as4.message import MAX_AGE, MAX_AHEAD
from oots.errors import (
    EbmsError,
    ExternalPayloadError,
    FailedAuthentication,
    InvalidHeader,
    MimeInconsistency,
    OotsError,
    PolicyNoncompliance,
    ProcessingModeMismatch,
    SoapFault,
    ValueInconsistent,
)
from tests.as4.parties import NOW, SOAP, AccessPoint, a_user_message, with_soap


@pytest.fixture(scope="session")
def packed(alpha: AccessPoint, beta: AccessPoint) -> Packed:
    """Would be accepted as it is."""
    return alpha.pack(a_user_message(alpha, beta, mime_types=["a/b", "c/d"]), b"one", b"two")


def refusal(packed: Packed, body: bytes, beta: AccessPoint) -> EbmsError:
    """Give the refusal."""
    with pytest.raises(EbmsError) as caught:
        beta.open(packed.content_type, [body])
    return caught.value


def altered(packed: Packed, old: str, new: str) -> bytes:
    """Replace something in the envelope of a packed message."""
    assert old.encode() in packed.soap
    return with_soap(packed, packed.soap.replace(old.encode(), new.encode()))


def test_a_refusal_names_the_message_in_error_as_soon_as_it_is_known(packed: Packed, beta: AccessPoint) -> None:
    late = refusal(packed, altered(packed, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), beta)
    early = refusal(packed, altered(packed, "ExecuteQueryRequest", "SubmitObjectsRequest"), beta)
    never = refusal(packed, packed.content.read()[:-40], beta)

    assert (type(late), late.ref_to_message_id) == (FailedAuthentication, packed.message.message_id)
    assert (type(early), early.ref_to_message_id) == (ProcessingModeMismatch, packed.message.message_id)
    assert (type(never), never.ref_to_message_id) == (MimeInconsistency, None)


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(0), True),
        (MAX_AGE, True),
        (MAX_AGE + timedelta(seconds=1), False),
        (-MAX_AHEAD, True),
        (-MAX_AHEAD - timedelta(seconds=1), False),
    ],
)
def test_a_message_may_be_so_old_and_no_older(
    age: timedelta, fresh: bool, alpha: AccessPoint, beta: AccessPoint
) -> None:
    message = alpha.pack(a_user_message(alpha, beta, mime_types=(), timestamp=NOW - age))

    if fresh:
        assert beta.unpack(message).message.timestamp == NOW - age
    else:
        with pytest.raises(ValueInconsistent, match="Timestamp"):
            beta.unpack(message)


def test_a_receipt_is_not_pushed(packed: Packed, beta: AccessPoint) -> None:
    with pytest.raises(ValueInconsistent, match="signal"):
        beta.open(SOAP, [beta.receipt(beta.unpack(packed))])


def test_a_message_for_somebody_else_is_refused(packed: Packed, mallory: AccessPoint) -> None:
    with pytest.raises(ProcessingModeMismatch):
        mallory.unpack(packed)


def test_a_party_without_certificate_on_file_is_refused(packed: Packed, beta: AccessPoint) -> None:
    forgetful = replace(beta, keyring=Keyring(own=beta.keys, peers={}))

    with pytest.raises(FailedAuthentication, match="no certificate is on file"):
        forgetful.unpack(packed)


def test_a_party_may_not_sign_for_another(alpha: AccessPoint, beta: AccessPoint, mallory: AccessPoint) -> None:
    message = a_user_message(alpha, beta, mime_types=["a/b"])

    with pytest.raises(FailedAuthentication, match="not on file"):
        beta.unpack(mallory.pack(message, b"one"))


def test_parts_have_to_be_those_that_were_announced(packed: Packed, beta: AccessPoint) -> None:
    body = packed.content.read()
    marker = body[: body.index(b"\r\n")]
    pieces = body.split(marker)
    one_less = marker.join([*pieces[:2], *pieces[3:]])
    one_more = marker.join([*pieces[:-1], b"\r\nContent-ID: <more@ap>\r\n\r\n1\r\n", pieces[-1]])
    renamed = body.replace(b"Content-ID: <part-1", b"Content-ID: <part-9")

    for changed in (one_less, one_more, renamed):
        assert isinstance(refusal(packed, changed, beta), ExternalPayloadError)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("<eb:UserMessage", "<eb:UserMessage extra='1'", InvalidHeader),
        ("AP_AA_01", "AP_AA_01<!-- -->", InvalidHeader),
        ("AP_AA_01", "AP_MM_01", FailedAuthentication),
        ('name="originalSender"', 'name="someSender"', ValueInconsistent),
        ("</eb:ConversationId>", "1</eb:ConversationId>", FailedAuthentication),
        ("<S12:Header>", "<S12:Header><!-- -->", None),
        ("</S12:Header><S12:Body", "</S12:Header><!-- --><S12:Body", None),
        ("<S12:Body", "<S12:Body S12:encodingStyle='x'", FailedAuthentication),
        ("</wsse:Security>", "<wsse:UsernameToken/></wsse:Security>", None),
        ("<eb:UserMessage", "<eb:UserMessage xmlns:unused='urn:x'", None),
        ("<eb:UserMessage", "<eb:UserMessage  ", None),
    ],
)
def test_what_is_signed_counts_and_what_is_not_does_not(
    old: str, new: str, error: type[OotsError] | None, packed: Packed, beta: AccessPoint
) -> None:
    body = altered(packed, old, new)

    if error is None:
        assert beta.open(packed.content_type, [body]).message == packed.message
    else:
        assert isinstance(refusal(packed, body, beta), error)


def test_a_header_that_we_would_have_to_understand_is_a_fault(packed: Packed, beta: AccessPoint) -> None:
    block = '<S12:Header><x:y xmlns:x="urn:x" S12:mustUnderstand="true"/>'

    with pytest.raises(SoapFault):
        beta.open(packed.content_type, [altered(packed, "<S12:Header>", block)])


def test_a_key_that_opens_nothing_is_not_even_tried(packed: Packed, beta: AccessPoint) -> None:
    assert isinstance(refusal(packed, altered(packed, "aes128-gcm", "aes128-cbc"), beta), PolicyNoncompliance)


@settings(max_examples=500)
@given(at=st.integers(0, 1 << 20), mask=st.integers(1, 255))
def test_no_altered_byte_gets_through_or_ends_in_a_traceback(
    at: int, mask: int, packed: Packed, beta: AccessPoint
) -> None:
    whole = packed.content.read()
    body = bytearray(whole)
    body[at % len(body)] ^= mask

    try:
        received = beta.open(packed.content_type, [bytes(body)])
    except OotsError:
        return
    # Some bytes mean nothing: blanks in the XML, the token of the recipient, the fields that nobody reads.
    assert received.message == packed.message
    assert [payload.content.read() for payload in received.payloads] == [b"one", b"two"]


@settings(max_examples=500)
@given(start=st.integers(0, 1 << 20), length=st.integers(0, 300), insert=st.binary(max_size=20))
def test_no_altered_piece_gets_through_or_ends_in_a_traceback(
    start: int, length: int, insert: bytes, packed: Packed, beta: AccessPoint
) -> None:
    whole = packed.content.read()
    start %= len(whole)

    try:
        received = beta.open(packed.content_type, [whole[:start] + insert + whole[start + length :]])
    except OotsError:
        return
    assert received.message == packed.message
    assert [payload.content.read() for payload in received.payloads] == [b"one", b"two"]
