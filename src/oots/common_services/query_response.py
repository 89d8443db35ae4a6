"""
`query:QueryResponse` around every answer of the common services: version, status, registry objects or exceptions.

What is in a registry object, or beside an exception, is read elsewhere.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from lxml import etree

from oots.codes import DsdCode, EbCode
from oots.common_services.answers import QueryException, Refused, SetAside
from oots.common_services.interface import Interface, interface_of
from oots.common_services.parts import readable
from oots.edm.elements import XML_BLANKS, Breach, attribute, new_root, shown, sub
from oots.edm.error import FAILURE
from oots.edm.response import QUERY_RESPONSE
from oots.edm.slot_table import SlotTable
from oots.edm.slots import XSI_TYPE, Slots, line_of, type_of, write_any, write_string
from oots.errors import CallerError, MalformedXml, UnreadableAnswer
from oots.xml import QUERY, RIM, RS, SDG, XSI, Element, parse

MAX_BYTES: Final = 10 << 20
"""Largest answer: 10 MiB.  The whole catalogue of 27 countries has 0.6."""

SUCCESS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
ERROR: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
ADDITIONAL_INPUT: Final = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:DSDErrorResponse:AdditionalInput"

_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_OBJECT: Final = f"{{{RIM}}}RegistryObject"
_EXCEPTION: Final = f"{{{RS}}}Exception"
_NSMAP: Final = {"query": QUERY, "rim": RIM, "rs": RS, "sdg": SDG, "xsi": XSI}
_SPECIFICATION: Final = "SpecificationIdentifier"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of answer: names of its rule sets, and the slot that its registry objects have."""

    success: str
    failure: str
    slots: SlotTable
    slot: str
    filled: str
    """Rule: at least one registry object."""


def read_query_response(body: bytes, kind: Kind, interface: str) -> Element:
    """
    Read the frame of an answer that came to a question in this version.

    Raises `UnreadableAnswer` for what is no such answer, and `Breach` for a status that contradicts its content.
    """
    try:
        root = parse(body, max_bytes=MAX_BYTES)
    except MalformedXml as error:
        raise UnreadableAnswer(f"no XML that is accepted: {error}") from error
    if root.tag != QUERY_RESPONSE:
        raise UnreadableAnswer("the document element is not query:QueryResponse", rules=(f"{kind.success}-S001",))
    said = line_of(root)
    if said != interface and not (said is None and not interface_of(interface).nameless_is_another):
        heard = "no version" if said is None else "another version"
        raise UnreadableAnswer(f"the answer names {heard} in SpecificationIdentifier, asked was {interface}")
    _check_status(root, kind)
    return root


def is_failure(root: Element) -> bool:
    """Tell whether a read frame holds exceptions: HTTP status is 200 either way."""
    return attribute(root, "status") == FAILURE


def _check_status(root: Element, kind: Kind) -> None:
    status = attribute(root, "status")
    has_objects, has_exceptions = root.find(f"{_LIST}/{_OBJECT}") is not None, root.find(_EXCEPTION) is not None
    if status == SUCCESS:
        if has_exceptions:
            raise Breach("a success has an rs:Exception", f"{kind.success}-S008")
        if not has_objects:
            raise Breach("a success has no registry object", kind.filled)
    elif status == FAILURE:
        if has_objects:
            raise Breach("a failure has registry objects", f"{kind.failure}-S007")
        if not has_exceptions:
            raise Breach("a failure has no rs:Exception", f"{kind.failure}-S008")
    else:
        raise Breach("status of query:QueryResponse is neither Success nor Failure", f"{kind.success}-S006")


def read_objects(root: Element, kind: Kind, read: Callable[[Element], _T], set_aside: list[SetAside]) -> tuple[_T, ...]:
    """Read the record of each registry object; raises `Breach` when none can be read."""
    [objects, *others] = root.findall(_LIST)
    if others:
        raise Breach("there are several lists of registry objects", f"{kind.success}-S007")
    found = readable(
        objects.iterchildren(_OBJECT), lambda item: read(Slots(item, kind.slots).any(kind.slot)), set_aside
    )
    if not found:
        first = set_aside[-1]
        raise Breach(f"no registry object can be read: {first.detail}", next(iter(first.rules), kind.filled))
    return found


def read_refusal(root: Element, interface: str) -> Refused:
    """Read a failure whose exceptions ask nothing."""
    return Refused(interface=interface, exceptions=tuple(map(read_exception, exceptions_of(root))))


def write_refusal(answer: Refused) -> bytes:
    """Write a refusal of either service; raises `CallerError` for one that says nothing."""
    if not answer.exceptions:
        raise CallerError("a refusal has at least one exception")
    root = new_query_response(interface_of(answer.interface), FAILURE)
    for exception in answer.exceptions:
        write_exception(root, exception)
    return as_bytes(root)


def exceptions_of(root: Element) -> list[Element]:
    """Give the exceptions of a failure."""
    return root.findall(_EXCEPTION)


def read_exception(element: Element) -> QueryException:
    """Read an exception; its severity says nothing that its code does not."""
    code = attribute(element, "code")
    _, exception_type = type_of(element)
    return QueryException(
        code=None if not code else code if _is_harmless(code) else shown(code),
        exception_type=exception_type if exception_type.isalnum() else shown(exception_type),
        message=element.get("message", "").strip(XML_BLANKS),
        detail=element.get("detail", "").strip(XML_BLANKS) or None,
    )


def _is_harmless(code: str) -> bool:
    return code.isascii() and code.isprintable() and len(code) <= 50


def as_exception(code: EbCode | DsdCode, detail: str | None = None) -> QueryException:
    """Give the exception for a code, in the words of its code list."""
    return QueryException(
        code=code.value,
        exception_type=code.exception_type.removeprefix("rs:"),
        message=code.message,
        detail=detail,
    )


def new_query_response(interface: Interface, status: str) -> Element:
    """Begin an answer, with its version where the version says so."""
    root = new_root(QUERY_RESPONSE, _NSMAP, {"status": status})
    if interface.names_itself:
        write_string(root, _SPECIFICATION, interface.id)
    return root


def write_objects(
    root: Element, slot: str, records: Sequence[tuple[str, _T]], write: Callable[[Element, _T], None]
) -> None:
    """
    Append a registry object for each record, given with its identifier; raises `CallerError` when there is none.

    Their ids are made of position and identifier, so that the same answer is the same bytes.
    """
    if not records:
        raise CallerError("a directory that has nothing says so in a refusal")
    objects = etree.SubElement(root, _LIST)
    for position, (identifier, record) in enumerate(records):
        made = uuid.uuid5(uuid.NAMESPACE_URL, f"{position} {identifier}")
        write(write_any(sub(objects, _OBJECT, attributes={"id": f"urn:uuid:{made}"}), slot), record)


def write_exception(root: Element, exception: QueryException) -> Element:
    """Append an exception, and give it: a question has slots."""
    if exception.code is None:
        raise CallerError("an exception is written with a code (R-EB-ERR-015, R-DSD-ERR-C021)")
    asks = exception.code == DsdCode.ADDITIONAL_INPUT.value
    attributes = {
        XSI_TYPE: f"rs:{exception.exception_type}",
        "severity": ADDITIONAL_INPUT if asks else ERROR,
        "message": exception.message,
        "code": exception.code,
    }
    if exception.detail is not None:
        attributes["detail"] = exception.detail
    return sub(root, _EXCEPTION, attributes=attributes)


def as_bytes(root: Element) -> bytes:
    """Give the answer as UTF-8 with XML declaration; what is signed are these bytes."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
