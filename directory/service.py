"""
`Directory`: answers queries from what is loaded now, and notices when something else is.

What it once answered is kept in memory until the content changes, unless a user's answer was part of the question.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from directory.answers import Asked, Signed, decide, read_asked, sign
from directory.catalogue import Catalogue
from directory.declarations import Contents
from directory.kept_answers import KeptAnswers
from directory.naming import naming
from directory.settings import DirectorySettings
from directory.shelf import NOTHING, Edition, Shelf
from oots.common_services.answers import Refused
from oots.common_services.freshness import is_about_nobody
from oots.common_services.queries import Query
from oots.common_services.signature import DIGEST
from oots.errors import OperatorError
from oots.store.database import Database

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Shown:
    """The content of one edition, and what was made of it."""

    edition: Edition
    contents: Contents
    catalogues: dict[str, Catalogue] = field(default_factory=dict)
    kept: KeptAnswers = field(default_factory=KeptAnswers)


class Directory:
    """One process of a directory; any number of them may share the database."""

    def __init__(self, settings: DirectorySettings, database: Database, *, now: Callable[[], datetime]) -> None:
        """Open it on a database of the right schema; nothing is read before the first question."""
        self.settings = settings
        self._shelf = Shelf(database)
        self._now = now
        self._shown = Shown(edition=NOTHING, contents=Contents())
        self._looked: float | None = None
        self._looking = asyncio.Lock()
        self._making = asyncio.Lock()

    async def answer(self, asked: Asked) -> Signed:
        """
        Answer a query, or refuse it in the words of the standard: signed in either case.

        Raises `OperatorError` only while nothing could ever be read.
        """
        started = time.perf_counter()
        query = read_asked(asked)
        signed = await self._sign(query) if isinstance(query, Refused) else await self._answer(query)
        _log(asked, query, signed, time.perf_counter() - started)
        return signed

    def look(self) -> None:
        """Raise `StoreUnavailable` when the database cannot be read now."""
        self._shelf.edition()

    async def catalogue(self, interface: str) -> Catalogue:
        """Give all that is answered in a version; raises `OperatorError` like `answer`."""
        shown = await self._current()
        return await asyncio.to_thread(self._catalogue, shown, interface)

    async def contents(self) -> Contents:
        """Give what is loaded; raises `OperatorError` like `answer`."""
        return (await self._current()).contents

    async def _answer(self, query: Query) -> Signed:
        shown = await self._current()
        found = shown.kept.find(query, self._now())
        if found is not None:
            return found
        if not is_about_nobody(query.parameters()):
            return await asyncio.to_thread(self._made, shown, query, is_for_all=False)
        # One after the other: they are work for one interpreter, and the same is often asked by many at once.
        async with self._making:
            found = shown.kept.find(query, self._now())
            if found is None:
                found = await asyncio.to_thread(self._made, shown, query, is_for_all=True)
                if found.is_for_all:
                    shown.kept.keep(query, found)
        return found

    async def _sign(self, refused: Refused) -> Signed:
        return await asyncio.to_thread(sign, refused, self.settings.signer, at=self._now())

    def _made(self, shown: Shown, query: Query, *, is_for_all: bool) -> Signed:
        answer = decide(query, self._catalogue(shown, query.interface))
        return sign(answer, self.settings.signer, at=self._now(), is_for_all=is_for_all)

    def _catalogue(self, shown: Shown, interface: str) -> Catalogue:
        found = shown.catalogues.get(interface)
        if found is None:
            found = Catalogue(shown.contents, naming(interface, self.settings.repository))
            shown.catalogues[interface] = found
        return found

    async def _current(self) -> Shown:
        if self._is_recent():
            return self._shown
        async with self._looking:
            if not self._is_recent():
                await self._look()
        return self._shown

    def _is_recent(self) -> bool:
        return self._looked is not None and time.monotonic() - self._looked < self.settings.look_seconds

    async def _look(self) -> None:
        try:
            self._shown = await asyncio.to_thread(self._read, self._shown)
        except OperatorError as error:
            if self._looked is None:
                raise
            # What is declared seldom changes: an answer of before is better than none.
            log.warning("the content of the directory cannot be looked at, it is answered from memory: %s", error)
        self._looked = time.monotonic()

    def _read(self, shown: Shown) -> Shown:
        if self._looked is not None and self._shelf.edition() == shown.edition:
            return shown
        edition, contents = self._shelf.read()
        log.info("the directory has another content: %s", ", ".join(f"{part} {number}" for part, number in edition))
        return Shown(edition=edition, contents=contents)


def _log(asked: Asked, query: Query | Refused, signed: Signed, seconds: float) -> None:
    # TDD 3.8: what was asked and answered.
    log.info(
        "%s in %s: %s: %s, %d records, %s, %.1f ms",
        asked.service.value,
        query.interface,
        _shown(query),
        signed.outcome,
        signed.records,
        signed.fields[DIGEST],
        seconds * 1000,
    )


def _shown(query: Query | Refused) -> str:
    if isinstance(query, Refused):
        return query.exceptions[0].detail or ""
    # What a user answered is personal, and is only counted.
    parameters = query.parameters()
    public = [f"{name}={value}" for name, value in parameters if is_about_nobody([(name, value)])]
    return " ".join(public) + f" and {len(parameters) - len(public)} answers of a user"
