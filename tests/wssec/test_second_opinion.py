"""signxml knows nothing of WS-Security, and verifies what we sign: a second opinion on canonical form and digests."""

import pytest
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature

from oots.codes import MIME_REGREP
from oots.errors import FailedDecryption
from oots.xml import EB, S12
from tests.as4.parties import AccessPoint, a_user_message

REGREP = b"<?xml version='1.0'?>\r\n<q:a xmlns:q='urn:q'><!-- kept --></q:a>\n"


def signed_by_signxml(
    document: bytes, signer: AccessPoint, attachments: dict[str, bytes], references: int
) -> list[str]:
    """Verify with signxml, and give the tags of the elements that it says are signed."""
    results = XMLVerifier().verify(
        document,
        x509_cert=signer.keys.certificate,
        id_attribute="Id",
        uri_resolver=attachments.get,
        expect_config=SignatureConfiguration(expect_references=references, location=".//"),
    )
    return [result.signed_xml.tag for result in results if result.signed_xml is not None]


BOTH = [f"{{{S12}}}Body", f"{{{EB}}}Messaging"]


def test_a_message_without_payload(alpha: AccessPoint, beta: AccessPoint) -> None:
    packed = alpha.pack(a_user_message(alpha, beta, mime_types=()))

    assert signed_by_signxml(packed.soap, alpha, {}, 2) == BOTH


def test_receipts_and_errors(alpha: AccessPoint, beta: AccessPoint) -> None:
    received = beta.unpack(alpha.pack(a_user_message(alpha, beta), REGREP))

    assert signed_by_signxml(beta.receipt(received), beta, {}, 2) == BOTH
    assert signed_by_signxml(beta.error(FailedDecryption("no key")), beta, {}, 2) == BOTH


def test_a_message_with_payloads_whose_content_we_hand_over(alpha: AccessPoint, beta: AccessPoint) -> None:
    # signxml skips the attachment transform that it does not know: right for what is digested as it is.
    packed = alpha.pack(a_user_message(alpha, beta, mime_types=[MIME_REGREP]), REGREP, compress=False)
    name = f"cid:{packed.message.parts[0].content_id}"

    assert signed_by_signxml(packed.soap, alpha, {name: REGREP}, 3)[:2] == BOTH
    with pytest.raises(InvalidDigest):
        signed_by_signxml(packed.soap, alpha, {name: REGREP + b" "}, 3)


def test_it_finds_what_was_altered(alpha: AccessPoint, beta: AccessPoint) -> None:
    document = alpha.pack(a_user_message(alpha, beta, mime_types=())).soap

    with pytest.raises(InvalidDigest):
        signed_by_signxml(document.replace(b"QueryManager", b"QueryMonitor"), alpha, {}, 2)
    with pytest.raises(InvalidSignature):
        signed_by_signxml(document.replace(b"rsa-sha256", b"rsa-sha512"), alpha, {}, 2)
    with pytest.raises(InvalidSignature):
        signed_by_signxml(document, beta, {}, 2)
