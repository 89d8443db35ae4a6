"""X14: documents of a response and parts of its message belong together one by one."""

from collections.abc import Container, Iterator, Mapping
from urllib.parse import unquote

from oots.edm.model import EvidenceDocument, EvidenceResponse
from oots.validation.cross.breaches import fatal, warning
from oots.validation.cross.identifiers import essence
from oots.validation.findings import Finding


def x14_parts(response: EvidenceResponse, parts: Mapping[str, str | None]) -> Iterator[Finding]:
    """
    Find a part for every document, and a document for every part; `parts` are media types by Content-ID.

    A document that cannot be handed over is fatal.
    """
    referenced: set[str] = set()
    for package in response.evidences:
        for document in package.documents:
            content_id = part_of(document, parts)
            if content_id is None:
                yield fatal("X14", "a document has no part in the message", "RepositoryItemRef")
                continue
            if content_id in referenced:
                yield fatal("X14", "two documents claim the same part of the message", "RepositoryItemRef")
            referenced.add(content_id)
            yield from _media_type(document, parts[content_id])
    if set(parts) - referenced:
        yield warning("X14", "the message has a part that no document refers to")


def part_of(document: EvidenceDocument, parts: Container[str]) -> str | None:
    """Give the Content-ID of the part that a document refers to, if it is one of `parts`."""
    # Some write the Content-ID into the URL as it is, some percent-encoded (edm.md 2.2.3).
    for candidate in (document.content_id, unquote(document.content_id)):
        if candidate in parts:
            return candidate
    return None


def _media_type(document: EvidenceDocument, found: str | None) -> Iterator[Finding]:
    distribution = document.metadata.distribution
    if distribution is None or found is None:
        yield warning("X14", "the media type of a document is not known", "Distribution/Format")
    elif essence(found) != essence(distribution.format):
        yield warning("X14", "a part has another media type than its description", "Distribution/Format")
