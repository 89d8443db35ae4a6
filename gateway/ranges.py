"""
Which bytes of a payload are asked for: one range of `bytes`, or all (RFC 9110, 14).  Pure.

Several ranges at once are answered with the whole, as the RFC allows: who resumes a transfer asks for one.
"""

import re
from dataclasses import dataclass
from typing import Final

from oots.errors import CallerError

_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,40})-([0-9]{0,40})[ \t]*", re.IGNORECASE)
"""A number of more digits is no offset that anybody means."""


class Unsatisfiable(CallerError):
    """The range lies beyond the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """The bytes `[start:stop]` of something that has `size` of them."""

    start: int
    stop: int
    size: int

    def content_range(self) -> str:
        """Give the value of the field Content-Range."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def asked_for(field: str | None, *, if_range: str | None, etag: str, size: int) -> ByteRange | None:
    """
    Give the range that the fields Range and If-Range ask for, or None for the whole; raises `Unsatisfiable`.

    What cannot be read is ignored, and so is a range of something else than what has this entity tag now.
    """
    found = _RANGE.fullmatch(field or "")
    if found is None or (if_range is not None and if_range != etag) or not size:
        return None
    first, last = found.groups()
    if not first:
        return _suffix(last, size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable(f"the payload has {size} bytes: there are none from {int(first)} on")
    return ByteRange(start=int(first), stop=min(int(last) + 1, size) if last else size, size=size)


def _suffix(length: str, size: int) -> ByteRange | None:
    if not length:
        return None
    if not int(length):
        raise Unsatisfiable("the last 0 bytes of a payload are no range")
    return ByteRange(start=max(size - int(length), 0), stop=size, size=size)
