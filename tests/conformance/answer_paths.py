"""Where things stand in the base responses and errors: paths for the tables of changes, and the bases themselves."""

from functools import partial
from typing import Final

from tests.conformance.changes import accepts, row

evidence = partial(row, base="response-with-evidence")
"""Evidence about a natural person: XML and PDF side by side in 1.2; in 2.0 XML with three companions, and PDF."""
legal = partial(row, base="response-about-a-legal-person")
"""One PDF about a legal person."""
deferred = partial(row, base="response-deferred")
"""Evidence that can be had later."""
empty = partial(row, base="response-empty")
"""Nothing is released."""
several = partial(row, base="error-of-several-exceptions")
"""An invalid request, and a failed query."""
preview = partial(row, base="error-of-a-preview")
"""The user is asked to look first."""
unreadable = partial(row, base="error-of-an-unreadable-request")
"""An invalid request, whose id and requester are not known."""

AS_IT_IS: Final = accepts("the document as it is")


def slot(name: str) -> str:
    """Name a slot of the answer."""
    return f"rim:Slot[@name='{name}']"


SPECIFICATION: Final = f"{slot('SpecificationIdentifier')}/rim:SlotValue"
PROVIDERS: Final = f"{slot('EvidenceProvider')}/rim:SlotValue"
EP: Final = f"{PROVIDERS}/rim:Element[1]/sdg:Agent"
IP: Final = f"{PROVIDERS}/rim:Element[2]/sdg:Agent"
REQUESTER: Final = f"{slot('EvidenceRequester')}/rim:SlotValue/sdg:Agent"
ERROR_PROVIDER: Final = f"{slot('ErrorProvider')}/rim:SlotValue/sdg:Agent"

METADATA: Final = "(//rim:Slot[@name='EvidenceMetadata'])[1]/rim:SlotValue"
XML_EVIDENCE: Final = "(//sdg:Evidence[sdg:IsAbout])[1]"
PDF_EVIDENCE: Final = "(//sdg:Evidence[sdg:IsAbout])[2]"
ONLY_EVIDENCE: Final = "//sdg:Evidence"
LAST_DOCUMENT: Final = "(//rim:RegistryObject[rim:RepositoryItemRef])[last()]"
"""The PDF, which has no companions in 2.0."""

FIRST_PACKAGE: Final = "rim:RegistryObjectList/rim:RegistryObject[1]/rim:RegistryObjectList"
MAIN: Final = f"{FIRST_PACKAGE}/rim:RegistryObject[1]"
HUMAN_READABLE: Final = f"{FIRST_PACKAGE}/rim:RegistryObject[2]"
TRANSLATION: Final = f"{FIRST_PACKAGE}/rim:RegistryObject[3]"
ANNEX: Final = f"{FIRST_PACKAGE}/rim:RegistryObject[4]"
SECOND_PACKAGE: Final = "rim:RegistryObjectList/rim:RegistryObject[2]"


def association(node: str) -> str:
    """Name the association of a companion with the main evidence."""
    return f"{FIRST_PACKAGE}/rim:RegistryObject[@type='{ASSOCIATION_TYPE}{node}']"


ASSOCIATION_TYPE: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:"
STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
ERROR: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
PREVIEW_REQUIRED: Final = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:EDMErrorResponse:PreviewRequired"
ADDITIONAL_INPUT: Final = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:DSDErrorResponse:AdditionalInput"

EAS: Final = "urn:cef.eu:names:identifier:EAS:"
UNREGISTERED: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
REPOSITORY: Final = "https://sr.oots.tech.ec.europa.eu"
UUID: Final = "0c6f0a5e-8d0d-4a53-9a3b-6a2f1b7f8c01"
