"""
From a query to the answer as bytes with its signature: read, decided, written, signed.  Nothing is kept here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from directory.catalogue import Catalogue
from directory.data_service_directory import answer_data_services
from directory.evidence_broker import answer_evidence_types, answer_requirements
from oots.codes import DsdCode
from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.data_service_directory import write_data_services, write_question
from oots.common_services.evidence_broker import write_requirements
from oots.common_services.interface import V2_0, Service, negotiate
from oots.common_services.queries import (
    DataServicesQuery,
    EvidenceTypesQuery,
    Query,
    RequirementsQuery,
    read_query,
)
from oots.common_services.query_response import as_exception, write_refusal
from oots.common_services.signature import Signer, sign_detached
from oots.errors import QueryRefused

Answer = Requirements | DataServices | QuestionForUser | Refused

UNNEGOTIATED: Final = V2_0
"""The version of a refusal when none that was asked for is spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A GET as it came: values of `Accept-Version`, and the decoded parameters."""

    service: Service
    accept_version: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An answer that must not be touched again."""

    body: bytes = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    """Header fields of the signature."""
    outcome: str
    """`Success`, or the code of the refusal."""
    records: int
    signed_at: datetime
    is_for_all: bool
    """A success that no user's answer was part of: it may be kept, here and by others."""


def read_asked(asked: Asked) -> Query | Refused:
    """Give the query, or why it is none; a refusal comes in the version that was negotiated."""
    try:
        interface = negotiate(asked.accept_version, asked.service)
    except QueryRefused as refused:
        return refusal(refused, UNNEGOTIATED)
    try:
        return read_query(asked.parameters, asked.service, interface=interface)
    except QueryRefused as refused:
        return refusal(refused, interface)


def decide(query: Query, catalogue: Catalogue) -> Answer:
    """Give the answer to a query in the version of the catalogue."""
    try:
        match query:
            case RequirementsQuery():
                return answer_requirements(query, catalogue)
            case EvidenceTypesQuery():
                return answer_evidence_types(query, catalogue)
            case DataServicesQuery():
                return answer_data_services(query, catalogue)
    except QueryRefused as refused:
        return refusal(refused, catalogue.interface)


def refusal(refused: QueryRefused, interface: str) -> Refused:
    """Give the refusal in the words of the code lists; its detail names the parameter, and never a value."""
    return Refused(interface=interface, exceptions=(as_exception(refused.code, str(refused)),))


def sign(answer: Answer, signer: Signer, *, at: datetime, is_for_all: bool = False) -> Signed:
    """Write an answer, and sign what was written."""
    body = _written(answer)
    return Signed(
        body=body,
        fields=sign_detached(body, signer=signer, at=at),
        outcome=_outcome(answer),
        records=_records(answer),
        signed_at=at,
        is_for_all=is_for_all and not isinstance(answer, Refused | QuestionForUser),
    )


def _written(answer: Answer) -> bytes:
    match answer:
        case Requirements():
            return write_requirements(answer)
        case DataServices():
            return write_data_services(answer)
        case QuestionForUser():
            return write_question(answer)
        case Refused():
            return write_refusal(answer)


def _outcome(answer: Answer) -> str:
    match answer:
        case Refused():
            return answer.code or "Failure"
        case QuestionForUser():
            return str(DsdCode.ADDITIONAL_INPUT.value)
        case _:
            return "Success"


def _records(answer: Answer) -> int:
    match answer:
        case Requirements():
            return len(answer.requirements)
        case DataServices():
            return len(answer.data_services)
        case _:
            return 0
