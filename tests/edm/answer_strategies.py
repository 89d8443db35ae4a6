"""Any answer that a line can carry, for Hypothesis."""

from typing import Any

from edm_strategies import (
    COMPANIONS,
    addresses,
    agents,
    days,
    identifiers,
    languages,
    maybe,
    moments,
    named_agents,
    persons,
    platforms,
    some,
    strings,
    texts,
    urls,
    urns,
    uuids,
)
from hypothesis import strategies as st

from oots.codes import EdmCode
from oots.edm.model import (
    Agent,
    AgentClassification,
    Distribution,
    ErrorResponse,
    ErrorSeverity,
    EvidenceDocument,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceResponse,
    EvidenceType,
    ExceptionReport,
    Period,
    PreviewMethod,
    ResponseStatus,
)
from oots.edm.specification import V1_2, V2_0

distributions = st.builds(Distribution, format=texts, languages=some(languages), conforms_to=maybe(texts))
_distributions_of = {
    V1_2: distributions
    | st.builds(Distribution, format=texts, languages=some(languages), conforms_to=texts, transformation=texts),
    V2_0: distributions,
}


def main_documents(line: str) -> st.SearchStrategy[EvidenceDocument]:
    metadata = st.builds(
        EvidenceMetadata,
        identifier=uuids,
        distribution=_distributions_of[line],
        is_about=persons.map(lambda person: person.echoed()),
        issuing_authority=named_agents
        | st.builds(Agent, identifier=identifiers, names=some(strings, least=1), address=addresses),
        is_conformant_to=st.builds(
            EvidenceType, classification=texts, titles=some(strings, least=1), descriptions=some(strings)
        ),
        issuing_date=days,
        validity_period=maybe(st.builds(Period, start_date=days, end_date=days)),
    )
    return st.builds(EvidenceDocument, metadata=metadata, content_id=texts, title=texts)


companions = st.builds(
    EvidenceDocument,
    metadata=st.builds(
        EvidenceMetadata,
        identifier=uuids,
        distribution=maybe(st.builds(Distribution, format=texts, languages=some(languages))),
    ),
    content_id=texts,
    title=texts,
    classification=st.sampled_from(COMPANIONS),
)
_packages_of = {
    V1_2: st.builds(EvidencePackage, main=main_documents(V1_2)),
    V2_0: st.builds(EvidencePackage, main=main_documents(V2_0), companions=some(companions)),
}


def responses_of(line: str) -> st.SearchStrategy[EvidenceResponse]:
    frame: dict[str, st.SearchStrategy[Any]] = {
        "request_id": urns,
        "response_id": uuids,
        "specification": st.just(line),
        "issue_date_time": moments,
        "provider": agents(AgentClassification.EVIDENCE_PROVIDER, addresses),
        "requester": named_agents,
        "intermediaries": some(platforms),
    }
    given = st.builds(EvidenceResponse, **frame, evidences=some(_packages_of[line]).filter(_told_apart))
    deferred = st.builds(EvidenceResponse, **frame, status=st.just(ResponseStatus.UNAVAILABLE), available_at=moments)
    return given | deferred


def _told_apart(packages: tuple[EvidencePackage, ...]) -> bool:
    documents = [document for package in packages for document in package.documents]
    identifiers_seen = {document.metadata.identifier for document in documents}
    return len(identifiers_seen) == len({document.content_id for document in documents}) == len(documents)


responses = responses_of(V1_2) | responses_of(V2_0)

ERROR_PROVIDERS = [code for code in AgentClassification if code is not AgentClassification.EVIDENCE_REQUESTER]
_addresses_of = {V1_2: maybe(addresses), V2_0: addresses}
_methods_of = {V1_2: st.sampled_from(PreviewMethod), V2_0: st.just(PreviewMethod.GET)}


def errors_of(line: str) -> st.SearchStrategy[ErrorResponse]:
    frame: dict[str, st.SearchStrategy[Any]] = {
        "severity": st.sampled_from(ErrorSeverity),
        "message": texts,
        "timestamp": moments,
        "detail": maybe(texts),
        "preview_description": some(strings),
    }
    codes = st.sampled_from(EdmCode)
    reports = st.builds(ExceptionReport, **frame, code=codes) | st.builds(
        ExceptionReport, **frame, code=codes, preview_location=urls, preview_method=_methods_of[line]
    )
    invalid = st.builds(ExceptionReport, **frame, code=st.just(EdmCode.INVALID_REQUEST))
    rest: dict[str, st.SearchStrategy[Any]] = {
        "response_id": uuids,
        "specification": st.just(line),
        "error_provider": st.sampled_from(ERROR_PROVIDERS).flatmap(lambda code: agents(code, _addresses_of[line])),
        "requester": maybe(named_agents),
    }
    return st.builds(ErrorResponse, **rest, request_id=urns, exceptions=some(reports, least=1)) | st.builds(
        ErrorResponse, **rest, request_id=st.none(), exceptions=st.tuples(reports, invalid)
    )


errors = errors_of(V1_2) | errors_of(V2_0)
