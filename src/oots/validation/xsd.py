"""
XML Schema: documents of the exchange data model and ebMS headers against the schemas of this project.

libxml2 finds what is wrong; its texts quote the offending values, so the sentences here are our own.
"""

import re
import threading
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from typing import Final, TypeAlias, cast

from lxml import etree

from oots.edm.documents import MAX_BYTES
from oots.edm.slots import known_specification_of
from oots.edm.specification import V1_2, V2_0
from oots.resources import schemas
from oots.validation.findings import Finding, Layer, Severity
from oots.xml import EB, QUERY, RIM, RS, SDG, XLINK, XML, XSI, Element, load_schema, parse, schema

MAX_FINDINGS: Final = 50
"""Of one document; more tell nobody more."""

SCHEMA_OF: Final = {V1_2: "edm/edm-1.2.xsd", V2_0: "edm/edm-2.0.xsd"}
"""Where the schemas of a line begin, under `schemas/`."""

HEADER: Final = "ebms/ebms-header.xsd"
"""The schema of `eb:Messaging`."""

PREFIXES: Final = {
    QUERY: "query:",
    RIM: "rim:",
    RS: "rs:",
    SDG: "sdg:",
    EB: "eb:",
    XSI: "xsi:",
    XML: "xml:",
    XLINK: "xlink:",
}
MAX_LOCATION: Final = 300
MAX_CHILDREN: Final = 1000
"""
Of one element.  libxml2 counts the siblings before each error, so without this limit 1 MiB of wrong ones takes half a
minute.  No document seen has more than 30.
"""

_has_too_many_children = etree.XPath(f"boolean(.//*[{MAX_CHILDREN + 1}])")
_TOO_MANY_CHILDREN: Final = Finding(
    rule="too-many-children",
    severity=Severity.FATAL,
    layer=Layer.XML,
    location="",
    message=f"an element has more than {MAX_CHILDREN} children",
)

_LogEntry: TypeAlias = etree._LogEntry  # noqa: SLF001  lxml has no public name for it

_explaining = threading.Lock()


def check_bytes(data: bytes) -> tuple[Finding, ...]:
    """
    Parse a document and check it against the schemas of its line; raises `MalformedXml`.

    A document of a line that is not spoken here has no schema: nothing is found, and its reader will refuse it.
    """
    root = parse(data, max_bytes=MAX_BYTES)
    specification = known_specification_of(root)
    return () if specification is None else check_document(root, specification.id)


def check_document(root: Element, specification: str) -> tuple[Finding, ...]:
    """
    Check a request, response or error response against the schemas of its line.

    Raises `KeyError` for a line without schemas: whoever calls has read the line already.
    """
    return _check(root, SCHEMA_OF[specification], Layer.XSD)


def check_header(messaging: Element) -> tuple[Finding, ...]:
    """Check `eb:Messaging`, alone or inside its envelope."""
    return _check(messaging, HEADER, Layer.HEADER)


def check_against(element: Element, xsd: etree.XMLSchema, layer: Layer) -> tuple[Finding, ...]:
    """Check an element against a schema that nobody else uses meanwhile."""
    if _has_too_many_children(element):
        return (_TOO_MANY_CHILDREN,)
    if xsd.validate(element):
        return ()
    entries = cast("Iterable[_LogEntry]", xsd.error_log)
    return tuple(_finding(entry, layer) for entry in islice(entries, MAX_FINDINGS))


def _check(element: Element, path: str, layer: Layer) -> tuple[Finding, ...]:
    if not _has_too_many_children(element) and schema(path).validate(element):
        return ()
    # lxml leaves the errors on the schema, where another thread's validation mixes in: a second copy, one at a time.
    with _explaining:
        return check_against(element, _explaining_schema(path), layer)


@cache
def _explaining_schema(path: str) -> etree.XMLSchema:
    return load_schema(schemas() / path)


def _finding(entry: _LogEntry, layer: Layer) -> Finding:
    location = f"line {entry.line}" + (f", {entry.path}" if entry.path else "")
    return Finding(
        rule=_clause(entry.type_name),
        severity=Severity.FATAL,
        layer=layer,
        location=location[:MAX_LOCATION],
        message=_sentence(entry.type_name, entry.message),
    )


def _clause(type_name: str) -> str:
    # SCHEMAV_CVC_COMPLEX_TYPE_3_2_1 is how libxml2 writes cvc-complex-type.3.2.1 of XML Schema, Part 1.
    if type_name == "SCHEMAV_ELEMENT_CONTENT":
        return "cvc-complex-type.2.4"
    words = type_name.removeprefix("SCHEMAV_").lower().replace("_", "-")
    return re.sub(r"-(?=\d)", ".", words)


