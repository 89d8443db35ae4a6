"""
How a portal speaks to its requester: the REST API for portals, as methods.  The demo is such a portal.
"""

from typing import Any, Final, cast

import httpx

from oots.errors import CallerError, NotFound, OperatorError
from oots.net.addresses import check_address

_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 25.0
"""How long one question waits for an answer; the requester takes up to 30."""


class PortalClient:
    """The requester as a portal sees it.  Raises `CallerError` with the requester's reason, or `OperatorError`."""

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
        return await self._json("POST", f"/v1/journeys/{journey_id}/requests", request)

    async def exchange(self, exchange_id: str, *, wait: float = WAIT_SECONDS) -> dict[str, Any]:
        """Give the exchange, once it was answered or `wait` seconds have passed."""
        return await self._json("GET", f"/v1/exchanges/{exchange_id}?wait={wait}")

    async def file(self, exchange_id: str, number: int) -> bytes:
        """Give the bytes of a document."""
        return (await self._send("GET", f"/v1/exchanges/{exchange_id}/files/{number}")).content

    async def acknowledge(self, exchange_id: str) -> dict[str, Any]:
        """Say that the documents have arrived."""
        return await self._json("POST", f"/v1/exchanges/{exchange_id}/ack")

    async def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return cast("dict[str, Any]", (await self._send(method, path, body)).json())

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise OperatorError(f"the requester does not answer: {type(error).__name__}") from error
        if answer.is_success:
            return answer
        detail = answer.json().get("detail", "") if "json" in answer.headers.get("content-type", "") else ""
        raise (NotFound if answer.status_code == httpx.codes.NOT_FOUND else CallerError)(
            detail or f"the requester answered with status {answer.status_code}"
        )
