"""
How a portal speaks to its requester: the REST API for portals, as methods.  The demo is such a portal.
"""

from typing import Any, Final
from urllib.parse import quote

import httpx

from oots.errors import CallerError, NotFound, OperatorError
from oots.net.addresses import check_address

_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 25.0
"""How long one question waits for an answer; the requester takes up to 30."""


class PortalClient:
    """
    The requester as a portal sees it.

    Every method raises `CallerError` with what the requester says is wrong with the question, `NotFound` for something
    that is not there (any more), and `OperatorError` when it cannot be reached, does not know our token, or is broken.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=check_address(base_url),
            trust_env=False,
            timeout=_SECONDS,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "oots"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def open_journey(self, journey: dict[str, Any]) -> str:
        """Begin a journey; give its id."""
        return str((await self._json("POST", "/v1/journeys", journey))["journey_id"])

    async def request(self, journey_id: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask for a document; give the exchange."""
        return await self._json("POST", f"/v1/journeys/{quote(journey_id, safe='')}/requests", request)

    async def exchange(self, exchange_id: str, *, wait: float = WAIT_SECONDS) -> dict[str, Any]:
        """Give the exchange, once it was answered or `wait` seconds have passed."""
        return await self._json("GET", f"{_exchange(exchange_id)}?wait={wait}")

    async def file(self, exchange_id: str, number: int) -> bytes:
        """Give the bytes of a document."""
        return (await self._send("GET", f"{_exchange(exchange_id)}/files/{number}")).content

    async def acknowledge(self, exchange_id: str) -> dict[str, Any]:
        """Say that the documents have arrived."""
        return await self._json("POST", f"{_exchange(exchange_id)}/ack")

    async def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = _object(await self._send(method, path, body))
        if answer is None:
            raise OperatorError("what answers at the requester's address does not speak like a requester")
        return answer

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OperatorError(f"the requester does not answer: {type(error).__name__}") from error
        if answer.is_success:
            return answer
        raise _refusal(answer)


def _exchange(exchange_id: str) -> str:
    return f"/v1/exchanges/{quote(exchange_id, safe='')}"


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _refusal(answer: httpx.Response) -> CallerError | OperatorError:
    status = answer.status_code
    reason = str((_object(answer) or {}).get("detail") or f"the requester answered with status {status}")
    if status == httpx.codes.NOT_FOUND:
        return NotFound(reason)
    if answer.is_client_error and status != httpx.codes.UNAUTHORIZED:
        return CallerError(reason)
    return OperatorError(reason)
