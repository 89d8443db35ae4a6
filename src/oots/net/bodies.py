"""
Bodies between the network and `Spooled`s: in pieces of a good size, within limits, without blocking the event loop.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final

from anyio import to_thread

from oots.spooled import Spooled

PIECE_BYTES: Final = 256 << 10
"""Large enough that changing to a thread for each costs nothing, small enough for a hundred transfers at once."""

AT_ONCE_BYTES: Final = 32 << 10
"""To change to a thread takes longer than to write so few: most messages, without their evidence."""


def read_pieces(content: Spooled) -> AsyncIterator[bytes]:
    """Give the bytes of `content`; a file is read and decrypted in a thread."""
    return in_pieces(content.chunks())


async def in_pieces(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Give the bytes of `chunks`, which are made in a thread."""
    while piece := await to_thread.run_sync(_next_piece, chunks):
        yield piece


async def write_pieces(write: Callable[[bytes], object], chunks: AsyncIterator[bytes]) -> None:
    """Hand what comes in to `write`, in a thread, since it may encrypt, or go to disk; but for a small piece."""
    async for piece in _gathered(chunks):
        if len(piece) <= AT_ONCE_BYTES:
            write(piece)
        else:
            await to_thread.run_sync(write, piece)


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting, size = [], 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _next_piece(chunks: Iterator[bytes]) -> bytes:
    return b"".join(_some(chunks))


def _some(chunks: Iterator[bytes]) -> Iterable[bytes]:
    size = 0
    while size < PIECE_BYTES and (chunk := next(chunks, None)) is not None:
        yield chunk
        size += len(chunk)
