"""
The demo's pages: what a `Showcase` holds, as HTML, and its messages and documents as bytes.  Nothing is decided here.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment
from starlette.exceptions import HTTPException as StarletteHTTPException

from oots.cli.demo import machine
from oots.cli.demo.archive import archive, file_name
from oots.cli.demo.readable import is_text, readable
from oots.cli.demo.sequence import carried, heads, hops, steps_of
from oots.cli.demo.showcase import Showcase, ShownDocument, ShownExchange
from oots.cli.demo.timeline import COMPONENTS, Step, in_words
from oots.errors import CallerError, OotsError
from oots.journal.events import EventName
from oots.ui.look import STATIC, templates
from oots.ui.policy import FOREIGN_POLICY, GUARDS, Guarded, comes_from_another_site

MAX_EXCHANGES: Final = 200
"""After so many runs the button says no: their messages are all in memory."""

PDF: Final = "application/pdf"

_GOOD: Final = frozenset({EventName.AS4_RECEIPT, EventName.EVIDENCE_ISSUED, EventName.EVIDENCE_DELIVERED})
_BAD: Final = frozenset(
    {
        EventName.REQUEST_REFUSED,
        EventName.REQUEST_REJECTED,
        EventName.ANSWER_NOT_SENT,
        EventName.ERROR_RECEIVED,
        EventName.RESPONSE_REFUSED,
        EventName.EVIDENCE_DELETED,
        EventName.EXCHANGE_EXPIRED,
        EventName.MESSAGE_UNREADABLE,
        EventName.AS4_FAILURE,
        EventName.AS4_REFUSED,
    }
)

_PROBLEMS: Final[Mapping[int, tuple[str, str]]] = {
    403: ("Refused", "Only a page of this demo may ask for that."),
    404: ("There is nothing here", "The address is wrong, or what it showed ended with an earlier demo."),
    405: ("That is not possible", "This address is not for opening in a browser."),
    409: ("Not now", "Something else is going on."),
    413: ("Too much", "That is more than fits."),
    502: ("The exchange did not end well", "The terminal says more."),
}
_FAULT: Final = ("Something went wrong in the demo itself", "The terminal says more. The pages go on.")


def create_app(showcase: Showcase) -> FastAPI:
    """Make the pages of `showcase`, to be served on loopback."""
    pages = _Pages(showcase)
    app = FastAPI(title="oots demo", openapi_url=None)
    app.add_middleware(Guarded)
    app.add_exception_handler(StarletteHTTPException, pages.problem)
    app.add_exception_handler(Exception, pages.fault)
    app.get("/")(pages.overview)
    app.post("/run")(pages.run)
    app.get("/exchanges")(pages.exchanges)
    app.get("/exchanges/{exchange_id}")(pages.exchange)
    app.get("/exchanges/{exchange_id}/document")(pages.document)
    app.get("/exchanges/{exchange_id}/document.pdf")(pages.document_bytes)
    app.get("/messages.zip")(pages.all_messages)
    app.get("/messages/{number}/{name:path}")(pages.message)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


class _Pages:
    """One method for each address."""

    def __init__(self, showcase: Showcase) -> None:
        self._showcase = showcase
        self._running = asyncio.Lock()

    async def overview(self) -> Response:
        exchanges = self._showcase.newest_first()
        last = exchanges[0] if exchanges else None
        steps = () if last is None else steps_of(last.id, self._steps())
        requester, provider = self._showcase.requester, self._showcase.provider
        return await self._page(
            "overview.html",
            last=last,
            hops=hops(steps, requester_node=requester.party_id),
            lanes=heads(requester_country=requester.country, provider_country=provider.country),
        )

    async def run(self, request: Request) -> Response:
        """Make one more exchange, and show it."""
        if comes_from_another_site(request.headers):
            raise HTTPException(403)
        if self._running.locked():
            raise HTTPException(409, "Another exchange is running. The demo shows it as soon as it is over.")
        if len(self._showcase.exchanges()) >= MAX_EXCHANGES:
            raise HTTPException(409, f"The demo keeps {MAX_EXCHANGES} exchanges. Start it again to make more.")
        async with self._running:
            try:
                await self._showcase.run_again()
            except OotsError as error:
                raise HTTPException(502, str(error)) from error
        return RedirectResponse("/", status_code=303)

    async def exchanges(self) -> Response:
        return await self._page("exchanges.html", exchanges=self._showcase.newest_first())

    async def exchange(self, exchange_id: str) -> Response:
        exchange = self._exchange(exchange_id)
        steps = steps_of(exchange_id, self._steps())
        return await self._page(
            "exchange.html",
            exchange=exchange,
            steps=steps,
            machine=machine.draw(exchange.state, steps, requester_node=self._showcase.requester.party_id),
            components=COMPONENTS,
            good=_GOOD,
            bad=_BAD,
        )

    async def document(self, exchange_id: str) -> Response:
        document = self._document(exchange_id)
        kind = "PDF" if document.media_type == PDF else document.media_type
        return await self._page("document.html", exchange=self._exchange(exchange_id), document=document, kind=kind)

    async def document_bytes(self, exchange_id: str) -> Response:
        document = self._document(exchange_id)
        if document.media_type != PDF:
            return _download(document.content, document.title)
        headers = {"Content-Security-Policy": FOREIGN_POLICY, "Content-Disposition": _named("inline", document.title)}
        return Response(document.content, media_type=PDF, headers={**_FRESH, **headers})

    async def message(self, number: str, name: str) -> Response:
        for step in self._steps():
            # Compared as text: a number of a thousand digits is nothing to convert.
            if str(step.number) == number and name in step.event.documents:
                return _download(step.event.documents[name], name)
        raise HTTPException(404)

    async def all_messages(self) -> Response:
        try:
            packed = await run_in_threadpool(archive, self._steps())
        except CallerError as error:
            raise HTTPException(413, str(error)) from error
        return _download(packed, "oots-demo-messages.zip")

    async def problem(self, _request: Request, error: Exception) -> Response:
        """Say what is wrong with a request."""
        assert isinstance(error, StarletteHTTPException)
        phrase = HTTPStatus(error.status_code).phrase
        heading, reason = _PROBLEMS.get(error.status_code, (phrase, phrase))
        reason = reason if error.detail == phrase else error.detail
        return await self._page(
            "problem.html", status=error.status_code, headers=error.headers or {}, heading=heading, reason=reason
        )

    async def fault(self, _request: Request, _error: Exception) -> Response:
        """Say that it is not the reader's fault.  Outside of the middleware, so the headers are given here."""
        heading, reason = _FAULT
        return await self._page("problem.html", status=500, headers=GUARDS, heading=heading, reason=reason)

    def _steps(self) -> tuple[Step, ...]:
        return tuple(self._showcase.timeline.steps)

    def _exchange(self, exchange_id: str) -> ShownExchange:
        for exchange in self._showcase.exchanges():
            if exchange.id == exchange_id:
                return exchange
        raise HTTPException(404)

    def _document(self, exchange_id: str) -> ShownDocument:
        document = self._exchange(exchange_id).document
        if document is None:
            raise HTTPException(404, "This exchange brought no document.")
        return document

    async def _page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: object
    ) -> Response:
        # In a thread: indenting the messages of an exchange takes longer than the loop should wait.
        render = _templates().get_template(template).render
        text = await run_in_threadpool(render, context, showcase=self._showcase)
        return HTMLResponse(text, status_code=status, headers={**_FRESH, **(headers or {})})


_FRESH: Final = {"Cache-Control": "no-store"}


@cache
def _templates() -> Environment:
    made = templates("oots.cli.demo")
    made.globals.update(in_words=in_words, carried=carried, readable=readable)
    return made


def _download(content: bytes, name: str) -> Response:
    headers = {"Content-Security-Policy": FOREIGN_POLICY, "Content-Disposition": _named("attachment", name)}
    media_type = "text/plain; charset=utf-8" if is_text(content) else "application/octet-stream"
    return Response(content, media_type=media_type, headers={**_FRESH, **headers})


def _named(disposition: str, name: str) -> str:
    return f'{disposition}; filename="{file_name(name)}"'
