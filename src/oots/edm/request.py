"""
The evidence request, `query:QueryRequest` (TDD 4.5.1; edm.md 2.1): reading refuses, writing gives what reading takes.

Read here is what the value needs to be true and safe to act on; code lists and the finer rules are checked elsewhere.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from oots.edm.asked import (
    read_data_service_evidence_type,
    read_provider_classification,
    read_requirement,
    write_data_service_evidence_type,
    write_provider_classification,
    write_requirement,
)
from oots.edm.elements import Breach, Children, attribute, new_root
from oots.edm.model import Agent, AgentClassification, EvidenceRequest, LegalPerson, Person
from oots.edm.persons import (
    LEGAL_REPRESENTATIVE,
    LEGAL_SUBJECT,
    NATURAL_REPRESENTATIVE,
    NATURAL_SUBJECT,
    must_be_identified,
    read_legal_person,
    read_natural_person,
    write_legal_person,
    write_natural_person,
)
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
    specification_of,
    write_any,
    write_boolean,
    write_collection,
    write_date_time,
    write_element,
    write_string,
)
from oots.edm.specification import SPECIFICATIONS, V2_0, Specification
from oots.errors import CallerError, InvalidRequest
from oots.xml import QUERY, RIM, SDG, XSI, Element

QUERY_REQUEST: Final = f"{{{QUERY}}}QueryRequest"
_RESPONSE_OPTION: Final = f"{{{QUERY}}}ResponseOption"
_QUERY: Final = f"{{{QUERY}}}Query"
_RETURN_TYPE: Final = "LeafClassWithRepositoryItem"
_QUERY_DEFINITION: Final = "DocumentQuery"
_NSMAP: Final = {"query": QUERY, "rim": RIM, "sdg": SDG, "xsi": XSI}
_URN_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


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
    query = _read_query(root)
    asked = Slots(query, specification.query)
    requester, intermediaries = _read_requester(slots)
    preview_location, return_location = _read_locations(slots)
    return EvidenceRequest(
        id=_read_id(root),
        specification=specification.id,
        issue_date_time=slots.date_time("IssueDateTime"),
        procedure=slots.string("Procedure"),
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
        subject=_read_subject(asked),
        representative=_read_representative(asked),
        evidence_type=read_data_service_evidence_type(asked.any("EvidenceRequest")),
    )


def write_evidence_request(request: EvidenceRequest) -> Element:
    """Write a request; raises `CallerError` for a value that its line cannot carry."""
    if request.specification not in SPECIFICATIONS:
        raise CallerError(f"a request can be written in {', '.join(SPECIFICATIONS)} only")
    _must_be_complete(request)
    root = new_root(QUERY_REQUEST, _NSMAP, {"id": request.id})
    write_string(root, "SpecificationIdentifier", request.specification)
    write_date_time(root, "IssueDateTime", request.issue_date_time)
    write_string(root, "Procedure", request.procedure)
    _write_locations(root, request)
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
    _write_query(root, request)
    return root


def _must_be_complete(request: EvidenceRequest) -> None:
    if not _URN_UUID.fullmatch(request.id):
        raise CallerError("the id of a request is not urn:uuid: and a UUID (R-EDM-REQ-S004)")
    if not request.requirements:
        raise CallerError("a request has at least one requirement")
    if request.requester.address is None:
        raise CallerError("the requester of a request has no address (R-EDM-REQ-C073)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As much of a request as its answer has to repeat; each may be unreadable in a broken one."""

    id: str | None
    requester: Agent | None
    """With identifier and names only, as an answer names it."""


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
    return Identity(id=request_id, requester=requester)


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
    if not _URN_UUID.fullmatch(request_id):
        raise Breach("the id of query:QueryRequest is not urn:uuid: and a UUID", "R-EDM-REQ-S004")
    return request_id


