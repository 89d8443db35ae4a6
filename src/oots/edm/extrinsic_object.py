"""
One document of a response as `rim:ExtrinsicObjectType`: its metadata, and the part of the message that carries it.

Both lines have it; how the objects of several documents hang together stands in `packaging` and `flat`.  The ids of
registry objects mean nothing outside their document, so they are derived here and are not part of the model.
"""

from typing import Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from oots.edm.elements import Breach, Children, attribute, sub
from oots.edm.evidence import read_evidence_metadata
from oots.edm.model import ClassificationNode, EvidenceDocument
from oots.edm.slots import XSI_TYPE, Slots
from oots.edm.specification import Specification
from oots.xml import RIM, XLINK, Element

EXTRINSIC_OBJECT: Final = (RIM, "ExtrinsicObjectType")
REGISTRY_OBJECT: Final = f"{{{RIM}}}RegistryObject"
_REPOSITORY_ITEM_REF: Final = f"{{{RIM}}}RepositoryItemRef"
_HREF: Final = f"{{{XLINK}}}href"
_TITLE: Final = f"{{{XLINK}}}title"


def read_extrinsic_object(
    item: Element, specification: Specification, classification: ClassificationNode
) -> EvidenceDocument:
    """Read a document whose classification is known from elsewhere."""
    reference = Children(item, RIM).one("RepositoryItemRef", "R-EDM-RESP-S033")
    href = attribute(reference, _HREF)
    if not href.startswith("cid:") or len(href) == len("cid:"):
        raise Breach("xlink:href of RepositoryItemRef does not start with cid:", "R-EDM-RESP-C042")
    return EvidenceDocument(
        metadata=read_evidence_metadata(Slots(item, specification.evidence).any("EvidenceMetadata")),
        content_id=href.removeprefix("cid:"),
        title=reference.get(_TITLE, ""),
        classification=classification,
    )


def write_registry_object(parent: Element, object_type: tuple[str, str], object_id: str) -> Element:
    """Append an empty object of a rim type."""
    return etree.SubElement(parent, REGISTRY_OBJECT, {XSI_TYPE: f"rim:{object_type[1]}", "id": object_id})


def write_repository_item_ref(element: Element, document: EvidenceDocument) -> None:
    """Append the reference to the part that carries a document: the last child of its object."""
    sub(element, _REPOSITORY_ITEM_REF, attributes={_HREF: f"cid:{document.content_id}", _TITLE: document.title})


def derived_id(evidence_identifier: str, role: str) -> str:
    """Give the id of an object that belongs to a document; no two documents share an evidence identifier."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{evidence_identifier}/{role}')}"
