"""
XML Schema for a person at a terminal: what was found, where, and what would be right, in whole sentences.

The verdict is that of `xsd`; `xmlschema`, which knows the schema it holds a document against, says why.  Sentences
quote the document, for whoever owns it is reading: they are not for logs, and not for answers abroad.  Importing this
takes a third of a second, so commands do it when a document is wrong.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import islice
from typing import Any, Final

from lxml import etree
from xmlschema import XMLSchema, XMLSchemaValidationError
from xmlschema.exceptions import XMLSchemaException

from oots.edm.documents import MAX_BYTES
from oots.resources import schemas
from oots.validation.findings import Finding, Layer, Severity
from oots.validation.sentences import XSI_TYPE, Told, known_type, tell, unknown_type
from oots.validation.xsd import HEADER, MAX_FINDINGS, MAX_LOCATION, SCHEMA_OF, check_document, check_header
from oots.xml import Element, parse

_MAX_ERRORS: Final = 4 * MAX_FINDINGS
"""Looked at; many are consequences of one another."""

MAX_NODES: Final = 20_000
"""
Elements and attributes of a document that is explained, which takes a second or two; one with more has the plain
findings.  No document seen has 500.
"""

_has_too_many_nodes = etree.XPath(f"count(.//*) + count(.//@*) > {MAX_NODES}")


def explain(data: bytes, line: str) -> tuple[Finding, ...]:
    """
    Explain what is wrong with a document of a line such as `V2_0`; nothing when it is valid.

    Raises `MalformedXml` for bytes that are no XML we accept, and `KeyError` for a line without schemas.
    """
    return explain_document(parse(data, max_bytes=MAX_BYTES), line)


def explain_document(root: Element, line: str) -> tuple[Finding, ...]:
    """Explain what is wrong with a document that was parsed; raises `KeyError` for a line without schemas."""
    return _explain(root, SCHEMA_OF[line], check_document(root, line), Layer.XSD)


def explain_header(messaging: Element) -> tuple[Finding, ...]:
    """Explain what is wrong with `eb:Messaging`, alone or inside its envelope."""
    return _explain(messaging, HEADER, check_header(messaging), Layer.HEADER)


def _explain(root: Element, path: str, plain: tuple[Finding, ...], layer: Layer) -> tuple[Finding, ...]:
    if not plain or plain[0].layer is Layer.XML or _has_too_many_nodes(root):
        return plain
    # xmlschema takes a comment inside a value for a child; and what came is not ours to change.
    bare = deepcopy(root)
    etree.strip_tags(bare, etree.Comment, etree.ProcessingInstruction)
    try:
        told = sorted(_told(bare, _schema(path)), key=lambda item: item.line)
    except (XMLSchemaException, RecursionError):
        return plain  # true too, only shorter
    return tuple(_finding(item, layer) for item in told[:MAX_FINDINGS]) or plain


@cache
def _schema(path: str) -> XMLSchema:
    # Nothing that a document names is fetched: no hints of its own, and no well-known addresses of namespaces.
    return XMLSchema(str(schemas() / path), allow="local", use_fallback=False)


def _told(root: Element, schema: XMLSchema) -> Iterator[Told]:
    # What follows from an element of a wrong type is not told again; and xmlschema stops at a type that does not exist.
    settled: set[Any] = set()
    for element in root.iter("*"):
        if XSI_TYPE in element.attrib and not known_type(element, schema):
            settled.add(element)
            yield unknown_type(element, schema)
            del element.attrib[XSI_TYPE]
    for error in islice(schema.iter_errors(root, use_location_hints=False), _MAX_ERRORS):
        assert isinstance(error, XMLSchemaValidationError)
        if error.elem in settled:
            continue
        told = tell(error)
        if told is None:
            continue
        if told.settles:
            settled.add(error.elem)
        yield told


def _finding(told: Told, layer: Layer) -> Finding:
    return Finding(
        rule=told.clause,
        severity=Severity.FATAL,
        layer=layer,
        location=f"line {told.line}, {told.path}"[:MAX_LOCATION],
        message=told.sentence,
    )