def _read_requester(slots: Slots) -> tuple[Agent, tuple[Agent, ...]]:
    agents = tuple(read_agent(item, REQUESTER_OF_REQUEST) for item in slots.elements("EvidenceRequester"))
    requester, others = principal_of(agents, AgentClassification.EVIDENCE_REQUESTER, rule="R-EDM-REQ-C074")
    if requester.address is None:
        raise Breach("the agent classified ER has no Address with AdminUnitLevel1", "R-EDM-REQ-C073")
    return requester, others


def _read_locations(slots: Slots) -> tuple[str | None, str | None]:
    preview = slots.optional_string("PreviewLocation")
    back = slots.optional_string("ReturnLocation")
    if (preview is None) is not (back is None):
        raise Breach("PreviewLocation and ReturnLocation come together or not at all", "R-EDM-REQ-S062")
    for name, location, rule in (
        ("PreviewLocation", preview, "R-EDM-REQ-C005"),
        ("ReturnLocation", back, "R-EDM-REQ-C120"),
    ):
        if location is not None and not location.startswith("https://"):
            raise Breach(f"{name} does not start with https://", rule)
    return preview, back


def _write_locations(root: Element, request: EvidenceRequest) -> None:
    if (request.preview_location is None) is not (request.return_location is None):
        raise CallerError("preview_location and return_location come together or not at all")
    if request.preview_location is not None and request.return_location is not None:
        write_string(root, "PreviewLocation", request.preview_location)
        write_string(root, "ReturnLocation", request.return_location)


# --- query:Query ------------------------------------------------------------------------------------------------------


def _read_query(root: Element) -> Element:
    children = Children(root, QUERY)
    if children.one("ResponseOption").get("returnType") != _RETURN_TYPE:
        raise Breach(f"returnType of query:ResponseOption is not {_RETURN_TYPE}", "R-EDM-REQ-C024")
    query = children.one("Query")
    if query.get("queryDefinition") != _QUERY_DEFINITION:
        raise Breach(f"queryDefinition of query:Query is not {_QUERY_DEFINITION}", "R-EDM-REQ-C025")
    return query


def _read_subject(slots: Slots) -> Person:
    if ("NaturalPerson" in slots) is ("LegalPerson" in slots):
        raise Breach("exactly one of the slots NaturalPerson and LegalPerson is expected", "R-EDM-REQ-S016")
    if "NaturalPerson" in slots:
        return read_natural_person(slots.any("NaturalPerson"), NATURAL_SUBJECT)
    return read_legal_person(slots.any("LegalPerson"), LEGAL_SUBJECT)


def _read_representative(slots: Slots) -> Person | None:
    if "AuthorizedRepresentative" in slots:
        if "AuthorizedRepresentativeLegalPerson" in slots:
            raise Breach("a subject is represented by one person at most; two are named")
        return read_natural_person(slots.any("AuthorizedRepresentative"), NATURAL_REPRESENTATIVE)
    if "AuthorizedRepresentativeLegalPerson" in slots:
        return read_legal_person(slots.any("AuthorizedRepresentativeLegalPerson"), LEGAL_REPRESENTATIVE)
    return None


def _write_query(root: Element, request: EvidenceRequest) -> None:
    query = etree.SubElement(root, _QUERY, {"queryDefinition": _QUERY_DEFINITION})
    _write_person(query, request.subject, natural="NaturalPerson", legal="LegalPerson")
    if request.representative is not None:
        _write_person(
            query,
            request.representative,
            natural="AuthorizedRepresentative",
            legal="AuthorizedRepresentativeLegalPerson",
        )
    write_data_service_evidence_type(write_any(query, "EvidenceRequest"), request.evidence_type)


def _write_person(query: Element, person: Person, *, natural: str, legal: str) -> None:
    slot = legal if isinstance(person, LegalPerson) else natural
    must_be_identified(person, slot)
    if isinstance(person, LegalPerson):
        write_legal_person(write_any(query, slot), "LegalPerson", person)
    else:
        write_natural_person(write_any(query, slot), "Person", person)
