"""
Payload compression (AS4 1.0, 3.1): gzip, the same bytes every time, and back within limits.
"""

from collections.abc import Iterator
from typing import Any, Final

from isal import isal_zlib
from isal.igzip_lib import IsalError

from oots.errors import DecompressionFailure
from oots.spooled import Spooled

_GZIP_WINDOW: Final = 31  # 15 bits of window, and a gzip header with time 0: retries keep their digest
_STEP_BYTES: Final = 1 << 20
MAX_RATIO: Final = 200
"""Most bytes out of one byte in, once more than `RATIO_FROM_BYTES` came out.  XML with base64 inside stays below 50."""
RATIO_FROM_BYTES: Final = 10 << 20


def deflate(content: Spooled) -> Iterator[bytes]:
    """Compress."""
    compressor = isal_zlib.compressobj(wbits=_GZIP_WINDOW)
    for chunk in content.chunks():
        yield compressor.compress(chunk)
    yield compressor.flush()


def inflate(content: Spooled, *, max_bytes: int) -> Iterator[bytes]:
    """
    Decompress one gzip stream of one or several members.

    Raises `DecompressionFailure` when it is damaged, cut short, followed by something else, larger than `max_bytes`, or
    a bomb.
    """
    inflater = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
    taken = given = 0
    for chunk in content.chunks():
        taken += len(chunk)
        rest = chunk
        while rest or inflater.unconsumed_tail:
            if inflater.eof:
                inflater = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
            piece, rest = _step(inflater, rest)
            given += len(piece)
            if given > max_bytes or (given > RATIO_FROM_BYTES and given > MAX_RATIO * taken):
                raise DecompressionFailure(
                    f"a payload inflates to more than the {max_bytes} bytes allowed, or is a bomb"
                )
            yield piece
    if not inflater.eof:
        raise DecompressionFailure("a compressed payload is cut short")


def _step(inflater: Any, data: bytes) -> tuple[bytes, bytes]:
    """Give up to `_STEP_BYTES` of output, and the input that is left."""
    try:
        piece = inflater.decompress(data, _STEP_BYTES)
    except IsalError as error:  # type: ignore[misc]  # the stub has the class as a value
        raise DecompressionFailure("a compressed payload is no gzip, or is damaged") from error
    return piece, inflater.unused_data if inflater.eof else inflater.unconsumed_tail
