"""
The three queries as values, and as the parameters of a GET (TDD 3.6.2): frozen, none that the standard forbids.

That a code is in its code list is for the directory to say; here it has the form of one.  Queries may carry what a user
answered, so no value of a parameter stands in an error text or a `repr`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import ClassVar, Final

from oots.codes import DsdCode, EbCode
from oots.common_services.interface import (
    DATA_SERVICES,
    EVIDENCE_TYPES,
    REQUIREMENTS,
    V2_0,
    Service,
    interface_of,
)
from oots.errors import QueryRefused

QUERY_ID: Final = "queryId"
MAX_ANSWERS: Final = 20
"""Most answers of a user in one query; the largest dialogue seen asks two questions."""
MAX_ANSWER: Final = 256
"""Characters of one answer."""

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""Two requirements of the real catalogue have a UUID of no variant, so its nibbles say nothing."""

_REPOSITORY: Final = r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?"
_FORMS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "procedure-id": (re.compile(r"[A-Z]{1,5}[1-9][0-9]{0,5}|00"), "no code like R1, nor 00"),
    "country-code": (re.compile(r"(?!GR)[A-Z]{2}"), "no code like FI; that of Greece is EL"),
    "jurisdiction-admin-l2": (re.compile(r"[A-Z]{2}[A-Z0-9]{1,3}"), "no NUTS code, of 3 to 5 characters"),
    "jurisdiction-admin-l3": (re.compile(r"[A-Za-z0-9_.-]{1,20}"), "no LAU code"),
    "return-incomplete": (re.compile(r"true|false"), "neither true nor false"),
    "requirement-id": (
        re.compile(rf"{_REPOSITORY}/requirements/{UUID.pattern}", re.IGNORECASE),
        "no URL of a requirement in the Semantic Repository",
    ),
    "evidence-type-classification": (
        re.compile(rf"{_REPOSITORY}/evidencetypeclassifications/(?:[A-Z]{{2}}|oots)/(?i:{UUID.pattern})"),
        "no URL of an evidence type in the Semantic Repository",
    ),
    "specification": (re.compile(r"oots-edm:v[0-9]{1,3}\.[0-9]{1,3}"), "no version like oots-edm:v2.0"),
    "jurisdiction-context-id": (UUID, "no UUID"),
    "evidence-type-id": (UUID, "no UUID"),
}
_CODES: Final[Mapping[tuple[Service, str], EbCode | DsdCode]] = {
    (Service.EVIDENCE_BROKER, "procedure-id"): EbCode.PROCEDURE,
    (Service.EVIDENCE_BROKER, "country-code"): EbCode.COUNTRY,
    (Service.EVIDENCE_BROKER, "jurisdiction-admin-l2"): EbCode.JURISDICTION,
    (Service.EVIDENCE_BROKER, "jurisdiction-admin-l3"): EbCode.JURISDICTION,
    (Service.DATA_SERVICE_DIRECTORY, "jurisdiction-admin-l2"): DsdCode.ANSWER,
    (Service.DATA_SERVICE_DIRECTORY, "jurisdiction-admin-l3"): DsdCode.ANSWER,
}
_HARMLESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,49}")
_MISSING: Final[Mapping[str, EbCode]] = {"requirement-id": EbCode.UNKNOWN_REQUIREMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What the three have in common."""

    id: ClassVar[str]
    service: ClassVar[Service]

    interface: str = V2_0
    """Version that the answer shall have, for `Accept-Version`."""

    def __post_init__(self) -> None:
        """Raise `QueryRefused` for a parameter that the version does not have, or that cannot be right."""
        interface = interface_of(self.interface)
        for name, value in self._named():
            if name not in interface.parameters[self.id]:
                raise QueryRefused(self.service.bad_parameters, name, f"this query has none in {interface.id}")
            form, otherwise = _FORMS[name]
            if not form.fullmatch(value):
                code = _CODES.get((self.service, name), self.service.bad_parameters)
                raise QueryRefused(code, name, otherwise)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Give the parameters of the GET by name and value, not yet encoded; a name stands once."""
        return ((QUERY_ID, self.id), *self._named())

    def _named(self) -> tuple[tuple[str, str], ...]:
        values = {item.name.replace("_", "-"): getattr(self, item.name) for item in fields(self)}
        return tuple(
            (name, "true" if value is True else value)
            for name, value in values.items()
            if name in _FORMS and value is not None and value is not False
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementsQuery(_Query):
    """
    Which requirements does a procedure impose?

    The country is that of the procedure, so of the requester.  Without parameters the whole catalogue is asked for.
    """

    id: ClassVar[str] = REQUIREMENTS
    service: ClassVar[Service] = Service.EVIDENCE_BROKER

    procedure_id: str | None = None
    country_code: str | None = None
    jurisdiction_admin_l2: str | None = None
    """Lines 1.x: NUTS code."""
    jurisdiction_admin_l3: str | None = None
    """Lines 1.x: LAU code."""
    return_incomplete: bool = False
    """Line 2.0: those too for which nothing is declared yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTypesQuery(_Query):
    """
    Which evidence types prove a requirement?

    The country is that of the provider; without it, lists of all countries come in one answer.
    """

    id: ClassVar[str] = EVIDENCE_TYPES
    service: ClassVar[Service] = Service.EVIDENCE_BROKER

    requirement_id: str
    """URL in the Semantic Repository."""
    country_code: str | None = None
    jurisdiction_admin_l2: str | None = None
    """Lines 1.0 and 1.1: NUTS code."""
    jurisdiction_admin_l3: str | None = None
    """Lines 1.0 and 1.1: LAU code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptAnswer:
    """What a user answered to a question of the directory; `concept` is the UUID, which is the parameter's name."""

    concept: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataServicesQuery(_Query):
    """
    Who in a country can send an evidence type?

    What a user answers to the directory's questions is added to the same query (`questions`).
    """

    id: ClassVar[str] = DATA_SERVICES
    service: ClassVar[Service] = Service.DATA_SERVICE_DIRECTORY

    evidence_type_classification: str
    """URL in the Semantic Repository."""
    country_code: str
    specification: str | None = None
    """From 1.1 on: only access services that speak this version of the exchange data model."""
    evidence_type_id: str | None = None
    """Lines 1.0 and 1.1: the entry whose questions are answered."""
    jurisdiction_context_id: str | None = None
    """Lines 1.x: the question that the next two answer."""
    jurisdiction_admin_l2: str | None = field(default=None, repr=False)
    jurisdiction_admin_l3: str | None = field(default=None, repr=False)
    answers: tuple[ConceptAnswer, ...] = ()

    def __post_init__(self) -> None:
        """Raise `QueryRefused` for a parameter that the version does not have, or that cannot be right."""
        _Query.__post_init__(self)
        if len(self.answers) > MAX_ANSWERS:
            raise QueryRefused(DsdCode.PARAMETERS, "answers", f"more than {MAX_ANSWERS}")
        if len({answer.concept.lower() for answer in self.answers}) != len(self.answers):
            raise QueryRefused(DsdCode.PARAMETERS, "answers", "a concept stands twice")
        for answer in self.answers:
            _check_answer(answer)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Give the parameters of the GET by name and value, not yet encoded; a name stands once."""
        return (*_Query.parameters(self), *((answer.concept, answer.value) for answer in self.answers))


def _check_answer(answer: ConceptAnswer) -> None:
    if not UUID.fullmatch(answer.concept):
        raise QueryRefused(DsdCode.PARAMETERS, "answers", "a concept is no UUID")
    if not (0 < len(answer.value.strip()) <= len(answer.value) <= MAX_ANSWER and answer.value.isprintable()):
        reason = f"the answer does not have 1 to {MAX_ANSWER} printable characters"
        raise QueryRefused(DsdCode.ANSWER, answer.concept, reason)


Query = RequirementsQuery | EvidenceTypesQuery | DataServicesQuery

_QUERIES: Final[Mapping[Service, Mapping[str, type[Query]]]] = {
    Service.EVIDENCE_BROKER: {REQUIREMENTS: RequirementsQuery, EVIDENCE_TYPES: EvidenceTypesQuery},
    Service.DATA_SERVICE_DIRECTORY: {DATA_SERVICES: DataServicesQuery},
}


def read_query(parameters: Iterable[tuple[str, str]], service: Service, *, interface: str) -> Query:
    """
    Read the parameters of a GET, decoded, in the version that was negotiated.

    Raises `QueryRefused` with what the service answers to it.
    """
    values = _single(parameters, service)
    query = _QUERIES[service].get(values.pop(QUERY_ID, ""))
    if query is None:
        raise QueryRefused(service.unknown_query, QUERY_ID, "it names no query of this service")
    arguments: dict[str, object] = {"interface": interface}
    if query is DataServicesQuery:
        concepts = [name for name in values if UUID.fullmatch(name)]
        arguments["answers"] = tuple(ConceptAnswer(concept=name, value=values.pop(name)) for name in concepts)
    for name in values:
        if name not in interface_of(interface).parameters[query.id]:
            raise QueryRefused(service.bad_parameters, _shown(name), f"this query has none in {interface}")
    for item in fields(query):
        name = item.name.replace("_", "-")
        if item.default is MISSING and name not in values:
            raise QueryRefused(_MISSING.get(name, service.bad_parameters), name, "it is missing")
    arguments |= {name.replace("-", "_"): value for name, value in values.items()}
    if "return-incomplete" in values:
        arguments["return_incomplete"] = _read_boolean("return-incomplete", values["return-incomplete"], service)
    return query(**arguments)  # type: ignore[arg-type]  # the value checks itself


def _single(parameters: Iterable[tuple[str, str]], service: Service) -> dict[str, str]:
    pairs = list(parameters)
    values = dict(pairs)
    if len(values) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise QueryRefused(service.bad_parameters, _shown(name), "it stands more than once")
    return values


def _read_boolean(name: str, value: str, service: Service) -> bool:
    if value not in ("true", "false"):
        raise QueryRefused(service.bad_parameters, name, "neither true nor false")
    return value == "true"


def _shown(name: str) -> str:
    return name if _HARMLESS.fullmatch(name) else "(unreadable name)"
