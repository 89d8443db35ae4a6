"""
Other messages of an exchange, read from the bytes of files so that documents can be compared with them.

They are not checked: what they break is said when they are checked themselves.
"""

from collections.abc import Iterable
from itertools import chain

from oots.edm.documents import MAX_BYTES, read
from oots.errors import MalformedXml
from oots.validation.cross import Header, Message
from oots.validation.files.detecting import ENVELOPES, MESSAGING
from oots.validation.files.headers import FoundHeader, find_header
from oots.validation.files.whole_message import first_document, looks_like_message, open_package
from oots.xml import parse


def read_header(chunks: Iterable[bytes]) -> FoundHeader:
    """Read a header that goes with a document; raises `MalformedXml` and `UnknownDocument`."""
    return find_header(parse(at_most(MAX_BYTES, chunks), max_bytes=MAX_BYTES))


def read_message(chunks: Iterable[bytes]) -> Message:
    """Read a document, a header, or a whole message, as far as it is to be seen; raises `OotsError`."""
    rest = iter(chunks)
    beginning = next(rest, b"")
    if looks_like_message(beginning):
        return _opened(chain([beginning], rest))
    data = at_most(MAX_BYTES, chain([beginning], rest))
    root = parse(data, max_bytes=MAX_BYTES)
    if root.tag in (MESSAGING, *ENVELOPES):
        return Message(header=_compared(find_header(root)))
    return Message(document=read(data), tree=root)


def at_most(size: int, chunks: Iterable[bytes]) -> bytes:
    """Give the bytes of a document, and stop reading when there are more than it may have; raises `MalformedXml`."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > size:
            raise MalformedXml(f"the document has more than the {size} bytes allowed")
    return bytes(data)


def _opened(chunks: Iterable[bytes]) -> Message:
    package = open_package(chunks)
    found = find_header(parse(package.root, max_bytes=MAX_BYTES))
    header = _compared(found)
    assert found.message is not None  # or it could not be compared
    content = first_document(found.message, found.envelope, package).content
    if content is None:
        return Message(header=header)
    return Message(document=read(content), header=header, tree=parse(content, max_bytes=MAX_BYTES))


def _compared(found: FoundHeader) -> Header:
    if found.compared is None:
        reason = found.refusals[0].message if found.refusals else "it is a signal"
        raise MalformedXml(f"the header has nothing to compare with: {reason}")
    return found.compared
