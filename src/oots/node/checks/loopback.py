"""
The system check: a test request to ourselves, through both doors of the access point, and our provider's answer.

It takes the way of every exchange, from the portal's API to the document; nobody's data are in it (flows.md 2.j).
"""

import time
from typing import Any, Final

from oots.codes import SYSTEM_CHECK
from oots.errors import OotsError
from oots.net.portal_client import PortalClient
from oots.node.behind_gateway import ProviderService, RequesterService
from oots.node.checks.check import Check, fail, ok, warn
from oots.node.checks.services import url_of
from oots.node.settings import Node

NAME: Final = "system check"

_NOBODY: Final = {
    "level_of_assurance": "Low",
    "family_name": "Test",
    "given_name": "System Check",
    "date_of_birth": "1900-01-01",
}
_ADVICE: Final = "look into the logs of the services, from the top of the list: the exchange says how far it came"


async def check_loopback(node: Node, *, running: bool) -> Check:
    """Have one exchange with ourselves; `running` says whether all services run."""
    missing = _missing(node)
    if missing or node.requester is None or node.provider is None:
        return warn(NAME, f"cannot be made: {missing}", "nothing, if this is meant so")
    if not running:
        return warn(NAME, "is not made while a service does not run", "oots serve, then oots doctor again")
    started = time.perf_counter()
    try:
        problem = await _exchange(node.requester, node.provider)
    except OotsError as error:
        problem = str(error)
    if problem:
        return fail(NAME, problem, _ADVICE)
    elapsed = time.perf_counter() - started
    return ok(NAME, f"a test document went out to ourselves and came back in {elapsed:.1f} s")


def _missing(node: Node) -> str | None:
    if node.gateway is None or node.requester is None or node.provider is None:
        return "it needs access point, requester and provider in one settings file"
    if node.provider.settings.system_check is None:
        return "[provider.system_check] is missing"
    if node.party not in node.gateway.settings.keyring.peers:
        return "peers.toml does not have ourselves as a peer"
    return None


async def _exchange(requester: RequesterService, provider: ProviderService) -> str | None:
    portal = PortalClient(url_of(requester.listener), requester.settings.api_token)
    try:
        journey_id = await portal.open_journey({"procedure": SYSTEM_CHECK, "subject": _NOBODY})
        opened = await portal.request(journey_id, _request(requester, provider))
        exchange = await portal.exchange(opened["exchange_id"])
        if exchange["state"] != "available":
            reason = " ".join(str(exchange[name]) for name in ("code", "edm_code", "detail") if exchange[name])
            return f"the exchange is {exchange['state']!r}: {reason or 'no answer came in time'}"
        document = await portal.file(opened["exchange_id"], 0)
        await portal.acknowledge(opened["exchange_id"])
        return None if document.startswith(b"%PDF-") else "what came back is no PDF"
    finally:
        await portal.aclose()


def _request(requester: RequesterService, provider: ProviderService) -> dict[str, Any]:
    service, party = provider.settings.system_check, requester.settings.access_point
    assert service is not None, "looked for before"
    identifier = provider.settings.identifier
    return {
        "requirement": {"identifier": min(service.requirements), "names": {"EN": "Test requirement"}},
        "evidence_type": {
            "identifier": service.identifier,
            "classification": service.classification,
            "titles": {"EN": "Test document"},
            "languages": list(service.languages),
        },
        "provider": {
            "identifier": {"value": identifier.value, "scheme": identifier.scheme_id},
            "names": {name.lang: name.text for name in provider.settings.names},
            "access_point": {"value": party.value, "scheme": party.type},
        },
        "possibility_for_preview": False,
        "explicit_request_given": True,
    }
