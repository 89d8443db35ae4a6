"""
The evidence response, `query:QueryResponse` with status Success or Unavailable (TDD 4.5.2; edm.md 2.2).

Nobody can be told what is wrong with an answer, so reading takes all that can be understood; whether the answer belongs
to the request is checked elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children, attribute, new_root
from oots.edm.flat import read_flat, write_flat
from oots.edm.model import AgentClassification, EvidencePackage, EvidenceResponse, ResponseStatus
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
from oots.edm.specification import SPECIFICATIONS, V1_2, V2_0, Specification
from oots.errors import CallerError, LineCannotCarry, UnreadableResponse
from oots.xml import QUERY, RIM, SDG, XLINK, XSI, Element

QUERY_RESPONSE: Final = f"{{{QUERY}}}QueryResponse"
_OBJECT_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_NSMAP: Final = {"query": QUERY, "rim": RIM, "sdg": SDG, "xlink": XLINK, "xsi": XSI}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packaging:
    read: Callable[[Element, Specification], tuple[EvidencePackage, ...]]
    write: Callable[[Element, Iterable[EvidencePackage], Specification], None]


_PACKAGINGS: Final[Mapping[str, _Packaging]] = {
    V1_2: _Packaging(read=read_flat, write=write_flat),
    V2_0: _Packaging(read=read_packages, write=write_packages),
}


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
        evidences=() if object_list is None else _PACKAGINGS[specification.id].read(object_list, specification),
    )


def write_evidence_response(response: EvidenceResponse) -> Element:
    """Write a response; raises `CallerError` for a value that its line cannot carry."""
    specification = SPECIFICATIONS.get(response.specification)
    if specification is None:
        raise CallerError(f"a response can be written in {', '.join(SPECIFICATIONS)} only")
    _must_fit_its_status(response)
    _must_tell_documents_apart(response)
    if response.provider.address is None:
        raise LineCannotCarry("provider.address", specification.id, "the address is missing (R-EDM-RESP-C047)")
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
    _PACKAGINGS[specification.id].write(etree.SubElement(root, _OBJECT_LIST), response.evidences, specification)
    return root


def _must_fit_its_status(response: EvidenceResponse) -> None:
    deferred = response.status is ResponseStatus.UNAVAILABLE
    if deferred is not (response.available_at is not None):
        raise CallerError("available_at is set exactly when the status is Unavailable")
    if deferred and response.evidences:
        raise CallerError("a response with status Unavailable carries no evidence")


def _must_tell_documents_apart(response: EvidenceResponse) -> None:
    documents = [document for package in response.evidences for document in package.documents]
    for name, found in (
        ("metadata.identifier", {document.metadata.identifier for document in documents}),
        ("content_id", {document.content_id for document in documents}),
    ):
        if len(found) != len(documents):
            raise CallerError(f"two documents of a response share their {name}")


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
