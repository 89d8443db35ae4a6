"""
The evidence request, `query:QueryRequest` (TDD 4.5.1; edm.md 2.1): reading refuses, writing gives what reading takes.

Read here is what the value needs to be true and safe to act on; code lists and the finer rules are checked elsewhere.
"""

from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from oots.edm.asked import (
    read_provider_classification,
    read_requirement,
    write_provider_classification,
    write_requirement,
)
from oots.edm.elements import Breach, Children, attribute, must_carry, new_root
from oots.edm.model import URN_UUID, Agent, AgentClassification, EvidenceRequest
from oots.edm.query import read_query, write_query
from oots.edm.sdg import (
    PROVIDER_OF_REQUEST,
    REQUESTER_OF_REQUEST,
    principal_of,
    read_agent,
    with_platforms,
    write_agent,
)
from oots.edm.slots import (
    Slots,
    line_of,
    specification_of,
    write_any,
    write_boolean,
    write_code,
    write_collection,
    write_date_time,
    write_element,
    write_string,
)
from oots.edm.specification import SPECIFICATIONS, V2_0, Specification
from oots.errors import CallerError, InvalidRequest, LineCannotCarry
from oots.xml import QUERY, RIM, SDG, XML, XSI, Element

QUERY_REQUEST: Final = f"{{{QUERY}}}QueryRequest"
_RESPONSE_OPTION: Final = f"{{{QUERY}}}ResponseOption"
_RETURN_TYPE: Final = "LeafClassWithRepositoryItem"
_NSMAP: Final = {"query": QUERY, "rim": RIM, "sdg": SDG, "xsi": XSI}
_XML_LANG: Final = f"{{{XML}}}lang"


def read_evidence_request(root: Element) -> EvidenceRequest:
    """
    Read a request; raises `InvalidRequest`, with the official rule where there is one.

    What of it can still be named in the answer to a broken one tells `identify`.
    """
    try:
        return _read(root)
    except Breach as breach:
        raise InvalidRequest(breach.detail, rules=breach.rules) from breach


def _read(root: Element) -> EvidenceRequest:
    specification = _specification(root)
    slots = Slots(root, specification.request)
    children = Children(root, QUERY)
    if children.one("ResponseOption").get("returnType") != _RETURN_TYPE:
        raise Breach(f"returnType of query:ResponseOption is not {_RETURN_TYPE}", "R-EDM-REQ-C024")
    asked = read_query(children.one("Query"), specification)
    requester, intermediaries = _read_requester(slots)
    preview_location, return_location = _read_locations(slots, specification)
    return EvidenceRequest(
        id=_read_id(root),
        specification=specification.id,
        issue_date_time=slots.date_time("IssueDateTime"),
        procedure=slots.code("Procedure"),
        preview_location=preview_location,
        return_location=return_location,
        possibility_for_preview=slots.boolean("PossibilityForPreview"),
        explicit_request_given=slots.boolean("ExplicitRequestGiven"),
        requirements=tuple(read_requirement(item) for item in slots.elements("Requirements")),
        requester=requester,
        intermediaries=intermediaries,
        provider=read_agent(slots.any("EvidenceProvider"), PROVIDER_OF_REQUEST),
        provider_classifications=tuple(
            read_provider_classification(item) for item in slots.elements("EvidenceProviderClassification")
        ),
        subject=asked.subject,
        representative=asked.representative,
        evidence_type=asked.evidence_type,
        language=_read_language(root, specification),
    )


def write_evidence_request(request: EvidenceRequest) -> Element:
    """Write a request; raises `CallerError` for a value that its line cannot carry."""
    specification = SPECIFICATIONS.get(request.specification)
    if specification is None:
        raise CallerError(f"a request can be written in {' and '.join(SPECIFICATIONS)} only")
    _must_fit_line(request, specification)
    language = {} if request.language is None else {_XML_LANG: request.language}
    root = new_root(QUERY_REQUEST, _NSMAP, {"id": request.id, **language})
    write_string(root, "SpecificationIdentifier", request.specification)
    write_date_time(root, "IssueDateTime", request.issue_date_time)
    write_code(root, specification.request.by_name["Procedure"], request.procedure)
    if request.preview_location is not None:
        write_string(root, "PreviewLocation", request.preview_location)
    if request.return_location is not None:
        write_string(root, "ReturnLocation", request.return_location)
    write_boolean(root, "PossibilityForPreview", value=request.possibility_for_preview)
    write_boolean(root, "ExplicitRequestGiven", value=request.explicit_request_given)
    requirements = write_collection(root, "Requirements")
    for requirement in request.requirements:
        write_requirement(write_element(requirements), requirement)
    agents = write_collection(root, "EvidenceRequester")
    for agent in with_platforms(request.requester, request.intermediaries, AgentClassification.EVIDENCE_REQUESTER):
        write_agent(write_element(agents), "Agent", agent, REQUESTER_OF_REQUEST)
    write_agent(write_any(root, "EvidenceProvider"), "Agent", request.provider, PROVIDER_OF_REQUEST)
    if request.provider_classifications:
        answers = write_collection(root, "EvidenceProviderClassification")
        for answer in request.provider_classifications:
            write_provider_classification(write_element(answers), answer)
    etree.SubElement(root, _RESPONSE_OPTION, {"returnType": _RETURN_TYPE})
    write_query(root, request, specification)
    return root


