"""
PyPI `as4`, an implementation of its own, reads what we send and we read what it sends, as far as its profile goes.

It lives in an environment of its own, since it pins an old cryptography: `make as4-venv`, or OOTS_AS4_PYTHON.
"""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oots.as4 import Accepted, Complaint, Keyring, Packed, PeerCertificates
from oots.codes import MIME_REGREP
from oots.ebms.messages import Party, PartyId, Service
from oots.ebms.pmode import PMode, PModes
from oots.errors import FailedDecryption
from oots.pki import certificate_pem, key_pem
from tests.as4.parties import AccessPoint, a_user_message, new_access_points

PYTHON = Path(os.environ.get("OOTS_AS4_PYTHON", Path(__file__).parents[2] / ".as4-venv" / "bin" / "python"))
SCRIPT = Path(__file__).with_name("as4_pypi_peer.py")

pytestmark = [
    pytest.mark.as4,
    pytest.mark.skipif(
        not PYTHON.exists(), reason=f"There is no {PYTHON.name} with PyPI as4; `make as4-venv` makes it."
    ),
]

EBMS = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
PEPPOL_PARTY = "urn:fdc:peppol.eu:2017:identifiers:ap"
REGREP = b"<?xml version='1.0'?>\r\n<q:QueryRequest xmlns:q='urn:q'><!-- kept --></q:QueryRequest>\n"


class Peer:
    """A running `as4_pypi_peer`."""

    def __init__(self, own: AccessPoint, known: AccessPoint) -> None:
        # -I: neither settings nor modules of this environment reach the other one.
        self._process = subprocess.Popen(
            [PYTHON, "-I", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ask(
            party_id=own.party_id.value,
            key=key_pem(own.keys.private_key).decode(),
            certificate=certificate_pem(own.keys.certificate).decode(),
            known_party_id=known.party_id.value,
            known=certificate_pem(known.keys.certificate).decode(),
        )

    def ask(self, **order: str) -> dict[str, Any]:
        """Give an order, and what comes of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def ends() -> tuple[AccessPoint, AccessPoint]:
    """Ours, and the one that `as4` is."""
    ours, theirs = new_access_points("AP_AA_01", "AP_BB_01", now=datetime.now(UTC))
    return ours, theirs


@pytest.fixture(scope="module")
def peer(ends: tuple[AccessPoint, AccessPoint]) -> Iterator[Peer]:
    """Start `as4`."""
    ours, theirs = ends
    running = Peer(theirs, ours)
    yield running
    running.close()


def text(content: bytes) -> str:
    """Give base64."""
    return base64.b64encode(content).decode()


def judged(found: dict[str, Any], packed: Packed, ours: AccessPoint) -> Accepted | Complaint:
    """Judge what it answered to our message."""
    return ours.read_answer(
        base64.b64decode(found["answer"]), sent=packed, content_type=found["content_type"], now=datetime.now(UTC)
    )


def test_it_reads_our_message_and_we_believe_its_receipt(ends: tuple[AccessPoint, AccessPoint], peer: Peer) -> None:
    ours, theirs = ends
    packed = ours.pack(a_user_message(ours, theirs, mime_types=[MIME_REGREP]), REGREP)

    found = peer.ask(do="receive", content_type=packed.content_type, body=text(packed.content.read()))
    answer = judged(found, packed, ours)

    assert (found["error"], found["message_id"]) == (None, packed.message.message_id)
    assert [base64.b64decode(payload) for payload in found["payloads"]] == [REGREP]
    assert isinstance(answer, Accepted)
    assert answer.receipt.references == packed.references


def test_it_complains_about_an_altered_message_and_we_read_that(
    ends: tuple[AccessPoint, AccessPoint], peer: Peer
) -> None:
    ours, theirs = ends
    packed = ours.pack(a_user_message(ours, theirs, mime_types=[MIME_REGREP]), REGREP)
    altered = packed.content.read().replace(b"QueryManager", b"QueryMonitor")

    found = peer.ask(do="receive", content_type=packed.content_type, body=text(altered))
    answer = judged(found, packed, ours)

    assert found["error"] is not None
    assert isinstance(answer, Complaint)
    assert [error.severity for error in answer.errors] == ["failure"]


def peppol_end(ours: AccessPoint, theirs: AccessPoint) -> AccessPoint:
    """Give our Access Point as Peppol would know it: `as4` speaks to no other."""
    own, other = (PartyId(value=end.party_id.value, type=PEPPOL_PARTY) for end in (ours, theirs))
    pmode = PMode(
        initiator=Party(party_id=other, role=f"{EBMS}initiator"),
        responder=Party(party_id=own, role=f"{EBMS}responder"),
        service=Service(value="urn:example:process", type="cenbii-procid-ubl"),
        action="busdox-docid-qns::urn:example:evidence::Evidence##urn:example:oots::2.0",
        address="https://ours.example/as4",
        agreement="urn:fdc:peppol.eu:2017:agreements:tia:ap_provider",
    )
    certificates = PeerCertificates(signing=(theirs.keys.certificate,), encryption=theirs.keys.certificate)
    return AccessPoint(
        party_id=own, keyring=Keyring(own=ours.keys, peers={other: certificates}), pmodes=PModes(own, [pmode])
    )


def test_we_read_its_message_and_it_believes_our_receipt(ends: tuple[AccessPoint, AccessPoint], peer: Peer) -> None:
    receiver = peppol_end(*ends)
    sent = peer.ask(do="send", payload=text(b"<e:evidence xmlns:e='urn:e'/>"))

    received = receiver.open(
        sent["content_type"], [base64.b64decode(sent["body"])], now=datetime.now(UTC) + timedelta(seconds=1)
    )
    verdict = peer.ask(do="judge", answer=text(receiver.receipt(received)))

    assert b"<e:evidence" in received.payloads[0].content.read()
    assert received.certificate == ends[1].keys.certificate
    assert verdict == {"acknowledged": True, "errors": []}


def test_it_reads_our_error(ends: tuple[AccessPoint, AccessPoint], peer: Peer) -> None:
    receiver = peppol_end(*ends)
    sent = peer.ask(do="send", payload=text(b"<e:evidence xmlns:e='urn:e'/>"))
    received = receiver.open(sent["content_type"], [base64.b64decode(sent["body"])], now=datetime.now(UTC))

    error = FailedDecryption("no key", ref_to_message_id=received.message.message_id)

    assert peer.ask(do="judge", answer=text(receiver.error(error))) == {"acknowledged": False, "errors": ["EBMS:0102"]}
