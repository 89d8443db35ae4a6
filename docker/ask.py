"""
Asks a requester for one document, as a procedure portal does: the birth record of an invented Finn.

`ask.py URL TOKEN_FILE` writes the document to stdout, and what happened to stderr.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from evidence_provider.demo import BIRTH_RECORDS, PROOF_OF_BIRTH
from evidence_provider.invented_people import DEMO_CITIZEN
from oots.codes import PARTY_TYPE_OOTS, PARTY_TYPE_UNREGISTERED
from oots.net.portal_client import PortalClient

JOURNEY: dict[str, Any] = {
    "procedure": "S1",
    "subject": {
        "level_of_assurance": "Substantial",
        "identifier": {"value": f"FI/PT/{DEMO_CITIZEN.eidas_value}", "scheme": "eidas"},
        "family_name": DEMO_CITIZEN.family_name,
        "given_name": DEMO_CITIZEN.given_name,
        "date_of_birth": DEMO_CITIZEN.date_of_birth.isoformat(),
    },
}
REQUEST: dict[str, Any] = {
    "requirement": {"identifier": PROOF_OF_BIRTH, "names": {"EN": "Proof of birth"}},
    "evidence_type": {
        "identifier": BIRTH_RECORDS.identifier,
        "classification": BIRTH_RECORDS.classification,
        "titles": {"EN": "Birth record"},
    },
    "provider": {
        "identifier": {"value": "TEST-PROVIDER", "scheme": f"{PARTY_TYPE_UNREGISTERED}FI"},
        "names": {"EN": "Population register"},
        "access_point": {"value": "AP_FI_01", "scheme": PARTY_TYPE_OOTS},
    },
    "possibility_for_preview": False,
    "explicit_request_given": True,
}


async def ask(url: str, token: str) -> bytes | None:
    """Give the document, or None when there is none; say on stderr how it went."""
    portal = PortalClient(url, token)
    try:
        journey_id = await portal.open_journey(JOURNEY)
        exchange_id = (await portal.request(journey_id, REQUEST))["exchange_id"]
        exchange = await portal.exchange(exchange_id)
        print(f"exchange {exchange_id}: {exchange['state']}", file=sys.stderr)
        if not exchange["documents"]:
            return None
        document = await portal.file(exchange_id, 0)
        await portal.acknowledge(exchange_id)
        return document
    finally:
        await portal.aclose()


if __name__ == "__main__":
    _, portal_url, token_file = sys.argv
    received = asyncio.run(ask(portal_url, Path(token_file).read_text(encoding="utf-8").strip()))
    sys.stdout.buffer.write(received or b"")
    sys.exit(0 if received else 1)
