"""
What the Data Service Directory answers to its query (TDD 3.1.4): providers, or what it has to know to name them.

Nothing is written or signed here.  Answers of users are personal: none stands in an error text.
"""

from collections.abc import Mapping
from typing import Final

from directory.catalogue import Catalogue
from directory.codes import codes
from directory.offers import Offer, Provider, with_providers
from oots.codes import DsdCode
from oots.common_services.answers import DataServices, QuestionForUser, Refused
from oots.common_services.model import (
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    JurisdictionLevel,
)
from oots.common_services.queries import DataServicesQuery
from oots.common_services.query_response import as_exception
from oots.common_services.questions import question_id
from oots.errors import QueryRefused

NOT_FOUND: Final = "DS_NOT_FOUND"
"""What the Commission's instance says in the detail."""

_BOOLEANS: Final = {"1": "true", "0": "false"}
"""The other way to write a boolean in XML."""


def answer_data_services(query: DataServicesQuery, catalogue: Catalogue) -> DataServices | QuestionForUser | Refused:
    """
    Give the data services with the providers that are left, or ask what tells them apart.

    Raises `QueryRefused` for codes that no list has, an unknown evidence type, and answers that are none.
    """
    offers = _offers(query, catalogue)
    _check_names(query, offers)
    found: list[DataServiceEvidenceType] = []
    for offer in offers:
        providers = tuple(item for item in offer.providers if query.specification in {None, *item.speaks})
        if not providers:
            continue
        answers = _answers(query, offer)
        open_questions = tuple(item for item in offer.questions if question_id(item) not in answers)
        if open_questions:
            # One at a time: an exception has place for one data service.
            return QuestionForUser(
                interface=catalogue.interface, data_service=offer.record.reduced(), questions=open_questions
            )
        left = tuple(item for item in providers if _is_there_for(item, answers))
        if left:
            found.append(with_providers(offer, left))
    if not found:
        nothing = as_exception(DsdCode.NO_DATA_SERVICES, NOT_FOUND)
        return Refused(interface=catalogue.interface, exceptions=(nothing,))
    return DataServices(interface=catalogue.interface, data_services=tuple(found))


def _offers(query: DataServicesQuery, catalogue: Catalogue) -> tuple[Offer, ...]:
    if query.country_code not in codes("OOTS_Country"):
        raise QueryRefused(DsdCode.PARAMETERS, "country-code", "it is not in the code list OOTS_Country")
    key = catalogue.naming.key_of_evidence_type(query.evidence_type_classification)
    if key is None or key not in catalogue.evidence_types:
        raise QueryRefused(
            DsdCode.UNKNOWN_EVIDENCE_TYPE, "evidence-type-classification", "there is no such evidence type"
        )
    offers = catalogue.offers.get((key, query.country_code), ())
    if query.evidence_type_id is None:
        return offers
    return tuple(offer for offer in offers if offer.record.identifier == query.evidence_type_id.lower())


def _check_names(query: DataServicesQuery, offers: tuple[Offer, ...]) -> None:
    asked = {question_id(question) for offer in offers for question in offer.questions}
    for answer in query.answers:
        if answer.concept.lower() not in asked:
            raise QueryRefused(DsdCode.PARAMETERS, answer.concept, "this evidence type asks no such question")
    context = query.jurisdiction_context_id
    if context is not None and context.lower() not in asked:
        raise QueryRefused(DsdCode.ANSWER, "jurisdiction-context-id", "this evidence type asks no such question")


def _answers(query: DataServicesQuery, offer: Offer) -> Mapping[str, str]:
    """Give the answers to the questions of an offer, by question; raises `QueryRefused` for what is no answer."""
    given = {answer.concept.lower(): answer.value for answer in query.answers}
    found: dict[str, str] = {}
    for question in offer.questions:
        name = question_id(question)
        match question:
            case EvidenceProviderJurisdictionDetermination():
                parameter, value = _place(query, question)
            case ClassificationConcept():
                parameter, value = name, given.get(name)
                value = _BOOLEANS.get(value, value) if value and question.type == "boolean" else value
        if value is None:
            continue
        if value not in offer.codes.get(name, {value}):
            raise QueryRefused(DsdCode.ANSWER, parameter, "it is none of the answers that the question has")
        found[name] = value
    return found


def _place(query: DataServicesQuery, question: EvidenceProviderJurisdictionDetermination) -> tuple[str, str | None]:
    l2, l3 = query.jurisdiction_admin_l2, query.jurisdiction_admin_l3
    if question.jurisdiction_level is JurisdictionLevel.LAU:
        wanted, value, other = "jurisdiction-admin-l3", l3, l2
    else:
        wanted, value, other = "jurisdiction-admin-l2", l2, l3
    if value is None and other is not None:
        raise QueryRefused(DsdCode.ANSWER, wanted, "the place is asked for at another level")
    return wanted, value


def _is_there_for(provider: Provider, answers: Mapping[str, str]) -> bool:
    return all(value in provider.answers[name] for name, value in answers.items())
