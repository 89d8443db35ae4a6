"""
`Spooled`: bytes that were written once and can be read often.  Where large ones go is decided by whoever made it.

Core functions take and give these, so that a payload of a gigabyte and one of a kilobyte take the same way.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, Self


class Overflow(Protocol):
    """A place outside memory, such as `oots.store.sealed_file`: written once, then read from the start."""

    def write(self, data: bytes, /) -> None:
        """Append."""

    def chunks(self) -> Iterator[bytes]:
        """Give everything that was written, in order; may be called again."""

    def close(self) -> None:
        """Remove it."""


class Spooled:
    """
    A sequence of bytes, kept in memory up to `memory_bytes` and in an `Overflow` beyond.

    Without an overflow everything stays in memory: right for what is known to be small.
    """

    __slots__ = ("_memory_bytes", "_new_overflow", "_overflow", "_pieces", "size")

    def __init__(
        self, data: bytes = b"", *, memory_bytes: int = 1 << 20, new_overflow: Callable[[], Overflow] | None = None
    ) -> None:
        self._pieces: list[bytes] = [data] if data else []
        self._memory_bytes = memory_bytes
        self._new_overflow = new_overflow
        self._overflow: Overflow | None = None
        self.size = len(data)
        """In bytes."""

    def write(self, data: bytes) -> None:
        """Append `data`."""
        self.size += len(data)
        if self._overflow is not None:
            self._overflow.write(data)
            return
        self._pieces.append(data)
        if self._new_overflow is not None and self.size > self._memory_bytes:
            self._overflow = self._new_overflow()
            for piece in self._pieces:
                self._overflow.write(piece)
            self._pieces.clear()

    def write_all(self, pieces: Iterable[bytes]) -> Self:
        """Append each of `pieces`, and give itself."""
        for piece in pieces:
            self.write(piece)
        return self

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes from the start, in pieces of any size."""
        return iter(self._pieces) if self._overflow is None else self._overflow.chunks()

    def read(self) -> bytes:
        """Give all bytes at once: for callers that know `size` to be small enough."""
        if self._overflow is None and len(self._pieces) == 1:
            return self._pieces[0]
        return b"".join(self.chunks())

    def close(self) -> None:
        """Forget the bytes, in memory and outside."""
        self._pieces = []
        if self._overflow is not None:
            self._overflow.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


NewSpooled = Callable[[], Spooled]
"""Makes an empty `Spooled`; the services pass one that overflows into encrypted files."""
