"""The program xmlsec1 verifies what we sign, where nothing but the envelope is signed: it knows no attachments."""

import shutil
import subprocess
from pathlib import Path

import pytest

from oots.errors import FailedDecryption
from oots.pki import certificate_pem
from oots.xml import EB, S12
from tests.as4.parties import AccessPoint, a_user_message

pytestmark = [
    pytest.mark.xmlsec1,
    pytest.mark.skipif(
        shutil.which("xmlsec1") is None, reason="The program xmlsec1 is missing; it is in the Debian package xmlsec1."
    ),
]


def verdict(document: bytes, signer: AccessPoint, folder: Path) -> str:
    """Let xmlsec1 verify a document with the certificate of its signer, and give what it says."""
    (folder / "document.xml").write_bytes(document)
    (folder / "certificate.pem").write_bytes(certificate_pem(signer.keys.certificate))
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", "certificate.pem"]
    for element in (f"{EB}:Messaging", f"{S12}:Body"):
        command += ["--id-attr:Id", element]
    done = subprocess.run([*command, "document.xml"], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_message_without_payload(alpha: AccessPoint, beta: AccessPoint, tmp_path: Path) -> None:
    packed = alpha.pack(a_user_message(alpha, beta, mime_types=()))

    said = verdict(packed.soap, alpha, tmp_path)

    assert said.startswith("OK")
    assert "References (ok/all): 2/2" in said


def test_a_receipt_and_an_error(alpha: AccessPoint, beta: AccessPoint, tmp_path: Path) -> None:
    received = beta.unpack(alpha.pack(a_user_message(alpha, beta), b"<a/>"))

    assert verdict(beta.receipt(received), beta, tmp_path).startswith("OK")
    assert verdict(beta.error(FailedDecryption("no key")), beta, tmp_path).startswith("OK")


def test_it_finds_what_was_altered(alpha: AccessPoint, beta: AccessPoint, tmp_path: Path) -> None:
    document = alpha.pack(a_user_message(alpha, beta, mime_types=())).soap

    assert "FAIL" in verdict(document.replace(b"QueryManager", b"QueryMonitor"), alpha, tmp_path)
    assert "FAIL" in verdict(document, beta, tmp_path)
