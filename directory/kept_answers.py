"""
`KeptAnswers`: signed answers in memory, of one edition of the content, as long as they are of use and there is room.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from directory.answers import Signed
from oots.common_services.queries import Query

MAX_BYTES: Final = 64 << 20
"""64 MiB: a hundred times the whole catalogue, or all that is asked in practice."""

MAX_AGE: Final = timedelta(hours=1)
"""Then an answer is signed again: nobody should wonder how old a signature is, or meet one of an old certificate."""


class KeptAnswers:
    """Those of one process, used by its event loop only; what was used longest ago goes first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._kept: OrderedDict[Query, Signed] = OrderedDict()
        self._max_bytes = max_bytes
        self.bytes = 0

    def find(self, query: Query, now: datetime) -> Signed | None:
        """Give the answer to a query, unless there is none, or it is too old."""
        found = self._kept.get(query)
        if found is None:
            return None
        if not timedelta(0) <= now - found.signed_at < MAX_AGE:
            self._drop(query)
            return None
        self._kept.move_to_end(query)
        return found

    def keep(self, query: Query, signed: Signed) -> None:
        """Keep an answer."""
        self._drop(query)
        self._kept[query] = signed
        self.bytes += _size(signed)
        while self.bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, query: Query) -> None:
        gone = self._kept.pop(query, None)
        if gone is not None:
            self.bytes -= _size(gone)


def _size(signed: Signed) -> int:
    return len(signed.body) + sum(map(len, signed.fields.values()))
