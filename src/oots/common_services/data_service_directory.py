"""
Answers of the Data Service Directory as bytes (TDD 3.1.4): data services, a refusal, or a question for the user.

How an answer to a question becomes the next query stands in `questions`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from oots.codes import DsdCode
from oots.common_services.answers import DataServices, Question, QuestionForUser, Refused, SetAside
from oots.common_services.data_service import read_data_service, read_reduced_data_service, write_data_service
from oots.common_services.interface import Interface, interface_of
from oots.common_services.model import ClassificationConcept, EvidenceProviderJurisdictionDetermination
from oots.common_services.parts import (
    read_concept,
    read_jurisdiction_determination,
    write_concept,
    write_jurisdiction_determination,
)
from oots.common_services.queries import UUID
from oots.common_services.query_response import (
    SUCCESS,
    Kind,
    as_bytes,
    as_exception,
    exceptions_of,
    is_failure,
    new_query_response,
    read_exception,
    read_objects,
    read_query_response,
    read_refusal,
    write_exception,
    write_objects,
)
from oots.edm.elements import Breach
from oots.edm.error import FAILURE
from oots.edm.model import QUESTION_TYPES
from oots.edm.slot_table import SlotDefinition, SlotTable, SlotType, by_name
from oots.edm.slots import Slots, write_any, write_collection, write_element
from oots.errors import CallerError, LineCannotCarry, UnreadableAnswer
from oots.xml import Element

_SLOT: Final = "DataServiceEvidenceType"
_JURISDICTION: Final = "JurisdictionDetermination"
_CONCEPTS: Final = "UserRequestedClassificationConcepts"
_DETERMINATION: Final = "EvidenceProviderJurisdictionDetermination"
_CONCEPT: Final = "EvidenceProviderClassification"

_KIND: Final = Kind(
    success="R-DSD-RESP",
    failure="R-DSD-ERR",
    slots=SlotTable(
        by_name=by_name(
            SlotDefinition(
                name=_SLOT,
                type=SlotType.ANY,
                presence="R-DSD-RESP-S009",
                typed="R-DSD-RESP-S010",
                content=_SLOT,
                filled="R-DSD-RESP-S011",
            )
        ),
        single_value="R-DSD-RESP-S010",
    ),
    slot=_SLOT,
    filled="R-DSD-RESP-S0015",
)

# Official samples of 2.0 still have the slot of 1.x, so the table is open: what a version does not ask is read over.
_RECORD_SLOT: Final = SlotDefinition(
    name=_SLOT,
    type=SlotType.ANY,
    presence="R-DSD-ERR-S013",
    typed="R-DSD-ERR-S017",
    content=_SLOT,
    filled="R-DSD-ERR-S018",
)
_CONCEPTS_SLOT: Final = SlotDefinition(
    name=_CONCEPTS,
    type=SlotType.COLLECTION,
    required=False,
    presence="R-DSD-ERR-S022",
    typed="R-DSD-ERR-S015",
    content=_CONCEPT,
    filled="R-DSD-ERR-S019",
    elements_typed="R-DSD-ERR-S016",
)
_JURISDICTION_SLOT: Final = SlotDefinition(
    name=_JURISDICTION,
    type=SlotType.ANY,
    required=False,
    presence="R-DSD-ERR-S011",
    typed="R-DSD-ERR-S014",
    content=_DETERMINATION,
    filled="R-DSD-ERR-S020",
)
_QUESTION_2: Final = SlotTable(
    by_name=by_name(_RECORD_SLOT, _CONCEPTS_SLOT),
    single_value="R-DSD-ERR-S017",
    collection_filled="R-DSD-ERR-S024",
)
_QUESTION_1: Final = replace(_QUESTION_2, by_name=by_name(_RECORD_SLOT, _CONCEPTS_SLOT, _JURISDICTION_SLOT))


def read_data_services(body: bytes, interface: str) -> DataServices | QuestionForUser | Refused:
    """
    Read the answer to a `DataServicesQuery` of that version; its signature was verified before.

    Raises `UnreadableAnswer`.  `DSD:ERR:0005` without a question that a person could answer is a refusal.
    """
    set_aside: list[SetAside] = []
    try:
        root = read_query_response(body, _KIND, interface)
        if is_failure(root):
            return _read_failure(root, interface_of(interface))
        found = read_objects(root, _KIND, lambda item: read_data_service(item, set_aside), set_aside)
    except Breach as breach:
        raise UnreadableAnswer(breach.detail, rules=breach.rules) from breach
    return DataServices(interface=interface, data_services=found, set_aside=tuple(set_aside))


def write_data_services(answer: DataServices) -> bytes:
    """Write records; raises `CallerError` for a value that its version cannot carry."""
    interface = interface_of(answer.interface)
    root = new_query_response(interface, SUCCESS)
    if not all(record.access_services for record in answer.data_services):
        raise CallerError("a data service has at least one access service (R-DSD-RESP-S014)")
    records = [(record.identifier, record) for record in answer.data_services]
    write_objects(root, _SLOT, records, lambda parent, item: write_data_service(parent, item, interface))
    return as_bytes(root)


def _read_failure(root: Element, interface: Interface) -> QuestionForUser | Refused:
    for element in exceptions_of(root):
        if element.get("code") == DsdCode.ADDITIONAL_INPUT.value:
            try:
                return _read_question(element, interface)
            except Breach:
                # Who cannot be asked gets the refusal; that it is one of a kind, its code says.
                break
    return read_refusal(root, interface.id)


def _read_question(element: Element, interface: Interface) -> QuestionForUser:
    asks_for_place = f"{_SLOT}/{_DETERMINATION}" in interface.places
    slots = Slots(element, _QUESTION_1 if asks_for_place else _QUESTION_2)
    questions: list[Question] = []
    if _JURISDICTION in slots:
        questions.append(read_jurisdiction_determination(slots.any(_JURISDICTION)))
    questions.extend(read_concept(item) for item in slots.elements(_CONCEPTS))
    _must_be_answerable(questions)
    return QuestionForUser(
        interface=interface.id,
        data_service=read_reduced_data_service(slots.any(_SLOT)),
        questions=tuple(questions),
        detail=read_exception(element).detail,
    )


def _must_be_answerable(questions: Iterable[Question]) -> None:
    asked: set[str] = set()
    for question in questions:
        name = _name(question)
        if not UUID.fullmatch(name) or name in asked:
            raise Breach("a question is no UUID, or is asked twice", "R-DSD-ERR-C005")
        asked.add(name)
        if isinstance(question, ClassificationConcept):
            if question.type not in QUESTION_TYPES or not question.descriptions:
                raise Breach("a question has no type or no text", "R-DSD-ERR-C006")
            if question.supported_values:
                raise Breach("a question brings its answer", "R-DSD-ERR-S023")
    if not asked:
        raise Breach("there is no question", "R-DSD-ERR-S022")


def _name(question: Question) -> str:
    if isinstance(question, ClassificationConcept):
        return question.identifier.value.lower()
    return question.jurisdiction_context_id.lower()


def write_question(answer: QuestionForUser) -> bytes:
    """Write a question; raises `CallerError` for one that its version cannot carry, or that nobody could answer."""
    interface = interface_of(answer.interface)
    _must_be_writable(answer, interface)
    root = new_query_response(interface, FAILURE)
    exception = write_exception(root, as_exception(DsdCode.ADDITIONAL_INPUT, answer.detail))
    write_data_service(write_any(exception, _SLOT), answer.data_service.reduced(), interface)
    concepts = [item for item in answer.questions if isinstance(item, ClassificationConcept)]
    for item in answer.questions:
        if isinstance(item, EvidenceProviderJurisdictionDetermination):
            write_jurisdiction_determination(write_any(exception, _JURISDICTION), item)
    if concepts:
        collection = write_collection(exception, _CONCEPTS)
        for concept in concepts:
            write_concept(write_element(collection), _CONCEPT, concept)
    return as_bytes(root)


def _must_be_writable(answer: QuestionForUser, interface: Interface) -> None:
    try:
        _must_be_answerable(answer.questions)
    except Breach as breach:
        raise CallerError(f"{breach.detail} ({', '.join(breach.rules)})") from breach
    places = [item for item in answer.questions if isinstance(item, EvidenceProviderJurisdictionDetermination)]
    if places and f"{_SLOT}/{_DETERMINATION}" not in interface.places:
        raise LineCannotCarry("questions", interface.id, f"this line has no slot {_JURISDICTION} (R-DSD-ERR-S010)")
    if places != list(answer.questions[: len(places)]) or len(places) > 1:
        raise CallerError("a question about a place stands once, and first")
