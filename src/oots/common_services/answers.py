"""
What the common services answer, as values: records, a refusal, or a question for the user.

Status 200 comes with all three.  Reading and writing stand in `evidence_broker` and `data_service_directory`.
"""

from dataclasses import dataclass

from oots.common_services.model import (
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    Requirement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A part of an answer that was left out because it cannot be understood; the rest of the answer stands."""

    element: str
    detail: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """The Evidence Broker's answer to both of its queries."""

    interface: str
    requirements: tuple[Requirement, ...]
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataServices:
    """The Data Service Directory's answer when it has no question."""

    interface: str
    data_services: tuple[DataServiceEvidenceType, ...]
    """Several may describe the same evidence type; their order means nothing."""
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryException:
    """One `rs:Exception`; its texts are the directory's, and may repeat what a user answered: not for logs."""

    code: str | None
    """As it came; `EbCode` and `DsdCode` have those of the standard."""
    exception_type: str
    """Local name of `xsi:type`, such as `ObjectNotFoundExceptionType`."""
    message: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A directory's refusal, which comes with HTTP status 200 like any answer, signed, and is never kept."""

    interface: str
    exceptions: tuple[QueryException, ...]

    @property
    def code(self) -> str | None:
        """The code of the first exception: the broker gives one only, the directory may give more."""
        return self.exceptions[0].code


Question = EvidenceProviderJurisdictionDetermination | ClassificationConcept


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionForUser:
    """
    `DSD:ERR:0005`: no failure, but what the directory has to know from the user before it can name providers.

    `questions` says how answers become the next query.
    """

    interface: str
    data_service: DataServiceEvidenceType
    """Without providers."""
    questions: tuple[Question, ...]
    """All of them have to be answered; their order is the directory's."""
    detail: str | None = None
