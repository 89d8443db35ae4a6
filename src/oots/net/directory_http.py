"""
One question to one address of the common services, and the very bytes that came back.  Nothing here is believed yet.

The signature is over the body as it was made (TDD 3.6.2), so whatever was compressed on its way, cut short or sent on
from elsewhere is refused with a sentence, before anybody looks at the signature.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import httpx

from oots.codes import SignatureStep
from oots.common_services.signature import DIGEST, RESPONSE_SIG
from oots.errors import DirectoryUnavailable, UntrustedAnswer, UnusableAnswer
from oots.net.addresses import check_address
from oots.net.tls import open_client_context

CONNECT_SECONDS: Final = 5.0
QUESTION_SECONDS: Final = 10.0
"""Most time for one question as a whole, however slowly its answer trickles in: a person waits."""

MAX_ANSWER_BYTES: Final = 10 << 20
"""Largest answer that is read.  The whole catalogue of 27 countries has 0.6 MB (common-services.md 1.1)."""

SEARCH: Final = "/rest/search"

MEDIA_TYPE: Final = "application/x-ebrs+xml"
_MEDIA_TYPES: Final = frozenset({MEDIA_TYPE, "application/xml", "text/xml"})
_OVERLOADED: Final = frozenset({408, 425, 429})
_KEPT_FIELDS: Final = (DIGEST, RESPONSE_SIG, "content-type", "cache-control", "age")
_MAX_CONNECTIONS: Final = 20
_KEEP_ALIVE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came over HTTP with status 200, or with whatever status but signed."""

    body: bytes = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    """Those header fields that are needed later, with names in lower case."""


def question_url(base_url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Give the address of a question; everything in a value is encoded that could be."""
    path = base_url.rstrip("/")
    # Test beds publish the whole path.
    path = path if path.endswith(SEARCH) else path + SEARCH
    return f"{path}?{urlencode(list(parameters), quote_via=quote, safe='')}"


class DirectoryHttp:
    """
    Connections to the common services, kept open between questions.  To be made and closed in a running event loop.

    There is no certificate of ours: queries are public (TDD 3.7).
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._http = httpx.AsyncClient(
            verify=tls or open_client_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(QUESTION_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS, keepalive_expiry=_KEEP_ALIVE_SECONDS),
            headers={"User-Agent": "oots", "Accept": MEDIA_TYPE, "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(self, base_url: str, parameters: Iterable[tuple[str, str]], *, version: str) -> HttpAnswer:
        """
        Ask, for answers of this version of the interface.

        Raises `DirectoryUnavailable` when nobody answers, `UnusableAnswer` for what cannot be an answer, and
        `OperatorError` for an address that is neither https nor on this machine.
        """
        where, url = _place(check_address(base_url)), question_url(base_url, parameters)
        try:
            async with (
                asyncio.timeout(QUESTION_SECONDS),
                self._http.stream("GET", url, headers={"Accept-Version": version}) as answer,
            ):
                fields = _checked_fields(answer, where)
                return HttpAnswer(body=await _body(answer, where), fields=fields)
        except TimeoutError as error:
            raise DirectoryUnavailable(f"{where} gave no whole answer within {QUESTION_SECONDS:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise DirectoryUnavailable(f"{where} gives no answer: {_reason(error)}") from error


def _checked_fields(answer: httpx.Response, where: str) -> dict[str, str]:
    fields = answer.headers
    for name in (DIGEST, RESPONSE_SIG):
        if len(fields.get_list(name)) > 1:
            raise UntrustedAnswer(SignatureStep.HEADERS, f"{name} stands several times in the answer of {where}")
    if not answer.status_code == httpx.codes.OK and RESPONSE_SIG not in fields:
        raise _without_signature(answer, where)
    encoding = fields.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnusableAnswer(
            f"the answer of {where} came compressed ({encoding[:40]!r}), and we asked for the bytes that were signed: "
            "something on the way changes it"
        )
    media_type = fields.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise UnusableAnswer(f"{where} answered with {media_type[:80]!r}; expected: {MEDIA_TYPE}")
    return {name: fields[name] for name in _KEPT_FIELDS if name in fields}


def _without_signature(answer: httpx.Response, where: str) -> DirectoryUnavailable | UnusableAnswer:
    status = answer.status_code
    if answer.is_server_error or status in _OVERLOADED:
        return DirectoryUnavailable(f"{where} cannot answer now: status {status}")
    if answer.has_redirect_location:
        elsewhere = answer.headers["location"][:200]
        return UnusableAnswer(f"{where} sends us on to {elsewhere!r} (status {status}), and we do not go")
    return UnusableAnswer(f"{where} answered with status {status} and no signature; expected: 200 and signed")


async def _body(answer: httpx.Response, where: str) -> bytes:
    too_large = UnusableAnswer(f"the answer of {where} has more than {MAX_ANSWER_BYTES} bytes")
    length = answer.headers.get("content-length", "0")
    if not length.isdigit() or int(length[:20]) > MAX_ANSWER_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise too_large
    return bytes(body)


def _place(base_url: str) -> str:
    """Give who is asked, without the question: a question may hold what a user answered."""
    return f"the directory at {urlsplit(base_url).netloc[:200]}"


def _reason(error: Exception) -> str:
    return f"{type(error).__name__} {str(error)[:200]}".strip()
