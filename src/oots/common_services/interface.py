"""
The versions of the common services' interface, and what differs between them, as data.

A version is asked for in `Accept-Version`, and is not that of the exchange data model: one directory answers in each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from oots.codes import DsdCode, EbCode
from oots.errors import CallerError, QueryRefused

V1_0: Final = "oots-cs:v1.0"
V1_1: Final = "oots-cs:v1.1"
V1_2: Final = "oots-cs:v1.2"
V2_0: Final = "oots-cs:v2.0"

ACCEPT_VERSION: Final = "Accept-Version"

REQUIREMENTS: Final = "urn:fdc:oots:eb:ebxml-regrep:queries:requirements-by-procedure-and-jurisdiction"
EVIDENCE_TYPES: Final = "urn:fdc:oots:eb:ebxml-regrep:queries:evidence-types-by-requirement-and-jurisdiction"
DATA_SERVICES: Final = "urn:fdc:oots:dsd:ebxml-regrep:queries:dataservices-by-evidencetype-and-jurisdiction"


class Service(Enum):
    """The two registries, by the name they have in DNS and in paths."""

    EVIDENCE_BROKER = "eb"
    DATA_SERVICE_DIRECTORY = "dsd"

    @property
    def bad_parameters(self) -> EbCode | DsdCode:
        """What it answers to a query that does not follow the specification."""
        return EbCode.PARAMETERS if self is Service.EVIDENCE_BROKER else DsdCode.PARAMETERS

    @property
    def unknown_query(self) -> EbCode | DsdCode:
        """What it answers to a query that it does not have."""
        return EbCode.QUERY if self is Service.EVIDENCE_BROKER else DsdCode.QUERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One version."""

    id: str
    names_itself: bool
    """Each answer says its version in slot SpecificationIdentifier."""
    nameless_is_another: bool
    """An answer without that slot is of another version: what asked for this one was lost on the way."""
    parameters: Mapping[str, frozenset[str]]
    """The parameters of each query, besides `queryId` and the concepts that a user was asked about."""
    places: frozenset[str]
    """Elements that not every version has, each with its parent."""


_REGIONS: Final = frozenset({"jurisdiction-admin-l2", "jurisdiction-admin-l3"})
_PROCEDURE: Final = frozenset({"procedure-id", "country-code"})
_REQUIREMENT: Final = frozenset({"requirement-id", "country-code"})
_EVIDENCE_TYPE: Final = frozenset({"evidence-type-classification", "country-code"})
_CONTEXT: Final = _REGIONS | {"jurisdiction-context-id"}

_PLACES_1: Final = frozenset(
    {
        "DataServiceEvidenceType/EvidenceProviderJurisdictionDetermination",
        "DistributedAs/Transformation",
        "EvidenceType/Jurisdiction",
        "Jurisdiction/AdminUnitLevel2",
        "Jurisdiction/AdminUnitLevel3",
    }
)
_PLACES_2: Final = frozenset(
    {
        "AccessService/Name",
        "DistributedAs/Language",
        "EvidenceType/StructuredEvidenceTypeDistribution",
        "EvidenceTypeList/Jurisdiction",
        "EvidenceTypeList/MatchType",
        "Jurisdiction/AdditionalJurisdictionClassification",
        "Publisher/Description",
        "Requirement/Description",
        "several AccessService/ConformsTo",
    }
)

INTERFACES: Final[Mapping[str, Interface]] = {
    V1_0: Interface(
        id=V1_0,
        names_itself=False,
        nameless_is_another=False,
        parameters={
            REQUIREMENTS: _PROCEDURE | _REGIONS,
            EVIDENCE_TYPES: _REQUIREMENT | _REGIONS,
            DATA_SERVICES: _EVIDENCE_TYPE | _CONTEXT | {"evidence-type-id"},
        },
        places=_PLACES_1,
    ),
    V1_1: Interface(
        id=V1_1,
        names_itself=True,
        nameless_is_another=False,
        parameters={
            REQUIREMENTS: _PROCEDURE | _REGIONS,
            EVIDENCE_TYPES: _REQUIREMENT | _REGIONS,
            DATA_SERVICES: _EVIDENCE_TYPE | _CONTEXT | {"evidence-type-id", "specification"},
        },
        places=_PLACES_1 | {"several AccessService/ConformsTo"},
    ),
    V1_2: Interface(
        id=V1_2,
        names_itself=True,
        nameless_is_another=False,
        parameters={
            REQUIREMENTS: _PROCEDURE | _REGIONS,
            EVIDENCE_TYPES: _REQUIREMENT,
            DATA_SERVICES: _EVIDENCE_TYPE | _CONTEXT | {"specification"},
        },
        places=_PLACES_1 | {"several AccessService/ConformsTo"},
    ),
    V2_0: Interface(
        id=V2_0,
        names_itself=True,
        nameless_is_another=True,
        parameters={
            REQUIREMENTS: _PROCEDURE | {"return-incomplete"},
            EVIDENCE_TYPES: _REQUIREMENT,
            DATA_SERVICES: _EVIDENCE_TYPE | {"specification"},
        },
        places=_PLACES_2,
    ),
}
"""The versions that can be asked and given, the oldest first."""


def interface_of(version: str) -> Interface:
    """Give a version by its id; raises `CallerError` for one that there is not."""
    found = INTERFACES.get(version)
    if found is None:
        raise CallerError(f"interface is none of {', '.join(INTERFACES)}")
    return found


def negotiate(accept_version: Iterable[str], service: Service) -> str:
    """
    Give the version in which a query is answered: the highest that its sender accepts, 1.0 when it names none.

    `accept_version` has the value of each `Accept-Version` field; one may list several.  Raises `QueryRefused`.
    """
    accepted = [version.strip(" \t") for field in accept_version for version in field.split(",")]
    named = [version for version in accepted if version]
    if not named:
        return V1_0
    common = [version for version in INTERFACES if version in named]
    if not common:
        reason = f"none of the versions is spoken here; these are: {', '.join(INTERFACES)}"
        raise QueryRefused(service.bad_parameters, ACCEPT_VERSION, reason)
    return common[-1]
