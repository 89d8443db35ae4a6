"""
Attachments as WS-Security sees them: content and effective type, and which bytes of them are digested.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from oots.errors import FailedAuthentication, MalformedXml, PolicyNoncompliance
from oots.spooled import Spooled
from oots.xml import MAX_BYTES, canonical_document, parse

_XML_TYPE: Final = re.compile(r"(text/xml|application/xml|(application|image)/[^;]*\+xml)", re.IGNORECASE)
_TEXT_TYPE: Final = re.compile(r"text/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """
    Content and effective MIME type.

    The type decides how the content is digested: `application/gzip` when compressed, else what
    `xenc:EncryptedData/@MimeType` said, else that of the MIME part.  The part property MimeType has no say.
    """

    content: Spooled
    mime_type: str


def digest(attachment: Attachment) -> bytes:
    """
    Give the SHA-256 under the Attachment-Content-Signature-Transform (SwA profile 1.1, 5.4.2; as4.md 3.3).

    XML is canonicalised first, text gets CRLF line ends, everything else is taken as it is.
    Raises `FailedAuthentication` when what calls itself XML is none, `PolicyNoncompliance` when it is too large.
    """
    if _XML_TYPE.match(attachment.mime_type):
        return hashlib.sha256(_canonical_xml(attachment.content)).digest()
    chunks: Iterable[bytes] = attachment.content.chunks()
    if _TEXT_TYPE.match(attachment.mime_type):
        chunks = _with_crlf(chunks)
    running = hashlib.sha256()
    for chunk in chunks:
        running.update(chunk)
    return running.digest()


def _canonical_xml(content: Spooled) -> bytes:
    if content.size > MAX_BYTES:
        raise PolicyNoncompliance(
            f"an uncompressed XML attachment has {content.size} bytes; above {MAX_BYTES} it has to be compressed"
        )
    try:
        return canonical_document(parse(content.read()))
    except MalformedXml as error:
        raise FailedAuthentication("an attachment of an XML type has no canonical form") from error


def _with_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    after_cr = False
    for chunk in chunks:
        # A CRLF that is cut in two between chunks is one line end, too.
        rest = chunk[1:] if after_cr and chunk[:1] == b"\n" else chunk
        after_cr = chunk[-1:] == b"\r" if chunk else after_cr
        yield re.sub(rb"\r\n|\r|\n", b"\r\n", rest)
