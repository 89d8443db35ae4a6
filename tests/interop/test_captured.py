"""
What phase4 once sent, read without a JVM: the folders of tests/vectors/captured, written by `capture`.
"""

from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from oots.as4 import Accepted, Complaint, Keyring, Packed, PeerCertificates, Received, read_answer, unpack
from oots.codes import PARTY_TYPE_OOTS
from oots.dsig import read_reference
from oots.ebms.envelope import read_envelope
from oots.ebms.messages import PartyId, UserMessage, read_messaging
from oots.ebms.pmode import oots_pmodes
from oots.mime.multipart import split
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys
from oots.xml import DS

CAPTURED = Path(__file__).parents[1] / "vectors" / "captured"
OURS = PartyId(value="AP_FI_01", type=PARTY_TYPE_OOTS)
THEIRS = PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS)


def captured(kind: str) -> list[Path]:
    """Find the vectors of one kind, of every version of phase4."""
    return sorted(CAPTURED.glob(f"phase4-*.[0-9]-{kind}"))


def certificate(folder: Path, name: str) -> x509.Certificate:
    """Load a certificate that stands beside a vector."""
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def captured_at(folder: Path) -> datetime:
    """Give the moment of capture: the vectors are judged as of then."""
    return datetime.fromisoformat((folder / "captured-at.txt").read_text())


def unpacked(folder: Path) -> Received:
    """Open a user message with the key that stands beside it."""
    private_key = load_pem_private_key((folder / "test-only-recipient-key.pem").read_bytes(), password=None)
    assert isinstance(private_key, rsa.RSAPrivateKey)
    signer = certificate(folder, "phase4-certificate.pem")
    own = OwnKeys(private_key=private_key, certificate=certificate(folder, "test-only-recipient-certificate.pem"))
    return unpack(
        (folder / "content-type.txt").read_text(),
        [(folder / "message.mime").read_bytes()],
        keyring=Keyring(own=own, peers={THEIRS: PeerCertificates(signing=(signer,), encryption=signer)}),
        pmodes=oots_pmodes(OURS, [(THEIRS, "")], own_address=""),
        now=captured_at(folder),
    )


def sent(folder: Path) -> Packed:
    """Recover, from the bytes that phase4 was sent, what is needed to judge its answer."""
    content_type, content = (folder / "sent-content-type.txt").read_text(), (folder / "sent.mime").read_bytes()
    soap = split(content_type, [content], new_spooled=Spooled).root
    envelope = read_envelope(soap)
    message = read_messaging(envelope.messaging)
    assert isinstance(message, UserMessage)
    references = tuple(read_reference(found) for found in envelope.security.iter(f"{{{DS}}}Reference"))
    return Packed(
        message=message, content_type=content_type, content=Spooled(content), references=references, soap=soap
    )


def answered(folder: Path, name: str) -> Accepted | Complaint:
    """Read the answer in the file `name`."""
    return read_answer(
        (folder / "content-type.txt").read_text(),
        (folder / name).read_bytes(),
        sent=sent(folder),
        on_file=[certificate(folder, "phase4-certificate.pem")],
        now=captured_at(folder),
    )


@pytest.mark.parametrize("kind", ["user-message", "user-message-uncompressed", "receipt", "error"])
def test_every_kind_was_captured(kind: str) -> None:
    assert captured(kind)


@pytest.mark.parametrize(
    "folder", captured("user-message") + captured("user-message-uncompressed"), ids=lambda folder: folder.name
)
def test_a_captured_message_opens_to_the_payloads_that_phase4_was_given(folder: Path) -> None:
    received = unpacked(folder)

    assert [payload.content.read() for payload in received.payloads] == [
        (folder / "payload-1.xml").read_bytes(),
        (folder / "payload-2.pdf").read_bytes(),
    ]
    assert received.certificate == certificate(folder, "phase4-certificate.pem")


@pytest.mark.parametrize("folder", captured("receipt"), ids=lambda folder: folder.name)
def test_a_captured_receipt_proves_what_was_sent(folder: Path) -> None:
    answer = answered(folder, "receipt.xml")

    assert isinstance(answer, Accepted)
    assert answer.receipt.ref_to_message_id == sent(folder).message.message_id


@pytest.mark.parametrize("folder", captured("error"), ids=lambda folder: folder.name)
def test_a_captured_error_is_a_complaint_about_what_was_sent(folder: Path) -> None:
    answer = answered(folder, "error.xml")

    assert isinstance(answer, Complaint)
    assert [(error.code, error.severity) for error in answer.errors] == [("EBMS:0010", "failure")]
