"""
What a document is: its kind, and the line of the exchange data model that it says it follows.

Only the outermost elements are looked at.  Whether the rest of a document fits is for the checks to say.
"""

import re
from dataclasses import dataclass
from typing import Final

from oots.ebms.envelope import SOAP_11
from oots.edm.elements import attribute, shallow_text
from oots.edm.error import FAILURE
from oots.edm.lines import answer_line
from oots.edm.request import QUERY_REQUEST
from oots.edm.response import QUERY_RESPONSE
from oots.edm.slots import line_of
from oots.edm.specification import V2_0
from oots.errors import CallerError
from oots.validation.schematron.rule_sets import Kind
from oots.validation.wording import name_of
from oots.xml import EB, RIM, RS, S12, Element

NAMES: Final = {
    Kind.REQUEST: "request",
    Kind.RESPONSE: "response",
    Kind.ERROR: "error",
    Kind.HEADER: "header",
}
"""What kinds are called in reports and on the command line."""

MESSAGING: Final = f"{{{EB}}}Messaging"
ENVELOPES: Final = (f"{{{S12}}}Envelope", f"{{{SOAP_11}}}Envelope")

_USER_MESSAGE: Final = f"{{{EB}}}UserMessage"
_LINE: Final = re.compile(r"oots-edm:v\d{1,3}\.\d{1,3}")
_OF_COMMON_SERVICES: Final = re.compile(r"(EB|DSD|LCM):ERR:")
_OBJECTS_OF_COMMON_SERVICES: Final = frozenset(
    {"DataServiceEvidenceType", "EvidenceType", "EvidenceTypeList", "ReferenceFramework", "Requirement"}
)


class UnknownDocument(CallerError):
    """It is well-formed, and none of the documents that are checked here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What a document is."""

    kind: Kind
    line: str | None
    """The line whose rules are right for it; None for a signal, which has none."""
    doubt: str | None
    """Why it may be another one, as a sentence."""


def kind_of(root: Element) -> Kind:
    """
    Tell which document an element is: one of the data model, or `eb:Messaging`.

    Raises `UnknownDocument`.
    """
    if root.tag == MESSAGING:
        return Kind.HEADER
    if root.tag not in (QUERY_REQUEST, QUERY_RESPONSE):
        raise UnknownDocument(
            f"the document element is {name_of(str(root.tag))}, which is none of query:QueryRequest, "
            "query:QueryResponse, eb:Messaging and the Envelope of SOAP"
        )
    if _is_of_common_services(root):
        raise UnknownDocument("it is a document of the common services, not of an exchange of evidence")
    if root.tag == QUERY_REQUEST:
        return Kind.REQUEST
    return Kind.ERROR if attribute(root, "status") == FAILURE else Kind.RESPONSE


def detect(
    root: Element, *, kind: Kind | None = None, line: str | None = None, header: Element | None = None
) -> Detected:
    """
    Tell kind and line of a document; what is told already is not looked for.

    `header` is the `eb:Messaging` that goes with it: its property counts before the slot of the document.
    """
    kind = kind_of(root) if kind is None else kind
    if line is not None:
        return Detected(kind=kind, line=line, doubt=None)
    if kind is Kind.HEADER:
        return _header(root)
    return _document(root, kind, None if header is None else specification_id(header))


def specification_id(messaging: Element) -> str | None:
    """Give what a header says about its line."""
    for item in messaging.iterfind(f"{{{EB}}}UserMessage/{{{EB}}}MessageProperties/{{{EB}}}Property"):
        if item.get("name") == "SpecificationId":
            return shallow_text(item)
    return None


def contradicts(messaging: Element, root: Element) -> bool:
    """Tell whether a header names another line than its document; one that names none belongs to 1.x (edm.md 7.5)."""
    of_header, of_document = specification_id(messaging), line_of(root)
    if of_header is None:
        return answer_line(of_document, None) != answer_line(None, None)
    return bool(of_document) and of_document != of_header


def _header(messaging: Element) -> Detected:
    if messaging.find(_USER_MESSAGE) is None:
        return Detected(kind=Kind.HEADER, line=None, doubt=None)
    said = specification_id(messaging)
    # Without the property it is a message of 1.x (edm.md 7.5).
    return Detected(kind=Kind.HEADER, line=answer_line(said, None), doubt=None if said is None else _doubt(said))


def _document(root: Element, kind: Kind, of_header: str | None) -> Detected:
    said = of_header or line_of(root)
    if not said:
        doubt = f"It does not say which line it follows; it was checked as {V2_0}."
        return Detected(kind=kind, line=V2_0, doubt=doubt)
    return Detected(kind=kind, line=answer_line(said, None), doubt=_doubt(said))


def _doubt(said: str) -> str | None:
    nearest = answer_line(said, None)
    if said == nearest:
        return None
    named = f"the line {said}" if _LINE.fullmatch(said) else "no line that there is"
    return f"It says that it follows {named}; it was checked as {nearest}."


def _is_of_common_services(root: Element) -> bool:
    if (line_of(root) or "").startswith("oots-cs:"):
        return True
    if any(_OF_COMMON_SERVICES.match(found.get("code", "")) for found in root.iterchildren(f"{{{RS}}}Exception")):
        return True
    objects = root.iterfind(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}RegistryObject/{{{RIM}}}Slot")
    return any(slot.get("name") in _OBJECTS_OF_COMMON_SERVICES for slot in objects)
