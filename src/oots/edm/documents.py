"""
Whole documents as bytes: which of the three one is, and reading and writing it.

What it means that a document cannot be read depends on who waits for it, so there is a function for each side.
"""

from typing import Final, assert_never

from lxml import etree

from oots.edm.elements import attribute
from oots.edm.error import FAILURE, read_error_response, write_error_response
from oots.edm.model import Document, ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.edm.request import QUERY_REQUEST, Identity, identify, read_evidence_request, write_evidence_request
from oots.edm.response import QUERY_RESPONSE, read_evidence_response, write_evidence_response
from oots.errors import InvalidRequest, MalformedXml, UnreadableResponse
from oots.xml import Element, parse

MAX_BYTES: Final = 1 << 20
"""Largest document: 1 MiB.  A request has about 4 kB, a response with 27 documents about 60 kB."""


def read(data: bytes) -> Document:
    """
    Read a document of any kind.

    Raises `MalformedXml` when it is none, `InvalidRequest` for a bad request, `UnreadableResponse` for a bad answer.
    """
    root = parse(data, max_bytes=MAX_BYTES)
    if root.tag == QUERY_REQUEST:
        return read_evidence_request(root)
    if root.tag == QUERY_RESPONSE:
        return _read_answer(root)
    raise MalformedXml("the document element is neither query:QueryRequest nor query:QueryResponse")


def read_request(data: bytes) -> EvidenceRequest:
    """Read what a provider received; raises `InvalidRequest`, whatever is wrong with it."""
    try:
        return read_evidence_request(parse(data, max_bytes=MAX_BYTES))
    except MalformedXml as error:
        raise InvalidRequest(f"no XML that is accepted: {error}") from error


def identify_request(data: bytes) -> Identity:
    """Give what the error response to a request can repeat, however broken the request is."""
    try:
        return identify(parse(data, max_bytes=MAX_BYTES))
    except MalformedXml:
        return Identity(id=None, requester=None)


def read_answer(data: bytes) -> EvidenceResponse | ErrorResponse:
    """Read what a requester received; raises `UnreadableResponse`, whatever is wrong with it."""
    try:
        return _read_answer(parse(data, max_bytes=MAX_BYTES))
    except MalformedXml as error:
        raise UnreadableResponse(f"no XML that is accepted: {error}") from error


def _read_answer(root: Element) -> EvidenceResponse | ErrorResponse:
    # The root is the same for both; the status tells them apart (edm-rules.md 10, note 2).
    if attribute(root, "status") == FAILURE:
        return read_error_response(root)
    return read_evidence_response(root)


def write(document: Document) -> bytes:
    """Write a document as UTF-8 with XML declaration; raises `CallerError` for a value that its line cannot carry."""
    return etree.tostring(_write(document), encoding="UTF-8", xml_declaration=True)


def _write(document: Document) -> Element:
    match document:
        case EvidenceRequest():
            return write_evidence_request(document)
        case EvidenceResponse():
            return write_evidence_response(document)
        case ErrorResponse():
            return write_error_response(document)
        case _ as never:
            assert_never(never)
