"""
The evidence response, `query:QueryResponse` with status Success or Unavailable (TDD 4.5.2; edm.md 2.2).

Nobody can be told what is wrong with an answer, so reading takes all that can be understood; whether the answer belongs
to the request is checked elsewhere.
"""

from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children, attribute, new_root
from oots.edm.model import AgentClassification, EvidenceResponse, ResponseStatus
from oots.edm.packaging import read_packages, write_packages
from oots.edm.sdg import (
    PROVIDER_OF_RESPONSE,
    REQUESTER_OF_ANSWER,
    principal_of,
    read_agent,
    with_platforms,
    write_agent,
)
from oots.edm.slots import (
    Slots,
    specification_of,
    write_any,
    write_collection,
    write_date_time,
    write_element,
    write_string,
)
from oots.edm.specification import SPECIFICATIONS
from oots.errors import CallerError, UnreadableResponse
from oots.xml import QUERY, RIM, SDG, XLINK, XSI, Element

QUERY_RESPONSE: Final = f"{{{QUERY}}}QueryResponse"
_OBJECT_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_NSMAP: Final = {"query": QUERY, "rim": RIM, "sdg": SDG, "xlink": XLINK, "xsi": XSI}


def read_evidence_response(root: Element) -> EvidenceResponse:
    """Read a response; raises `UnreadableResponse` when it cannot be understood."""
    try:
        return _read(root)
    except Breach as breach:
        raise UnreadableResponse(breach.detail, rules=breach.rules) from breach


def _read(root: Element) -> EvidenceResponse:
    if root.tag != QUERY_RESPONSE:
        raise Breach("the document element is not query:QueryResponse", "R-EDM-RESP-S001")
    specification = specification_of(root, rule="R-EDM-RESP-C002")
    slots = Slots(root, specification.response)
    provider, intermediaries = principal_of(
        tuple(read_agent(item, PROVIDER_OF_RESPONSE) for item in slots.elements("EvidenceProvider")),
        AgentClassification.EVIDENCE_PROVIDER,
        rule="R-EDM-RESP-C046",
    )
    object_list = Children(root, RIM).optional("RegistryObjectList")
    return EvidenceResponse(
        request_id=_read_request_id(root),
        status=_read_status(root),
        specification=specification.id,
        response_id=slots.string("EvidenceResponseIdentifier"),
        issue_date_time=slots.date_time("IssueDateTime"),
        provider=provider,
        intermediaries=intermediaries,
        requester=read_agent(slots.any("EvidenceRequester"), REQUESTER_OF_ANSWER),
        available_at=slots.optional_date_time("ResponseAvailableDateTime"),
        evidences=() if object_list is None else read_packages(object_list, specification),
    )


def write_evidence_response(response: EvidenceResponse) -> Element:
    """Write a response; raises `CallerError` for a value that its line cannot carry."""
    if response.specification not in SPECIFICATIONS:
        raise CallerError(f"a response can be written in {', '.join(SPECIFICATIONS)} only")
    _must_fit_its_status(response)
    root = new_root(QUERY_RESPONSE, _NSMAP, {"status": response.status.value, "requestId": response.request_id})
    write_string(root, "SpecificationIdentifier", response.specification)
    write_string(root, "EvidenceResponseIdentifier", response.response_id)
    write_date_time(root, "IssueDateTime", response.issue_date_time)
    agents = write_collection(root, "EvidenceProvider")
    for agent in with_platforms(response.provider, response.intermediaries, AgentClassification.EVIDENCE_PROVIDER):
        write_agent(write_element(agents), "Agent", agent, PROVIDER_OF_RESPONSE)
    write_agent(write_any(root, "EvidenceRequester"), "Agent", response.requester, REQUESTER_OF_ANSWER)
    if response.available_at is not None:
        write_date_time(root, "ResponseAvailableDateTime", response.available_at)
    # R-EDM-RESP-S007: the list is there even when it is empty.
    write_packages(etree.SubElement(root, _OBJECT_LIST), response.evidences)
    return root


def _must_fit_its_status(response: EvidenceResponse) -> None:
    deferred = response.status is ResponseStatus.UNAVAILABLE
    if deferred is not (response.available_at is not None):
        raise CallerError("available_at is set exactly when the status is Unavailable")
    if deferred and response.evidences:
        raise CallerError("a response with status Unavailable carries no evidence")


def _read_request_id(root: Element) -> str:
    request_id = attribute(root, "requestId")
    if not request_id:
        raise Breach("query:QueryResponse has no requestId", "R-EDM-RESP-S003")
    return request_id


def _read_status(root: Element) -> ResponseStatus:
    try:
        return ResponseStatus(attribute(root, "status"))
    except ValueError as error:
        raise Breach("status of query:QueryResponse is neither Success nor Unavailable", "R-EDM-RESP-S006") from error