# --- sentences --------------------------------------------------------------------------------------------------------

_SUBJECT: Final = re.compile(r"Element '(\{[^}']*\})?([A-Za-z][A-Za-z0-9]{0,49})'")
_ATTRIBUTE_VALUE: Final = re.compile(r", attribute '((?:\{[^}']*\})?[A-Za-z][A-Za-z0-9]{0,49})'")
_NAME: Final = re.compile(r"(\{[^}']*\})?([A-Za-z][A-Za-z0-9]{0,49})")
# Anchored at the end: what comes before may be a value, and a value may look like anything.
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.\s*$")
_TYPE: Final = re.compile(r"type '([^']{1,80})'\.\s*$")
_LENGTH: Final = re.compile(r"length of '(\d+)'\.\s*$")
_ATTRIBUTE: Final = re.compile(r"The attribute '([^']{1,200})' is (?:not allowed|required but missing)\.\s*$")
_SET: Final = "is not an element of the set {"


def _sentence(type_name: str, message: str) -> str:
    found = _SUBJECT.match(message)
    subject = "an element with an unreadable name" if found is None else _prefixed(found[0][len("Element '") : -1])
    if found is not None and type_name in _ABOUT_VALUES:
        # Only an attribute that the schema knows has a value that it can judge: its name is no secret.
        attribute = _ATTRIBUTE_VALUE.match(message, found.end())
        subject = f"the attribute {_prefixed(attribute[1])} of {subject}" if attribute else subject
    say = _SENTENCES.get(type_name)
    return f"{subject} {say(message) if say else 'does not follow the schema'}"


def _prefixed(name: str) -> str:
    found = _NAME.fullmatch(name.strip())
    if found is None:
        return "(unreadable name)"
    return PREFIXES.get((found[1] or "")[1:-1], "") + found[2]


def _content(message: str) -> str:
    expected = _EXPECTED.search(message)
    problem = "lacks a child" if ": Missing child element" in message else "is not expected here"
    if expected is None:
        return problem
    names = [_prefixed(name) for name in expected[1].split(",")]
    return f"{problem}; expected: {', '.join(names)}"


def _datatype(message: str) -> str:
    found = _TYPE.search(message)
    return "has a value of another type" if found is None else f"has a value that is no {_prefixed_type(found[1])}"


def _prefixed_type(name: str) -> str:
    return name if re.fullmatch(r"xs:[A-Za-z]+", name) else _prefixed(name)


def _too_long(message: str) -> str:
    found = _LENGTH.search(message)
    return "has a value that is too long" + ("" if found is None else f"; at most {found[1]} characters are allowed")


def _enumeration(message: str) -> str:
    _, _, listed = message.rpartition(_SET)
    return "has a value that is none of " + listed.rstrip().removesuffix("}.").replace("'", "")


def _attribute(message: str) -> str:
    found = _ATTRIBUTE.search(message)
    name = "(unreadable name)" if found is None else _prefixed(found[1])
    return f"lacks the attribute {name}" if "required but missing" in message else f"may not have the attribute {name}"


def _always(sentence: str) -> Callable[[str], str]:
    return lambda _: sentence


_ABOUT_VALUES: Final = {
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3",
    "SCHEMAV_CVC_MAXLENGTH_VALID",
    "SCHEMAV_CVC_MINLENGTH_VALID",
    "SCHEMAV_CVC_ENUMERATION_VALID",
}

_SENTENCES: Final[dict[str, Callable[[str], str]]] = {
    "SCHEMAV_ELEMENT_CONTENT": _content,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _datatype,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": _datatype,
    "SCHEMAV_CVC_MAXLENGTH_VALID": _too_long,
    "SCHEMAV_CVC_MINLENGTH_VALID": _always("has a value that is too short"),
    "SCHEMAV_CVC_ENUMERATION_VALID": _enumeration,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": _always("must be empty"),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": _always("has child elements where only text is allowed"),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": _always("has text between its child elements"),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": _attribute,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": _attribute,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": _attribute,
    "SCHEMAV_CVC_TYPE_3_1_1": _attribute,
    "SCHEMAV_CVC_TYPE_3_1_2": _always("has child elements where only text is allowed"),
    "SCHEMAV_CVC_ELT_1": _always("is no document element of this schema"),
    "SCHEMAV_CVC_ELT_3_1": _always("cannot be nil"),
    "SCHEMAV_CVC_ELT_4_1": _always("has an xsi:type that is no name"),
    "SCHEMAV_CVC_ELT_4_2": _always("has an xsi:type that does not exist"),
    "SCHEMAV_CVC_ELT_4_3": _always("has an xsi:type that is not allowed here"),
    "SCHEMAV_CVC_TYPE_2": _always("needs an xsi:type that says which value it holds"),
}
