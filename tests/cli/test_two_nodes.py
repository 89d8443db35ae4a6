"""
Two nodes as two operators would set them up: made, introduced to each other, run as processes, and well.

The Portuguese node has a process for each service, the Finnish one a single process.
"""

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from evidence_provider.demo import BIRTH_RECORDS, PROOF_OF_BIRTH
from evidence_provider.invented_people import DEMO_CITIZEN, make_register
from oots.errors import OperatorError
from oots.net.portal_client import PortalClient
from tests.cli.node_processes import Served, init, oots, served, token

SUBJECT = {
    "level_of_assurance": "Substantial",
    "identifier": {"value": f"FI/PT/{DEMO_CITIZEN.eidas_value}", "scheme": "eidas"},
    "family_name": DEMO_CITIZEN.family_name,
    "given_name": DEMO_CITIZEN.given_name,
    "date_of_birth": DEMO_CITIZEN.date_of_birth.isoformat(),
}
REQUEST: dict[str, Any] = {
    "requirement": {"identifier": PROOF_OF_BIRTH, "names": {"EN": "Proof of birth"}},
    "evidence_type": {
        "identifier": BIRTH_RECORDS.identifier,
        "classification": BIRTH_RECORDS.classification,
        "titles": {"EN": "Birth record"},
    },
    "provider": {
        "identifier": {
            "value": "TEST-PROVIDER",
            "scheme": "urn:oasis:names:tc:ebcore:partyid-type:unregistered:FI",
        },
        "names": {"EN": "Test authority"},
        "access_point": {
            "value": "AP_FI_01",
            "scheme": "urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots",
        },
    },
    "possibility_for_preview": False,
    "explicit_request_given": True,
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both nodes, running."""

    finland: Path
    portugal: Path
    finnish_port: int
    portuguese_port: int
    processes: list[Served]

    def log_lines(self) -> list[dict[str, Any]]:
        return [line for process in self.processes for line in process.lines()]

    def log_text(self) -> str:
        return "".join(process.log.read_text(encoding="utf-8") for process in self.processes)


def introduce(partner: Path, party_id: str, port: int, *, to: Path) -> None:
    """Do what FIRST-STEPS.md says: certificates into `peers/`, and a table into `peers.toml`."""
    copy(partner / "keys" / "message.crt", to / "peers" / f"{party_id}.crt")
    copy(partner / "keys" / "tls.crt", to / "peers" / f"{party_id}-tls.crt")
    with (to / "peers.toml").open("a") as file:
        file.write(
            f"""
[[peer]]
party_id = "{party_id}"
address = "https://localhost:{port}/as4"
signing_certificates = ["peers/{party_id}.crt"]
encryption_certificate = "peers/{party_id}.crt"
tls_certificates = ["peers/{party_id}-tls.crt"]
"""
        )


def provide_birth_records(folder: Path) -> None:
    make_register(folder / "data" / "register.db", people=300)
    with (folder / "oots.toml").open("a") as file:
        file.write(
            f"""
[[provider.data_service]]
identifier = "{BIRTH_RECORDS.identifier}"
classification = "{BIRTH_RECORDS.classification}"
requirements = ["{PROOF_OF_BIRTH}"]
languages = ["EN"]
"""
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    finland, portugal = folder / "fi", folder / "pt"
    finnish_port, portuguese_port = init(finland, "AP_FI_01", "FI"), init(portugal, "AP_PT_01", "PT")
    introduce(finland, "AP_FI_01", finnish_port, to=portugal)
    introduce(portugal, "AP_PT_01", portuguese_port, to=finland)
    provide_birth_records(finland)
    with ExitStack() as running:
        processes = [
            running.enter_context(served(finland)),
            running.enter_context(served(portugal, "gateway")),
            running.enter_context(served(portugal, "provider")),
            running.enter_context(served(portugal, "requester", OOTS_REQUESTER__REQUESTING_ENABLED="true")),
        ]
        yield Pair(
            finland=finland,
            portugal=portugal,
            finnish_port=finnish_port,
            portuguese_port=portuguese_port,
            processes=processes,
        )


async def ask(port: int, portal_token: str, *, wait: float = 25) -> tuple[dict[str, Any], bytes]:
    """Do what a portal does; give the exchange as it is after `wait` seconds or ended, and the document."""
    portal = PortalClient(f"http://127.0.0.1:{port}", portal_token)
    try:
        journey_id = await portal.open_journey({"procedure": "S1", "subject": SUBJECT})
        opened = await portal.request(journey_id, REQUEST)
        exchange = await portal.exchange(opened["exchange_id"], wait=wait)
        if not exchange["documents"]:
            return exchange, b""
        content = await portal.file(opened["exchange_id"], 0)
        await portal.acknowledge(opened["exchange_id"])
        return exchange, content
    finally:
        await portal.aclose()


def test_a_document_comes_from_one_node_to_the_other(pair: Pair) -> None:
    exchange, content = asyncio.run(ask(pair.portuguese_port + 2, token(pair.portugal, "portal")))

    assert exchange["state"] == "available"
    (document,) = exchange["documents"]
    assert content.startswith(b"%PDF-")
    assert document["sha256"] == sha256(content).hexdigest()
    events = [line for line in pair.log_lines() if line.get("exchange_id") == exchange["exchange_id"]]
    assert {line["message"] for line in events} >= {
        "requester: request_sent",
        "gateway: as4_received",
        "provider: evidence_issued",
        "gateway: as4_receipt",
        "requester: evidence_delivered",
    }
    assert {line["conversation_id"] for line in events} == {exchange["journey_id"]}
    assert {line["message_id"] for line in events} >= {exchange["message_id"]}


def test_no_log_line_says_who_it_was(pair: Pair) -> None:
    asyncio.run(ask(pair.portuguese_port + 2, token(pair.portugal, "portal")))

    text = pair.log_text()
    for trace in (
        DEMO_CITIZEN.family_name,
        *DEMO_CITIZEN.given_name.split(),
        DEMO_CITIZEN.date_of_birth.isoformat(),
        DEMO_CITIZEN.register_number,
        DEMO_CITIZEN.eidas_value or "",
    ):
        assert trace not in text


def test_a_node_whose_operator_has_not_said_so_sends_no_requests(pair: Pair) -> None:
    with pytest.raises(OperatorError, match="its operator has not set requesting_enabled"):
        asyncio.run(ask(pair.finnish_port + 2, token(pair.finland, "portal")))


@pytest.mark.parametrize("name", ["finland", "portugal"])
def test_the_doctor_finds_both_well_and_sends_each_a_test_document(pair: Pair, name: str) -> None:
    folder: Path = getattr(pair, name)

    examined = oots("doctor", "--json", "--config", folder / "oots.toml")

    found = {check["name"]: check for check in json.loads(examined.stdout)["checks"]}
    assert examined.returncode == 0, examined.stdout
    assert "went out to ourselves and came back" in found["system check"]["text"]
    for party_id in ("AP_FI_01", "AP_PT_01"):
        assert found[f"connection to {party_id}"]["status"] == "ok"
    assert found["clock"]["text"].endswith("as the clocks of our peers say (1 asked)")
    assert {check["status"] for check in found.values()} <= {"ok", "warn"}


def test_a_partner_that_was_taken_out_while_we_ran_is_refused(pair: Pair) -> None:
    peers, (finnish_process, *_) = pair.finland / "peers.toml", pair.processes
    before = peers.read_text()
    try:
        peers.write_text(before.rpartition("[[peer]]")[0])
        finnish_process.process.send_signal(signal.SIGHUP)
        finnish_process.wait_until_it_says("was read again; number of peers: 1")

        exchange, _ = asyncio.run(ask(pair.portuguese_port + 2, token(pair.portugal, "portal"), wait=0.5))

        assert exchange["state"] == "sent"
        finnish_process.wait_until_it_says("was refused: self-signed certificate")
    finally:
        peers.write_text(before)
        finnish_process.process.send_signal(signal.SIGHUP)
        finnish_process.wait_until_it_says("was read again; number of peers: 2")
