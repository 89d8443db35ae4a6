"""
`DirectoryClient`: asks the Evidence Broker and the Data Service Directory, and believes only what is signed.

Theory of operation.  An answer that was heard before and is fresh is used again.  Otherwise the directory is asked;
what it answers counts when its signature holds, and a success is kept.  A refusal is an answer as well: it comes back
as a value, is never kept, and what was kept before goes.

An older answer, up to the age that the settings allow, is used in one case only: nobody answers, neither the directory
nor the name server that would lead to it.  It was signed, is verified again, and says that it is stale.  For a while
the silent directory is then not asked again when there is an older answer.  What comes and cannot be believed or read
is never replaced by something older: that is no directory which is down, but one that somebody stands before.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from anyio import to_thread

from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.certificate_path import Trust
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_evidence_types, read_requirements
from oots.common_services.freshness import Freshness
from oots.common_services.queries import DataServicesQuery, EvidenceTypesQuery, Query, RequirementsQuery
from oots.common_services.signature import DIGEST, Verified, verify_detached
from oots.errors import DirectoryError, DirectoryUnavailable, UnreadableAnswer, UntrustedAnswer, UnusableAnswer
from oots.net.directory_cache import DirectoryCache, Question
from oots.net.directory_http import DirectoryHttp, HttpAnswer
from oots.net.instances import Instances

TRIES: Final = 3
PAUSES: Final = (0.2, 1.0)
"""Seconds before the second and the third try."""

TOTAL_SECONDS: Final = 20.0
"""Most time for all tries, DNS included: a person waits."""

SILENCE: Final = timedelta(seconds=30)
"""How long a directory that gave no answer is left alone, where an older answer can be used."""

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
_Read = Callable[[bytes, str], _Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[_Answer]):
    """What a directory says, and how we know."""

    answer: _Answer
    signature: Verified
    raw: HttpAnswer = field(repr=False)
    """The very bytes that were signed, with their signature."""
    base_url: str
    """Who was asked."""
    asked_at: datetime
    is_stale: bool = False
    """It is older than we would like, and nobody answers at present."""

    @property
    def digest(self) -> str:
        """What was signed: proof of what was looked up, for the journal."""
        return self.raw.fields[DIGEST]


class DirectoryClient:
    """One for a process; it closes `http`.  `cache` is left out where every question shall be asked."""

    def __init__(
        self,
        http: DirectoryHttp,
        instances: Instances,
        *,
        trust: Trust,
        now: Callable[[], datetime],
        cache: DirectoryCache | None = None,
    ) -> None:
        self._http = http
        self._instances = instances
        self._trust = trust
        self._now = now
        self._cache = cache
        self._silent_until: dict[str, datetime] = {}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def requirements(self, query: RequirementsQuery) -> Told[Requirements | Refused]:
        """
        Ask an Evidence Broker what a procedure requires.

        Raises `DirectoryUnavailable` when nobody answers and nothing older is left, `NoDirectory` when there is nobody
        to ask, and another `DirectoryError` for what cannot be believed or read.
        """
        return await self._ask(query, read_requirements)

    async def evidence_types(self, query: EvidenceTypesQuery) -> Told[Requirements | Refused]:
        """Ask an Evidence Broker what proves a requirement; raises as `requirements` does."""
        return await self._ask(query, read_evidence_types)

    async def data_services(self, query: DataServicesQuery) -> Told[DataServices | QuestionForUser | Refused]:
        """Ask a Data Service Directory who has evidence of a type; raises as `requirements` does."""
        return await self._ask(query, read_data_services)

    async def _ask(self, query: Query, read: _Read[_Answer]) -> Told[_Answer]:
        place = self._instances.place(query.service, country=query.country_code, version=query.interface)
        question = Question(query=query, place=place)
        kept = await self._kept(question, read)
        if kept and (not kept.is_stale or self._is_silent(place)):
            return kept
        try:
            told = await self._hear(question, read, tries=1 if kept else TRIES)
        except DirectoryUnavailable as error:
            self._silent_until[place] = self._now() + SILENCE
            if kept is None:
                raise
            log.warning("an older answer is used: %s", error)
            return kept
        except (UnusableAnswer, UntrustedAnswer, UnreadableAnswer) as error:
            log.error("an answer for %s is not used: %s", place, error)
            raise
        self._silent_until.pop(place, None)
        await self._remember(question, told, instead_of=kept)
        return told

    async def _kept(self, question: Question, read: _Read[_Answer]) -> Told[_Answer] | None:
        found = await self._cache.find(question) if self._cache else None
        if self._cache is None or found is None:
            return None
        kept, judged = found
        answer = HttpAnswer(body=kept.body, fields=kept.fields)
        try:
            told = await self._opened(answer, question.query, read, base_url=kept.base_url, asked_at=kept.asked_at)
        except DirectoryError as error:
            log.warning("an answer that was kept is no longer believed, and is asked for again: %s", error)
            await self._cache.forget(question)
            return None
        return replace(told, is_stale=judged is Freshness.STALE)

    async def _hear(self, question: Question, read: _Read[_Answer], *, tries: int) -> Told[_Answer]:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                base_url, answer = await self._asked(question, tries)
        except TimeoutError as error:
            raise DirectoryUnavailable(
                f"nobody answers for {question.place}, in {tries} tries within {TOTAL_SECONDS:g} s"
            ) from error
        return await self._opened(answer, question.query, read, base_url=base_url, asked_at=self._now())

    async def _asked(self, question: Question, tries: int) -> tuple[str, HttpAnswer]:
        for pause in PAUSES[: tries - 1]:
            try:
                return await self._asked_once(question)
            except DirectoryUnavailable:
                await asyncio.sleep(pause)
        return await self._asked_once(question)

    async def _asked_once(self, question: Question) -> tuple[str, HttpAnswer]:
        base_url = await self._instances.base_url(question.place)
        query = question.query
        return base_url, await self._http.get(base_url, query.parameters(), version=query.interface)

    async def _opened(
        self, answer: HttpAnswer, query: Query, read: _Read[_Answer], *, base_url: str, asked_at: datetime
    ) -> Told[_Answer]:
        """Verify, and only then read; a certificate has to be valid now, however old the answer is."""

        def opened() -> Told[_Answer]:
            signature = verify_detached(answer.body, answer.fields, trust=self._trust, at=self._now())
            return Told(
                answer=read(answer.body, query.interface),
                signature=signature,
                raw=answer,
                base_url=base_url,
                asked_at=asked_at,
            )

        return await to_thread.run_sync(opened)

    async def _remember(self, question: Question, told: Told[_Answer], *, instead_of: Told[_Answer] | None) -> None:
        if self._cache is None:
            return
        if isinstance(told.answer, Requirements | DataServices):
            await self._cache.keep(question, told.raw, base_url=told.base_url, asked_at=told.asked_at)
        elif instead_of is not None:
            await self._cache.forget(question)

    def _is_silent(self, place: str) -> bool:
        return self._now() < self._silent_until.get(place, self._now())
