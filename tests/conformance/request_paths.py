"""Where things stand in the base requests: paths for the tables of changes, and the two bases themselves."""

from functools import partial
from typing import Final

from tests.conformance.changes import accepts, row

natural = partial(row, base="request-of-a-natural-person")
"""A first request about a natural person with a natural representative, for one PDF."""
legal = partial(row, base="request-of-a-legal-person")
"""A second request about a legal person with a legal representative, an intermediary and answers, for XML."""

AS_IT_IS: Final = accepts("the document as it is")


def slot(name: str) -> str:
    """Name a slot of the request."""
    return f"rim:Slot[@name='{name}']"


def query_slot(name: str) -> str:
    """Name a slot of the query."""
    return f"query:Query/rim:Slot[@name='{name}']"


SPECIFICATION: Final = f"{slot('SpecificationIdentifier')}/rim:SlotValue"
PROCEDURE: Final = f"{slot('Procedure')}/rim:SlotValue"
REQUIREMENTS: Final = f"{slot('Requirements')}/rim:SlotValue"
REQUIREMENT: Final = f"{REQUIREMENTS}/rim:Element[1]/sdg:Requirement"
REQUESTER: Final = f"{slot('EvidenceRequester')}/rim:SlotValue"
ER: Final = f"{REQUESTER}/rim:Element[1]/sdg:Agent"
IP: Final = f"{REQUESTER}/rim:Element[2]/sdg:Agent"
PROVIDER: Final = f"{slot('EvidenceProvider')}/rim:SlotValue/sdg:Agent"
CLASSIFICATIONS: Final = f"{slot('EvidenceProviderClassification')}/rim:SlotValue"
CODE_LIST: Final = f"{CLASSIFICATIONS}/rim:Element[1]/sdg:EvidenceProviderClassification"
STRING: Final = f"{CLASSIFICATIONS}/rim:Element[2]/sdg:EvidenceProviderClassification"
BOOLEAN: Final = f"{CLASSIFICATIONS}/rim:Element[3]/sdg:EvidenceProviderClassification"
PERSON: Final = f"{query_slot('NaturalPerson')}/rim:SlotValue/sdg:Person"
LEGAL_PERSON: Final = f"{query_slot('LegalPerson')}/rim:SlotValue/sdg:LegalPerson"
REPRESENTATIVE: Final = f"{query_slot('AuthorizedRepresentative')}/rim:SlotValue/sdg:Person"
LEGAL_REPRESENTATIVE: Final = f"{query_slot('AuthorizedRepresentativeLegalPerson')}/rim:SlotValue/sdg:LegalPerson"
EVIDENCE_TYPE: Final = f"{query_slot('EvidenceRequest')}/rim:SlotValue/sdg:DataServiceEvidenceType"
DISTRIBUTION: Final = f"{EVIDENCE_TYPE}/sdg:DistributedAs[1]"

TEST_REPOSITORY: Final = "https://sr.acc.oots.tech.ec.europa.eu"
REPOSITORY: Final = "https://sr.oots.tech.ec.europa.eu"
UUID: Final = "0c6f0a5e-8d0d-4a53-9a3b-6a2f1b7f8c01"
