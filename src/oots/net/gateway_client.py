"""
How our services speak to their gateway: the REST API for back ends, as methods.
"""

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from oots.errors import CallerError, NotFound, OperatorError
from oots.net.addresses import check_address
from oots.net.bodies import read_pieces, write_pieces
from oots.net.gateway_api import (
    DeliveredPart,
    Delivery,
    MessageStatus,
    SendingFailure,
    Step,
    Submission,
    SubmittedPart,
    deliveries_json,
    status_json,
    submission_json,
    submitted_json,
)
from oots.spooled import NewSpooled, Spooled

__all__ = [
    "DeliveredPart",
    "Delivery",
    "GatewayClient",
    "MessageStatus",
    "SendingFailure",
    "Step",
    "Submission",
    "SubmittedPart",
]

_SECONDS: Final = 60.0
_MARGIN_SECONDS: Final = 10.0
"""Beyond the wait that we asked for."""

RESUMPTIONS: Final = 3
"""How often a payload is gone on with whose transfer broke off."""

_T = TypeVar("_T")


class GatewayClient:
    """
    The gateway as one of its back ends sees it.

    Every method raises `CallerError` with what the gateway says is wrong with the question, `NotFound` for something
    that is not there (any more), and `OperatorError` when the gateway cannot be reached or does not know our token.
    """

    def __init__(self, base_url: str, token: str, *, new_spooled: NewSpooled = Spooled) -> None:
        self._base_url = check_address(base_url)
        self._new_spooled = new_spooled
        self._http = httpx.AsyncClient(
            base_url=base_url,
            trust_env=False,
            follow_redirects=False,
            timeout=_SECONDS,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "oots"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(self, submission: Submission, contents: Sequence[Spooled]) -> str:
        """Hand over a message to be sent, with the contents of its parts; give its MessageId."""
        form = _Form(submission_json().dump_json(submission), contents)
        request = self._http.build_request("POST", "messages", headers=form.headers, content=form.pieces())
        return _read(submitted_json(), await self._answer(request)).message_id

    async def status(self, message_id: str) -> MessageStatus:
        """Give how far the sending of a message has come."""
        request = self._http.build_request("GET", f"messages/{_segment(message_id)}")
        return _read(status_json(), await self._answer(request))

    async def deliveries(self, actions: Sequence[str], *, wait: float) -> tuple[Delivery, ...]:
        """Give messages of these actions that came in, oldest first; waits for the first up to `wait` seconds."""
        params = {"action": list(actions), "wait": str(wait)}
        request = self._http.build_request("GET", "deliveries", params=params, timeout=wait + _MARGIN_SECONDS)
        return _read(deliveries_json(), await self._answer(request)).deliveries

    async def payload(self, message_id: str, number: int, *, max_bytes: int) -> Spooled:
        """
        Fetch one payload of a delivery, counted from 0; a transfer that breaks off goes on where it was.

        Raises `CallerError` beyond `max_bytes`.
        """
        content = self._new_spooled()
        try:
            await self._fetch(f"deliveries/{_segment(message_id)}/payloads/{number}", content, max_bytes)
        except BaseException:
            content.close()
            raise
        return content

    async def acknowledge(self, message_id: str) -> None:
        """Say that a delivery is safe with us; the gateway forgets its payloads."""
        await self._answer(self._http.build_request("POST", f"deliveries/{_segment(message_id)}/acknowledge"))

    async def _fetch(self, path: str, content: Spooled, max_bytes: int) -> None:
        etag = ""
        for left in range(RESUMPTIONS, -1, -1):
            headers = {"Range": f"bytes={content.size}-", "If-Range": etag} if content.size else {}
            answer = await self._send(self._http.build_request("GET", path, headers=headers))
            try:
                _check_begin(answer, content.size)
                etag = answer.headers.get("ETag", "")
                await write_pieces(content.write, _bounded(answer.aiter_raw(), max_bytes, begin=content.size))
                return
            except httpx.HTTPError as error:
                if not left:
                    raise self._unreachable(error) from error
            finally:
                await answer.aclose()

    async def _answer(self, request: httpx.Request) -> bytes:
        answer = await self._send(request)
        try:
            return await answer.aread()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        finally:
            await answer.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._http.send(request, stream=True)
            if answer.is_success:
                return answer
            detail = _detail(await answer.aread())
            await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error
        raise self._refusal(answer.status_code, detail)

    def _refusal(self, status: int, detail: str) -> CallerError | OperatorError:
        if status == httpx.codes.NOT_FOUND:
            return NotFound(detail)
        if status == httpx.codes.UNAUTHORIZED:
            return OperatorError(f"the gateway at {self._base_url} does not know our token")
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return OperatorError(f"the gateway at {self._base_url} cannot do this now: {detail}")
        return CallerError(detail)

    def _unreachable(self, error: Exception) -> OperatorError:
        return OperatorError(f"the gateway at {self._base_url} does not answer: {type(error).__name__} {error}")


class _Form:
    """A submission as multipart/form-data of known length."""

    def __init__(self, message: bytes, contents: Sequence[Spooled]) -> None:
        self._boundary = secrets.token_hex(16)
        self._message = self._field('name="message"', "application/json").lstrip() + message
        self._head = self._field('name="payload"; filename="payload"', "application/octet-stream")
        self._end = f"\r\n--{self._boundary}--\r\n".encode("ascii")
        self._contents = contents

    def _field(self, disposition: str, content_type: str) -> bytes:
        head = f"\r\n--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n"
        return (head + f"Content-Type: {content_type}\r\n\r\n").encode("ascii")

    @property
    def headers(self) -> dict[str, str]:
        contents = sum(len(self._head) + content.size for content in self._contents)
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(len(self._message) + contents + len(self._end)),
        }

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self._message
        for content in self._contents:
            yield self._head
            async for piece in read_pieces(content):
                yield piece
        yield self._end


def _check_begin(answer: httpx.Response, begin: int) -> None:
    if begin and not answer.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
        raise OperatorError("the gateway does not go on with a payload where its transfer broke off")


async def _bounded(chunks: AsyncIterator[bytes], max_bytes: int, *, begin: int) -> AsyncIterator[bytes]:
    size = begin
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise CallerError(f"the payload has more than {max_bytes} bytes")
        yield chunk


def _segment(text: str) -> str:
    # A MessageId is any printable text, `..` too: a dot that is not encoded could climb up the path.
    return quote(text, safe="").replace(".", "%2E")


def _read(adapter: TypeAdapter[_T], body: bytes) -> _T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise OperatorError("what answers at the gateway's address does not speak like a gateway") from error


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
