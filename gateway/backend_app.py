"""
The door for back ends: a REST API to submit messages, to see how they fare, and to fetch those that came in.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from gateway.body import read_body
from gateway.form import SubmissionForm
from gateway.inbox import KeptPayload
from gateway.incoming import Incoming
from gateway.mailbox import Mailbox
from gateway.openapi import ALWAYS, DESCRIPTION, FORM, PAYLOAD, describe, refused_with
from gateway.parameters import Actions, CurrentBackend, IdempotencyKey, IfRange, MessageId, Number, Range, Wait
from gateway.problems import answer_problems
from gateway.ranges import ByteRange, Unsatisfiable, asked_for
from gateway.settings import Backend, Settings
from gateway.submission import Submissions
from gateway.tokens import Tokens, must_receive
from oots import __version__
from oots.codes import MIME_OCTETS
from oots.errors import CallerError, DamagedContent, MimeInconsistency
from oots.mime.header_fields import read_media_type
from oots.net.bodies import in_pieces
from oots.net.gateway_api import Deliveries, MessageStatus, Submission, Submitted, submission_json
from oots.spooled import NewSpooled
from oots.work.loop_bell import Bell, heard

MAX_DELIVERIES: Final = 10
"""In one answer."""

POLL_SECONDS: Final = 1.0
"""Longest sleep while a back end waits: what the bell did not tell is found by then."""

log = logging.getLogger(__name__)


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
        self._outbox, self._inbox = mailbox.outbox, mailbox.inbox
        self._submissions = submissions
        self._now = now
        self._new_spooled = new_spooled
        self._due = due
        self._arrived = arrived
        self._at_work = CapacityLimiter(settings.max_at_work)

    def create_app(self) -> FastAPI:
        """Give the application."""
        app = FastAPI(
            title="oots gateway, for back ends",
            version=__version__,
            description=DESCRIPTION,
            docs_url=None,
            redoc_url=None,
            generate_unique_id_function=lambda route: route.name,
        )
        app.state.tokens = Tokens(self._settings.backends)
        app.include_router(self._routes())
        answer_problems(app)
        describe(app)
        return app

    def _routes(self) -> APIRouter:
        routes = APIRouter(responses=ALWAYS)
        unreadable, unknown = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND
        routes.post(
            "/messages",
            status_code=HTTPStatus.ACCEPTED,
            summary="Submit a message",
            openapi_extra=FORM,
            responses=refused_with(
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.FORBIDDEN,
                HTTPStatus.REQUEST_TIMEOUT,
                HTTPStatus.CONFLICT,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                unreadable,
            ),
        )(self.submit)
        routes.get(
            "/messages/{message_id:path}",
            summary="See how a message fares",
            responses=refused_with(unknown, unreadable),
        )(self.status)
        routes.get(
            "/deliveries",
            summary="List messages that came in",
            responses=refused_with(HTTPStatus.FORBIDDEN, unreadable),
        )(self.deliveries)
        routes.get(
            "/deliveries/{message_id:path}/payloads/{number}",
            summary="Fetch a payload",
            response_class=Response,
            responses=PAYLOAD | refused_with(unknown, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unreadable),
        )(self.payload)
        routes.post(
            "/deliveries/{message_id:path}/acknowledge",
            status_code=HTTPStatus.NO_CONTENT,
            summary="Acknowledge a delivery",
            responses=refused_with(unknown, unreadable),
        )(self.acknowledge)
        return routes

    async def submit(
        self, request: Request, backend: CurrentBackend, idempotency_key: IdempotencyKey = None
    ) -> Submitted:
        """Take a message to be sent: it is kept, and will be posted, once this is answered."""
        form = SubmissionForm(request.headers.get("content-type", ""), new_spooled=self._new_spooled)
        try:
            await read_body(request, form.write, max_bytes=self._settings.max_message_bytes)
            submit = partial(self._submit, form, backend, idempotency_key)
            status = await to_thread.run_sync(submit, limiter=self._at_work)
        finally:
            form.close()
        self._due.ring()
        return Submitted(message_id=status.message_id, state=status.state)

    async def status(self, message_id: MessageId, backend: CurrentBackend) -> MessageStatus:
        """Tell how far the sending of a message is, with its history, and the reason when it failed."""
        return await to_thread.run_sync(partial(self._outbox.status, message_id, backend=backend.name))

    async def deliveries(
        self, request: Request, backend: CurrentBackend, action: Actions, wait: Wait = 0
    ) -> Deliveries:
        """Give up to 10 messages that came in, oldest first: nobody else gets them for a minute."""
        must_receive(backend, action)
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

    async def payload(
        self,
        message_id: MessageId,
        number: Number,
        backend: CurrentBackend,
        wanted: Range = None,
        if_range: IfRange = None,
    ) -> Response:
        """Give the bytes of one payload, or a range of them: a transfer that broke off can go on."""
        fetch = partial(self._inbox.payload, message_id, number, actions=backend.receives)
        payload = await to_thread.run_sync(fetch)
        etag, size = f'"{payload.sha256}"', payload.content.size
        try:
            part = asked_for(wanted, if_range=if_range, etag=etag, size=size)
        except Unsatisfiable as error:
            length = {"Content-Range": f"bytes */{size}"}
            raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, str(error), length) from error
        headers = {
            "Content-Type": _harmless(payload.part.mime_type),
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
            "ETag": etag,
        }
        sent = part or ByteRange(start=0, stop=size, size=size)
        headers["Content-Length"] = str(sent.stop - sent.start)
        pieces = self._pieces(message_id, payload, sent)
        if part is None:
            return StreamingResponse(pieces, headers=headers)
        headers["Content-Range"] = part.content_range()
        return StreamingResponse(pieces, HTTPStatus.PARTIAL_CONTENT, headers)

    async def acknowledge(self, message_id: MessageId, backend: CurrentBackend) -> None:
        """Note that a back end has a message, and forget its payloads."""
        acknowledge = partial(self._inbox.acknowledge, message_id, self._now(), actions=backend.receives)
        await to_thread.run_sync(acknowledge)

    def _submit(self, form: SubmissionForm, backend: Backend, idempotency_key: str | None) -> MessageStatus:
        submission = _read_submission(form.message())
        return self._submissions.submit(submission, form.payloads, backend=backend, idempotency_key=idempotency_key)

    async def _deliver(self, actions: list[str]) -> tuple[Incoming, ...]:
        deliver = partial(self._inbox.deliver, actions, self._now(), limit=MAX_DELIVERIES)
        return await to_thread.run_sync(deliver)

    async def _pieces(self, message_id: str, payload: KeptPayload, sent: ByteRange) -> AsyncIterator[bytes]:
        try:
            async for piece in in_pieces(payload.content.chunks(sent.start, sent.stop)):
                yield piece
        except DamagedContent as error:
            log.error("message %r cannot be delivered: %s", message_id, error, extra={"message_id": message_id})
            await to_thread.run_sync(self._inbox.set_aside, message_id, self._now())
            # The answer has begun: that it breaks off is all that can be told.
            raise


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
