"""Any answer and any query that a version of the interface can carry, for Hypothesis."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from oots.codes import DsdCode, EbCode
from oots.common_services import interface as cs
from oots.common_services.answers import (
    DataServices,
    QueryException,
    QuestionForUser,
    Refused,
    Requirements,
)
from oots.common_services.interface import INTERFACES
from oots.common_services.model import (
    AccessService,
    AdditionalJurisdictionClassification,
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    EvidenceType,
    EvidenceTypeList,
    Jurisdiction,
    JurisdictionLevel,
    Publisher,
    ReferenceFramework,
    Requirement,
)
from oots.common_services.queries import (
    ConceptAnswer,
    DataServicesQuery,
    EvidenceTypesQuery,
    Query,
    RequirementsQuery,
)
from oots.edm.model import Distribution, Identifier, LevelOfAssurance
from tests.edm.edm_strategies import addresses, identifiers, languages, maybe, some, strings, texts, uuids

_none = st.just(())
_nothing = st.none()


def _if(place: str, interface: str, strategy: st.SearchStrategy[Any], otherwise: Any = _none) -> Any:
    return strategy if place in INTERFACES[interface].places else otherwise


def jurisdictions(interface: str) -> st.SearchStrategy[Jurisdiction]:
    regions = st.builds(AdditionalJurisdictionClassification, list_id=texts, code=texts)
    return st.builds(
        Jurisdiction,
        admin_unit_level1=texts,
        admin_unit_level2=_if("Jurisdiction/AdminUnitLevel2", interface, maybe(texts), _nothing),
        admin_unit_level3=_if("Jurisdiction/AdminUnitLevel3", interface, maybe(texts), _nothing),
        regions=_if("Jurisdiction/AdditionalJurisdictionClassification", interface, some(regions)),
    )


def _frameworks(interface: str) -> st.SearchStrategy[ReferenceFramework]:
    return st.builds(
        ReferenceFramework,
        identifier=texts,
        procedure=texts,
        jurisdiction=jurisdictions(interface),
        titles=some(strings),
        descriptions=some(strings),
    )


def _lists(interface: str) -> st.SearchStrategy[EvidenceTypeList]:
    places = some(jurisdictions(interface))
    evidence_types = st.builds(
        EvidenceType,
        classification=texts,
        titles=some(strings, least=1),
        descriptions=some(strings),
        jurisdictions=_if("EvidenceType/Jurisdiction", interface, places),
        structured_formats=_if("EvidenceType/StructuredEvidenceTypeDistribution", interface, some(texts)),
    )
    frame = {
        "identifier": texts,
        "names": some(strings),
        "jurisdictions": _if("EvidenceTypeList/Jurisdiction", interface, places),
    }
    filled = st.builds(EvidenceTypeList, **frame, evidence_types=some(evidence_types, least=1))
    empty = st.builds(EvidenceTypeList, **frame, match_descriptions=some(strings))
    return _if("EvidenceTypeList/MatchType", interface, filled | empty, filled)


def requirements_of(interface: str, lists: st.SearchStrategy[Any] = _none) -> st.SearchStrategy[Requirements]:
    requirements = st.builds(
        Requirement,
        identifier=texts,
        names=some(strings, least=1),
        descriptions=_if("Requirement/Description", interface, some(strings)),
        reference_frameworks=some(_frameworks(interface)),
        evidence_type_lists=lists,
    )
    return st.builds(Requirements, interface=st.just(interface), requirements=some(requirements, least=1))


def evidence_types_of(interface: str) -> st.SearchStrategy[Requirements]:
    return requirements_of(interface, some(_lists(interface), least=1))


_supported_values = (
    some(texts, least=1) | some(st.booleans(), least=1) | some(st.dates(min_value=date(1, 1, 1)), least=1)
)


def _concepts(supported: st.SearchStrategy[Any]) -> st.SearchStrategy[ClassificationConcept]:
    return st.builds(
        ClassificationConcept,
        identifier=st.builds(Identifier, value=texts, scheme_id=maybe(texts)),
        type=st.sampled_from(["string", "boolean", "codelist"]),
        descriptions=some(strings),
        value_expression=maybe(texts),
        supported_values=supported,
    )


determinations = st.builds(
    EvidenceProviderJurisdictionDetermination,
    jurisdiction_context_id=uuids,
    jurisdiction_contexts=some(strings, least=1),
    jurisdiction_level=st.sampled_from(JurisdictionLevel),
)


def _forms(interface: str) -> st.SearchStrategy[Distribution]:
    plain = st.builds(
        Distribution,
        format=texts,
        languages=_if("DistributedAs/Language", interface, some(languages)),
        conforms_to=maybe(texts),
    )
    cut = st.builds(Distribution, format=texts, conforms_to=texts, transformation=texts)
    return _if("DistributedAs/Transformation", interface, plain | cut, plain)


def _records(interface: str, access_services: st.SearchStrategy[Any], **more: Any) -> Any:
    return st.builds(
        DataServiceEvidenceType,
        identifier=uuids,
        classification=texts,
        titles=some(strings, least=1),
        descriptions=some(strings),
        distributions=some(_forms(interface), least=1),
        authentication_level_of_assurance=maybe(st.sampled_from(LevelOfAssurance)),
        access_services=access_services,
        **more,
    )


def data_services_of(interface: str) -> st.SearchStrategy[DataServices]:
    publishers = st.builds(
        Publisher,
        identifier=identifiers,
        names=some(strings, least=1),
        address=addresses,
        jurisdiction=jurisdictions(interface),
        descriptions=_if("Publisher/Description", interface, some(strings)),
        concepts=some(_concepts(_supported_values)),
    )
    several = 2 if "several AccessService/ConformsTo" in INTERFACES[interface].places else 1
    access_services = st.builds(
        AccessService,
        identifier=identifiers,
        publisher=publishers,
        conforms_to=some(texts, least=1, most=several),
        names=_if("AccessService/Name", interface, some(strings)),
    )
    place = "DataServiceEvidenceType/EvidenceProviderJurisdictionDetermination"
    records = _records(
        interface,
        some(access_services, least=1),
        jurisdiction_determination=_if(place, interface, maybe(determinations), _nothing),
        classifications=some(_concepts(_none)),
    )
    return st.builds(DataServices, interface=st.just(interface), data_services=some(records, least=1))


def questions_of(interface: str) -> st.SearchStrategy[QuestionForUser]:
    place = "DataServiceEvidenceType/EvidenceProviderJurisdictionDetermination"
    places = _if(place, interface, some(determinations, most=1))
    concepts = st.builds(
        ClassificationConcept,
        identifier=st.builds(Identifier, value=uuids, scheme_id=maybe(texts)),
        type=st.sampled_from(["string", "boolean", "codelist"]),
        descriptions=some(strings, least=1),
        value_expression=maybe(texts),
    )
    # UUIDs of Hypothesis repeat when it shrinks; a directory asks each question once.
    told_apart = st.lists(concepts, max_size=3, unique_by=lambda item: item.identifier.value).map(tuple)
    return st.builds(
        QuestionForUser,
        interface=st.just(interface),
        data_service=_records(interface, _none),
        questions=st.tuples(places, told_apart).map(lambda pair: (*pair[0], *pair[1])).filter(_asks_each_once),
        detail=maybe(texts),
    )


def _asks_each_once(questions: tuple[Any, ...]) -> bool:
    names = [
        item.identifier.value if isinstance(item, ClassificationConcept) else item.jurisdiction_context_id
        for item in questions
    ]
    return 0 < len(set(names)) == len(names)


exceptions = st.builds(
    QueryException,
    code=st.sampled_from([code.value for code in (*EbCode, *DsdCode) if code is not DsdCode.ADDITIONAL_INPUT]),
    exception_type=st.sampled_from(["ObjectNotFoundExceptionType", "InvalidRequestExceptionType"]),
    message=texts,
    detail=maybe(texts),
)


def refusals_of(interface: str) -> st.SearchStrategy[Refused]:
    return st.builds(Refused, interface=st.just(interface), exceptions=some(exceptions, least=1))


interfaces = st.sampled_from(list(INTERFACES))
countries = st.sampled_from(["FI", "AT", "EL", "PT"])
_hosts = st.sampled_from(["sr.oots.tech.ec.europa.eu", "sr.acc.oots.tech.ec.europa.eu", "sr.oots.tech.europa.eu"])
_requirement_ids = st.builds("https://{}/requirements/{}".format, _hosts, uuids)
_classifications = st.builds(
    "https://{}/evidencetypeclassifications/{}/{}".format, _hosts, st.sampled_from(["FI", "EU", "oots"]), uuids
)
_values: dict[str, st.SearchStrategy[Any]] = {
    "procedure-id": st.sampled_from(["00", "R1", "T12"]),
    "country-code": countries,
    "jurisdiction-admin-l2": st.sampled_from(["AT1", "AT13", "AT130"]),
    "jurisdiction-admin-l3": st.sampled_from(["11000000", "10101"]),
    "jurisdiction-context-id": uuids,
    "evidence-type-id": uuids,
    "specification": st.sampled_from(["oots-edm:v1.2", "oots-edm:v2.0"]),
    "return-incomplete": st.booleans(),
}
_mandatory: dict[type[Query], dict[str, st.SearchStrategy[Any]]] = {
    RequirementsQuery: {},
    EvidenceTypesQuery: {"requirement_id": _requirement_ids},
    DataServicesQuery: {
        "evidence_type_classification": _classifications,
        "country_code": countries,
        "answers": st.lists(
            st.builds(ConceptAnswer, concept=uuids, value=st.sampled_from(["AT13", "true", "Ruë & Co = 1+1"])),
            max_size=3,
            unique_by=lambda answer: answer.concept,
        ).map(tuple),
    },
}


def queries_of(query: type[Query]) -> st.SearchStrategy[Query]:
    return interfaces.flatmap(lambda interface: _queries_in(query, interface))


def _queries_in(query: type[Query], interface: str) -> st.SearchStrategy[Query]:
    allowed = {name.replace("-", "_"): name for name in INTERFACES[interface].parameters[query.id]}
    optional = {
        field: _values[name] for field, name in allowed.items() if name in _values and field not in _mandatory[query]
    }
    return st.fixed_dictionaries(_mandatory[query], optional=optional).map(
        lambda values: query(interface=interface, **values)
    )


QUERIES = (RequirementsQuery, EvidenceTypesQuery, DataServicesQuery)
ALL_INTERFACES = (cs.V1_0, cs.V1_1, cs.V1_2, cs.V2_0)
