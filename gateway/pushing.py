"""
Telling back ends that a message waits for them: the job that does it.  What is posted, and how, stands in `notifier`.

A notice is put into the database together with the message, and tried for more than an hour.  It carries identifiers
only, and fetches nothing: whether a back end has a message is said by its acknowledgement alone, and who is never told
finds the message by asking.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection

from gateway.incoming import Incoming
from gateway.settings import Backend
from oots.net.notifier import Notice, NotNotified
from oots.work import Job, Jobs, State

PUSH: Final = "push"
"""Kind of the job."""

LONGEST_WAIT: Final = timedelta(minutes=5)

TRIES: Final = 21
"""How often a job is tried: with `wait` between them for 68 minutes; back ends may be away for 60 (flows.md 3.4)."""

DELIVERY_WAITS: Final = "delivery.waiting"
"""Type of the notice."""

log = logging.getLogger(__name__)


def wait(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts: 1, 2, 4 … seconds, five minutes at most."""
    return min(timedelta(seconds=1 << (attempts - 1)), LONGEST_WAIT)


class Pushes:
    """What has to be told to back ends, and to which."""

    def __init__(self, jobs: Jobs, backends: Sequence[Backend]) -> None:
        self._jobs = jobs
        self._names: dict[str, list[str]] = {}
        for backend in backends:
            for action in backend.receives if backend.push else ():
                self._names.setdefault(action, []).append(backend.name)

    def announce(self, connection: Connection, message: Incoming) -> None:
        """Have those that receive the action of a new message told, once it is committed."""
        for name in self._names.get(message.message.action, ()):
            about = {
                "backend": name,
                "notice_id": str(uuid4()),
                "action": message.message.action,
                "conversation_id": message.message.conversation_id,
                "kept_at": message.kept_at.isoformat(),
            }
            self._jobs.enqueue(connection, PUSH, message.message_id, data=about)


class Pushing:
    """The task."""

    def __init__(
        self,
        jobs: Jobs,
        backends: Sequence[Backend],
        *,
        waits: Callable[[str], bool],
        notify: Callable[[Notice], None],
    ) -> None:
        """Take `waits`, which tells of a MessageId whether the message still waits, and what posts a notice."""
        self._jobs = jobs
        self._pushes = {backend.name: backend.push for backend in backends if backend.push}
        self._waits = waits
        self._notify = notify

    def __call__(self, job: Job) -> State:
        """Tell the back end, unless it has the message already, or wants to be told no longer."""
        push = self._pushes.get(job.data["backend"])
        if push is not None and self._waits(job.key):
            try:
                self._notify(
                    Notice(url=push.url, key=push.key, id=job.data["notice_id"], body=_body(job.key, job.data))
                )
            except NotNotified as error:
                return self._again(job, str(error))
        with self._jobs.database.writing() as connection:
            return self._jobs.finish(connection, job)

    def _again(self, job: Job, reason: str) -> State:
        log.warning(
            "back end %r cannot be told of message %r: %s",
            job.data["backend"],
            job.key,
            reason,
            extra={"message_id": job.key, "conversation_id": job.data["conversation_id"]},
        )
        with self._jobs.database.writing() as connection:
            return self._jobs.retry(connection, job, reason)


def _body(message_id: str, about: Mapping[str, Any]) -> bytes:
    notice = {
        "type": DELIVERY_WAITS,
        "timestamp": about["kept_at"],
        "data": {
            "message_id": message_id,
            "action": about["action"],
            "conversation_id": about["conversation_id"],
        },
    }
    return json.dumps(notice).encode()