def _must_fit_line(request: EvidenceRequest, specification: Specification) -> None:
    line, slots = specification.id, specification.request.by_name
    must_carry(request, {"ReturnLocation": "return_location"}, slots, line=line)
    if "ReturnLocation" in slots and (request.preview_location is None) is not (request.return_location is None):
        raise LineCannotCarry("return_location", line, "comes with preview_location or not at all (R-EDM-REQ-S062)")
    if request.language is not None and not specification.request_content.has_language:
        raise LineCannotCarry("language", line, "this line has languages for each distribution only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As much of a request as its answer has to repeat; each may be unreadable in a broken one."""

    id: str | None
    requester: Agent | None
    """With identifier and names only, as an answer names it."""
    specification: str | None = None
    """What it says about its line, not always one that exists; `lines.answer_line` tells what to answer in."""


def identify(root: Element) -> Identity:
    """Give what the error response to a request can repeat, however broken the request is."""
    try:
        request_id: str | None = _read_id(root)
    except Breach:
        request_id = None
    try:
        requester: Agent | None = _read_requester(Slots(root, _REQUESTER_ALONE))[0].echoed()
    except Breach:
        requester = None
    return Identity(id=request_id, requester=requester, specification=line_of(root))


_REQUEST_V2_0: Final = SPECIFICATIONS[V2_0].request
_REQUESTER_ALONE: Final = replace(
    _REQUEST_V2_0, by_name={"EvidenceRequester": _REQUEST_V2_0.by_name["EvidenceRequester"]}, closed=None
)


def _specification(root: Element) -> Specification:
    if root.tag != QUERY_REQUEST:
        in_namespace = root.tag.startswith(f"{{{QUERY}}}")
        raise Breach(
            "the document element is not query:QueryRequest", "R-EDM-REQ-S001" if in_namespace else "R-EDM-REQ-S002"
        )
    return specification_of(root, rule="R-EDM-REQ-C001")


def _read_id(root: Element) -> str:
    request_id = attribute(root, "id")
    if not URN_UUID.fullmatch(request_id):
        raise Breach("the id of query:QueryRequest is not urn:uuid: and a UUID", "R-EDM-REQ-S004")
    return request_id


def _read_requester(slots: Slots) -> tuple[Agent, tuple[Agent, ...]]:
    agents = tuple(read_agent(item, REQUESTER_OF_REQUEST) for item in slots.elements("EvidenceRequester"))
    requester, others = principal_of(agents, AgentClassification.EVIDENCE_REQUESTER, rule="R-EDM-REQ-C074")
    if requester.address is None:
        raise Breach("the agent classified ER has no Address with AdminUnitLevel1", "R-EDM-REQ-C073")
    return requester, others


def _read_locations(slots: Slots, specification: Specification) -> tuple[str | None, str | None]:
    preview = slots.optional_string("PreviewLocation")
    back = slots.optional_string("ReturnLocation")
    if "ReturnLocation" in specification.request.by_name and (preview is None) is not (back is None):
        raise Breach("PreviewLocation and ReturnLocation come together or not at all", "R-EDM-REQ-S062")
    for name, location, rule in (
        ("PreviewLocation", preview, "R-EDM-REQ-C005"),
        ("ReturnLocation", back, "R-EDM-REQ-C120"),
    ):
        if location is not None and not location.startswith("https://"):
            raise Breach(f"{name} does not start with https://", rule)
    return preview, back


def _read_language(root: Element, specification: Specification) -> str | None:
    return (attribute(root, _XML_LANG) or None) if specification.request_content.has_language else None
