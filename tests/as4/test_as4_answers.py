"""What a sender believes: a receipt that proves its own message, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from oots.as4 import Accepted, Complaint, Packed, Received, read_answer
from oots.canonical_text import CanonicalElement
from oots.dsig import Reference
from oots.ebms.envelope import write_body, write_envelope, write_messaging
from oots.ebms.messages import Receipt, write_error, write_receipt
from oots.errors import FailedDecryption, InvalidReceipt, ProcessingModeMismatch
from oots.wssec.signature import sign
from oots.xml import EB, EBBP, S12, WSSE, WSU, parse
from tests.as4.parties import NOW, SOAP, AccessPoint, a_user_message


@pytest.fixture
def sent(alpha: AccessPoint, beta: AccessPoint) -> Packed:
    """What alpha posted."""
    return alpha.pack(a_user_message(alpha, beta, mime_types=["a/b", "c/d"]), b"one", b"two")


@pytest.fixture
def received(sent: Packed, beta: AccessPoint) -> Received:
    """What beta made of it."""
    return beta.unpack(sent)


def test_a_receipt_for_what_was_sent_is_accepted(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    receipt = beta.receipt(received)

    answer = alpha.read_answer(receipt, sent=sent)

    assert isinstance(answer, Accepted)
    assert answer.receipt.ref_to_message_id == sent.message.message_id
    assert answer.receipt.references == sent.references
    assert answer.certificate == beta.keys.certificate
    assert answer.soap == receipt


def test_a_receipt_has_one_child_because_domibus_refuses_two(beta: AccessPoint, received: Received) -> None:
    element = parse(beta.receipt(received)).find(f".//{{{EB}}}Receipt")

    assert element is not None
    assert [child.tag for child in element] == [f"{{{EBBP}}}NonRepudiationInformation"]
    assert {child.tag for child in element[0]} == {f"{{{EBBP}}}MessagePartNRInformation"}
    assert len(element[0]) == 4


def test_the_copied_references_are_what_domibus_compares_to_the_letter(
    beta: AccessPoint, sent: Packed, received: Received
) -> None:
    text = beta.receipt(received).decode()

    for item in sent.references:
        assert f'URI="{item.uri}"' in text
        assert f"<ds:DigestValue>{item.digest_value}</ds:DigestValue>" in text


def test_a_receipt_may_come_in_a_package_too(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    body = b"--B\r\nContent-Type: application/soap+xml\r\n\r\n" + beta.receipt(received) + b"\r\n--B--\r\n"

    assert isinstance(alpha.read_answer(body, sent=sent, content_type="multipart/related; boundary=B"), Accepted)


def test_either_of_two_certificates_on_file_may_sign_the_receipt(
    beta: AccessPoint, mallory: AccessPoint, sent: Packed, received: Received
) -> None:
    on_file = [mallory.keys.certificate, beta.keys.certificate]

    assert isinstance(read_answer(SOAP, beta.receipt(received), sent=sent, on_file=on_file, now=NOW), Accepted)


# --- receipts that prove nothing --------------------------------------------------------------------------------------


def refusal(alpha: AccessPoint, answer: bytes, sent: Packed, content_type: str = SOAP) -> str:
    """Give the text of the refusal."""
    with pytest.raises(InvalidReceipt) as caught:
        alpha.read_answer(answer, sent=sent, content_type=content_type)
    assert caught.value.code.value == "EBMS:0302"
    return caught.value.detail


def test_a_receipt_for_another_message_is_refused(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    other = replace(received, message=replace(received.message, message_id="other@ap"))

    assert "another message" in refusal(alpha, beta.receipt(other), sent)


def test_a_receipt_for_the_same_message_id_with_other_content_is_refused(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed
) -> None:
    again = alpha.pack(sent.message, b"one", b"TWO")

    assert "exactly the references" in refusal(alpha, beta.receipt(beta.unpack(again)), sent)


ALTERED: dict[str, Callable[[tuple[Reference, ...]], tuple[Reference, ...]]] = {
    "none": lambda found: found[:0],
    "one less": lambda found: found[:-1],
    "no Body": lambda found: found[1:],
    "one more": lambda found: (*found, replace(found[0], uri="#more")),
    "one twice": lambda found: (*found, found[-1]),
    "one twice instead of another": lambda found: (*found[:-1], found[0]),
    "another digest": lambda found: (*found[:-1], replace(found[-1], digest_value=found[0].digest_value)),
    "another target": lambda found: (*found[:-1], replace(found[-1], uri="cid:other@ap")),
    "another digest method": lambda found: (*found[:-1], replace(found[-1], digest_method="urn:other")),
    "a digest that is no base64": lambda found: (*found[:-1], replace(found[-1], digest_value="é")),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_a_receipt_that_repeats(
    alter: Callable[[tuple[Reference, ...]], tuple[Reference, ...]],
    alpha: AccessPoint,
    beta: AccessPoint,
    sent: Packed,
    received: Received,
) -> None:
    refusal(alpha, beta.receipt(replace(received, references=alter(received.references))), sent)


def test_references_may_be_repeated_in_any_order_and_layout(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    laid_out = tuple(
        replace(item, digest_value=f"\n{item.digest_value[:9]}\n {item.digest_value[9:]}\r\n")
        for item in reversed(received.references)
    )

    receipt = beta.receipt(replace(received, references=laid_out))

    assert isinstance(alpha.read_answer(receipt, sent=sent), Accepted)


def test_a_receipt_that_somebody_else_signed_is_refused(
    alpha: AccessPoint, mallory: AccessPoint, sent: Packed, received: Received
) -> None:
    assert "not on file" in refusal(alpha, mallory.receipt(received), sent)


def test_our_own_message_is_no_receipt_for_itself(alpha: AccessPoint, sent: Packed, received: Received) -> None:
    assert "not on file" in refusal(alpha, alpha.receipt(received), sent)
    assert "user message" in refusal(alpha, sent.content.read(), sent, sent.content_type)


def test_an_expired_certificate_signs_no_receipt(beta: AccessPoint, sent: Packed, received: Received) -> None:
    with pytest.raises(InvalidReceipt, match="not valid at this time"):
        read_answer(
            SOAP,
            beta.receipt(received),
            sent=sent,
            on_file=[beta.keys.certificate],
            now=NOW + timedelta(days=31),
        )


def without_security(soap: bytes) -> bytes:
    """Take `wsse:Security` out of an envelope."""
    root = parse(soap)
    root[0].remove(next(root.iter(f"{{{WSSE}}}Security")))
    return etree.tostring(root)


def signed_by(beta: AccessPoint, messaging: CanonicalElement, *, over: str) -> bytes:
    """Sign Messaging, Body or both as beta, and give the envelope."""
    body = write_body(suffix="r")
    elements = {"messaging": [messaging], "body": [body], "both": [body, messaging]}[over]
    return write_envelope(messaging, body, security=sign(elements, {}, keys=beta.keys, suffix="r").text)


def receipt_messaging(received: Received) -> CanonicalElement:
    """Make a receipt that is not signed yet."""
    receipt = Receipt(
        message_id="r@ap",
        timestamp=NOW,
        ref_to_message_id=received.message.message_id,
        references=received.references,
    )
    return write_messaging(write_receipt(receipt), suffix="r")


def test_an_unsigned_receipt_is_refused(alpha: AccessPoint, sent: Packed, received: Received) -> None:
    made = write_envelope(receipt_messaging(received), write_body(suffix="r"), security="")

    assert "0 signatures" in refusal(alpha, made, sent)
    assert "0 signatures" in refusal(alpha, without_security(made), sent)


def test_a_receipt_that_is_signed_in_part_is_refused(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    for only in ("body", "messaging"):
        assert "cover" in refusal(alpha, signed_by(beta, receipt_messaging(received), over=only), sent)


def test_a_receipt_under_a_signature_that_was_moved_over_it_is_refused(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    # beta once signed a receipt for something else; its Messaging is kept in a wrapper, and ours stands in its place.
    other = replace(received, message=replace(received.message, message_id="other@ap"))
    genuine = parse(beta.receipt(other))
    header = genuine[0]
    forged = receipt_messaging(received).text.encode()
    for same_id in (True, False):
        root = parse(etree.tostring(genuine))
        header = root[0]
        wrapper = etree.SubElement(header, "{urn:x}wrapper")
        wrapper.append(header[0])
        new = parse(forged)
        if same_id:
            new.set(f"{{{WSU}}}Id", str(wrapper[0].get(f"{{{WSU}}}Id")))
        header.insert(0, new)

        assert refusal(alpha, etree.tostring(root), sent)


def test_a_mark_beside_the_references_is_let_be(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    made = receipt_messaging(received)
    mark = '<p:marker xmlns:p="urn:phase4" version="4"></p:marker>'
    marked = replace(made, text=made.text.replace("</eb:Receipt>", f"{mark}</eb:Receipt>"))

    assert isinstance(alpha.read_answer(signed_by(beta, marked, over="both"), sent=sent), Accepted)


def test_any_altered_byte_of_the_receipt_refuses_it(
    alpha: AccessPoint, beta: AccessPoint, sent: Packed, received: Received
) -> None:
    receipt = beta.receipt(received)
    start, end = receipt.index(b"<eb:SignalMessage"), receipt.index(b"</eb:Messaging>")

    for at in range(start, end, 7):
        altered = bytearray(receipt)
        altered[at] ^= 1
        refusal(alpha, bytes(altered), sent)


# --- what is no receipt -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        (SOAP, b""),
        (SOAP, b"<html/>"),
        ("text/html", b"<html>Bad gateway</html>"),
        ("application/json", b"{}"),
        (SOAP, b"<!DOCTYPE a><a/>"),
        ("multipart/related; boundary=B", b"--B--"),
        (
            SOAP,
            f'<S:Envelope xmlns:S="{S12}"><S:Body><S:Fault><S:Code/></S:Fault></S:Body></S:Envelope>'.encode(),
        ),
        (SOAP, b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"/>'),
    ],
)
def test_an_answer_that_is_none(content_type: str, body: bytes, alpha: AccessPoint, sent: Packed) -> None:
    refusal(alpha, body, sent, content_type)


def test_a_signed_error_is_a_complaint(alpha: AccessPoint, beta: AccessPoint, sent: Packed) -> None:
    error = FailedDecryption("no key", ref_to_message_id=sent.message.message_id)

    answer = alpha.read_answer(beta.error(error), sent=sent)

    assert isinstance(answer, Complaint)
    assert [(item.code, item.severity, item.detail) for item in answer.errors] == [("EBMS:0102", "failure", "no key")]


def test_an_unsigned_error_is_a_complaint_too(alpha: AccessPoint, sent: Packed) -> None:
    # phase4 and Oxalis send errors without Security, and sometimes without mustUnderstand.
    unit = write_error(ProcessingModeMismatch("x"), message_id="e@ap", timestamp=NOW)
    signal = write_envelope(write_messaging(unit, suffix="e"), write_body(suffix="e"), security="")
    signal = without_security(signal).replace(b' S12:mustUnderstand="true"', b"")

    answer = alpha.read_answer(signal, sent=sent)

    assert isinstance(answer, Complaint)
    assert [item.code for item in answer.errors] == ["EBMS:0010"]


def test_an_error_about_another_message_is_no_answer(alpha: AccessPoint, beta: AccessPoint, sent: Packed) -> None:
    assert "another message" in refusal(alpha, beta.error(FailedDecryption("x", ref_to_message_id="other@ap")), sent)


def test_our_errors_are_signed_over_messaging_and_body(beta: AccessPoint) -> None:
    root = parse(beta.error(FailedDecryption("x")))

    assert len(root.findall(f".//{{{WSSE}}}Security/{{*}}Signature/{{*}}SignedInfo/{{*}}Reference")) == 2


def test_an_error_beside_a_soap_fault_is_read(alpha: AccessPoint, sent: Packed) -> None:
    # Domibus sends its errors through the fault path of its SOAP stack.
    unit = write_error(ProcessingModeMismatch("x"), message_id="e@ap", timestamp=NOW)
    signal = write_envelope(write_messaging(unit, suffix="e"), write_body(suffix="e"), security="")
    fault = f'<S:Fault xmlns:S="{S12}"/></S12:Body>'.encode()

    answer = alpha.read_answer(signal.replace(b"</S12:Body>", fault), sent=sent)

    assert isinstance(answer, Complaint)
    assert [item.code for item in answer.errors] == ["EBMS:0010"]
