"""
Answers of directories that were heard before: found by their question, judged by their age, without blocking the loop.

A cache that cannot be read or written costs time, and nobody an answer.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from anyio import to_thread

from oots.common_services.freshness import CacheTimes, Freshness, freshness, is_about_nobody, may_be_kept
from oots.common_services.queries import Query
from oots.errors import OperatorError
from oots.net.directory_http import HttpAnswer
from oots.store.directory_answers import DirectoryAnswers, KeptAnswer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query, and the instance that it is for."""

    query: Query
    place: str
    """As `Instances.place` gives it.  Not an address: what was heard is found while no name server answers, too."""

    @property
    def key(self) -> str:
        """What an answer to it is found by."""
        parts = [self.place, self.query.interface, sorted(self.query.parameters())]
        return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()


class DirectoryCache:
    """Those of one service; nothing that a user answered, and nothing that a directory forbids to keep, is in it."""

    def __init__(self, answers: DirectoryAnswers, *, times: CacheTimes, now: Callable[[], datetime]) -> None:
        self._answers = answers
        self._times = times
        self._now = now

    async def find(self, question: Question) -> tuple[KeptAnswer, Freshness] | None:
        """Give an answer that may still be used, fresh or stale; it is not verified."""
        try:
            found = await to_thread.run_sync(self._answers.find, question.key)
        except OperatorError as error:
            log.warning("kept answers of directories cannot be read: %s", error)
            return None
        if found is None:
            return None
        judged = freshness(found.fields, asked_at=found.asked_at, now=self._now(), times=self._times)
        return None if judged is Freshness.GONE else (found, judged)

    async def keep(self, question: Question, answer: HttpAnswer, *, base_url: str, asked_at: datetime) -> None:
        """Keep an answer that was verified, and is a success."""
        parameters = question.query.parameters()
        if not (is_about_nobody(parameters) and may_be_kept(answer.fields)):
            return
        kept = KeptAnswer(
            key=question.key,
            place=question.place,
            base_url=base_url,
            parameters=parameters,
            interface=question.query.interface,
            asked_at=asked_at,
            fields=answer.fields,
            body=answer.body,
        )
        try:
            await to_thread.run_sync(lambda: self._answers.keep(kept, since=asked_at - self._times.stale))
        except OperatorError as error:
            log.warning("an answer of a directory cannot be kept: %s", error)

    async def forget(self, question: Question) -> None:
        """Forget what was heard: the directory says something else by now, or nobody vouches for it any more."""
        try:
            await to_thread.run_sync(self._answers.forget, question.key)
        except OperatorError as error:
            log.warning("a kept answer of a directory cannot be forgotten: %s", error)
