"""
The door for our own services: a REST API to submit messages, to see how they fare, and to fetch those that came in.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from gateway.bell import Bell, heard
from gateway.body import read_body
from gateway.form import SubmissionForm
from gateway.incoming import Incoming
from gateway.mailbox import Mailbox
from gateway.problems import answer_problems
from gateway.settings import Settings
from gateway.submission import Submissions
from oots.codes import MIME_OCTETS
from oots.errors import CallerError, MimeInconsistency
from oots.mime.header_fields import read_media_type
from oots.net.bodies import read_pieces
from oots.net.gateway_api import MAX_WAIT_SECONDS, Deliveries, MessageStatus, Submission, Submitted, submission_json
from oots.spooled import NewSpooled

MAX_DELIVERIES: Final = 10
"""In one answer."""

POLL_SECONDS: Final = 1.0
"""Longest sleep while a back end waits: what the bell did not tell is found by then."""


class BackendDoor:
    """The routes."""

    def __init__(
        self,
        settings: Settings,
        mailbox: Mailbox,
        submissions: Submissions,
        *,
        now: Callable[[], datetime],
        new_spooled: NewSpooled,
        due: Bell,
        arrived: Bell,
    ) -> None:
        self._settings = settings
        self._tokens = [_digest(token) for token in settings.backend_tokens]
        self._mailbox = mailbox
        self._submissions = submissions
        self._now = now
        self._new_spooled = new_spooled
        self._due = due
        self._arrived = arrived
        self._at_work = CapacityLimiter(settings.max_at_work)

    def create_app(self) -> FastAPI:
        """Give the application."""
        known = APIRouter(dependencies=[Depends(self.authorise)])
        known.post("/messages", status_code=HTTPStatus.ACCEPTED)(self.submit)
        known.get("/messages/{message_id:path}")(self.status)
        known.get("/deliveries")(self.deliveries)
        known.get("/deliveries/{message_id:path}/payloads/{number}")(self.payload)
        known.post("/deliveries/{message_id:path}/acknowledge", status_code=HTTPStatus.NO_CONTENT)(self.acknowledge)
        app = FastAPI(title="oots gateway, for back ends", docs_url=None, redoc_url=None, openapi_url=None)
        app.get("/health/live")(_live)
        app.include_router(known)
        answer_problems(app)
        return app

    async def authorise(self, request: Request) -> None:
        """Refuse who shows no token that we know."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = [hmac.compare_digest(_digest(token), known) for known in self._tokens]
        if scheme.lower() != "bearer" or not any(found):
            challenge = {"WWW-Authenticate": "Bearer"}
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "a bearer token of this gateway is needed", challenge)

    async def submit(self, request: Request) -> Submitted:
        """Take a message to be sent."""
        form = SubmissionForm(request.headers.get("content-type", ""), new_spooled=self._new_spooled)
        try:
            await read_body(request, form.write, max_bytes=self._settings.max_message_bytes)
            status = await to_thread.run_sync(self._submit, form, limiter=self._at_work)
        finally:
            form.close()
        self._due.ring()
        return Submitted(message_id=status.message_id, state=status.state)

    async def status(self, message_id: str) -> MessageStatus:
        """Tell how far the sending of a message is."""
        return await to_thread.run_sync(self._mailbox.status, message_id)

    async def deliveries(
        self,
        request: Request,
        action: Annotated[list[str], Query(min_length=1)],
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS)] = 0,
    ) -> Deliveries:
        """Give messages that came in, oldest first; when there is none, wait for one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            event = self._arrived.listen()
            # A lease for somebody who has gone would hold the message back from everybody else.
            gone = await request.is_disconnected()
            messages = () if gone else await self._deliver(action)
            remaining = until - loop.time()
            if messages or gone or remaining <= 0 or self._arrived.closed:
                return Deliveries(deliveries=tuple(message.delivery() for message in messages))
            await heard(event, min(remaining, POLL_SECONDS))

    async def payload(self, message_id: str, number: int) -> Response:
        """Give the bytes of one payload."""
        payload = await to_thread.run_sync(self._mailbox.payload, message_id, number)
        headers = {
            "Content-Type": _harmless(payload.part.mime_type),
            "Content-Length": str(payload.content.size),
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(read_pieces(payload.content), headers=headers)

    async def acknowledge(self, message_id: str) -> None:
        """Note that a back end has a message, and forget its payloads."""
        await to_thread.run_sync(self._mailbox.acknowledge, message_id, self._now())

    def _submit(self, form: SubmissionForm) -> MessageStatus:
        return self._submissions.submit(_read_submission(form.message()), form.payloads)

    async def _deliver(self, actions: list[str]) -> tuple[Incoming, ...]:
        deliver = partial(self._mailbox.deliver, actions, self._now(), limit=MAX_DELIVERIES)
        return await to_thread.run_sync(deliver)


async def _live() -> dict[str, str]:
    return {"status": "live"}


def _read_submission(message: bytes) -> Submission:
    try:
        return submission_json().validate_json(message)
    except ValidationError as error:
        # The field and the reason, never the value: it may be somebody's name.
        found = error.errors(include_input=False, include_url=False, include_context=False)[:5]
        raise CallerError(
            "; ".join(f"message.{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found)
        ) from error


def _harmless(mime_type: str | None) -> str:
    # It comes from the peer, and goes into a header field.
    try:
        return read_media_type(mime_type or "").value
    except MimeInconsistency:
        return MIME_OCTETS


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
