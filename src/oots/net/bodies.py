"""
Bodies between the network and `Spooled`s: in pieces of a good size, within limits, without blocking the event loop.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from anyio import to_thread

from oots.spooled import Spooled

PIECE_BYTES: Final = 256 << 10
"""Large enough that changing to a thread for each costs nothing, small enough for a hundred transfers at once."""


async def read_pieces(content: Spooled) -> AsyncIterator[bytes]:
    """Give the bytes of `content`; a file is read and decrypted in a thread."""
    chunks = content.chunks()
    while piece := await to_thread.run_sync(_next_piece, chunks):
        yield piece


async def gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give what comes in as pieces of at least `PIECE_BYTES`, but for the last."""
    waiting, size = [], 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


async def write_pieces(content: Spooled, pieces: AsyncIterator[bytes]) -> None:
    """Append what comes in; a file is encrypted and written in a thread."""
    async for piece in gathered(pieces):
        await to_thread.run_sync(content.write, piece)


def _next_piece(chunks: Iterator[bytes]) -> bytes:
    return b"".join(_some(chunks))


def _some(chunks: Iterator[bytes]) -> Iterable[bytes]:
    size = 0
    while size < PIECE_BYTES and (chunk := next(chunks, None)) is not None:
        yield chunk
        size += len(chunk)
