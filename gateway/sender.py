"""
Posts what is due, and notes how it went.  When something is due, and what an answer means, is decided elsewhere.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

from anyio import to_thread

from gateway.journal import ids_of
from gateway.outbox import Outbox
from gateway.outcome import judge
from gateway.outgoing import Outgoing
from gateway.settings import Settings
from gateway.states import NoAnswer, Outcome, State
from oots.codes import EbmsCode
from oots.errors import OotsError
from oots.net.client import PeerClient
from oots.work.loop_bell import Bell, heard

MAX_POSTS: Final = 20
"""At once, over all peers."""

POLL_SECONDS: Final = 1.0
"""Longest sleep: what the bell did not tell is found by then."""

GRACE_SECONDS: Final = 10.0
"""How long posts in hand may take when the gateway stops."""

log = logging.getLogger(__name__)


class Sender:
    """Empties the outbox towards the peers."""

    def __init__(
        self, settings: Settings, outbox: Outbox, client: PeerClient, *, bell: Bell, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._client = client
        self._bell = bell
        self._now = now
        self._posts: set[asyncio.Task[None]] = set()
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the context is open; on leaving, posts in hand come to their end, within limits."""
        loop = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stopping = True
            self._bell.ring()
            await asyncio.wait({loop}, timeout=GRACE_SECONDS)
            _, unfinished = await asyncio.wait({loop, *self._posts}, timeout=GRACE_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:
            event = self._bell.listen()
            seconds = POLL_SECONDS
            try:
                await self._post_what_is_due()
                seconds = await self._seconds_until_due()
            except Exception:
                log.exception("the mailbox cannot be asked what is due")
            await heard(event, seconds)

    async def _post_what_is_due(self) -> None:
        free = MAX_POSTS - len(self._posts)
        for message in await to_thread.run_sync(partial(self._outbox.due, self._now(), limit=free)):
            task = asyncio.create_task(self._attempt(message))
            self._posts.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._posts.discard(task)
        # Another may be due, and there is room for it now.
        self._bell.ring()

    async def _seconds_until_due(self) -> float:
        due_at = await to_thread.run_sync(self._outbox.next_due_at)
        if due_at is None or len(self._posts) >= MAX_POSTS:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (due_at - self._now()).total_seconds()))

    async def _attempt(self, message: Outgoing) -> None:
        outcome = await self._post(message)
        try:
            ended = await to_thread.run_sync(self._outbox.conclude, message, outcome, self._now())
        except Exception:
            # Nothing is noted, so its lease brings the message up again.
            log.exception(
                "message %r: the end of attempt %d cannot be kept",
                message.message_id,
                message.attempts,
                extra=ids_of(message.packed.message),
            )
        else:
            if ended is not None:
                _log(ended)

    async def _post(self, message: Outgoing) -> Outcome:
        packed = message.packed
        try:
            on_file = self._settings.keyring.certificates_of(message.pmode.responder.party_id).signing
            result = await self._client.post(
                message.pmode.address, content_type=packed.content_type, content=packed.content
            )
            judgement = partial(judge, sent=packed, attempt=message.attempts, on_file=on_file, now=self._now())
            return await to_thread.run_sync(judgement, result)
        except OotsError as error:
            return NoAnswer(code=EbmsCode.CONNECTION_FAILURE.value, detail=str(error))
        except Exception:
            log.exception(
                "message %r: attempt %d broke off",
                message.message_id,
                message.attempts,
                extra=ids_of(message.packed.message),
            )
            return NoAnswer(code=EbmsCode.OTHER.value, detail="the attempt broke off on our side; the log says why")


def _log(message: Outgoing) -> None:
    level = {State.ACKNOWLEDGED: logging.INFO, State.FAILED: logging.ERROR}.get(message.state, logging.WARNING)
    log.log(
        level,
        "message %r is %s after attempt %d",
        message.message_id,
        message.state.value,
        message.attempts,
        extra=ids_of(message.packed.message),
    )
