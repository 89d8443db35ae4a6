"""
How a response of line 1.2 lists its documents: each is an evidence of its own, and nothing ties one to another.

Its sibling for line 2.0 is `packaging`.
"""

from collections.abc import Iterable

from oots.edm.elements import Breach
from oots.edm.evidence import write_main_metadata
from oots.edm.extrinsic_object import (
    EXTRINSIC_OBJECT,
    REGISTRY_OBJECT,
    derived_id,
    read_extrinsic_object,
    write_registry_object,
    write_repository_item_ref,
)
from oots.edm.model import ClassificationNode, EvidenceDocument, EvidencePackage
from oots.edm.slots import type_of, write_any
from oots.edm.specification import Specification
from oots.errors import LineCannotCarry
from oots.xml import Element


def read_flat(object_list: Element, specification: Specification) -> tuple[EvidencePackage, ...]:
    """Read the objects of a `rim:RegistryObjectList`, each as an evidence without companions."""
    return tuple(_read_evidence(item, specification) for item in object_list.iterchildren(REGISTRY_OBJECT))


def _read_evidence(item: Element, specification: Specification) -> EvidencePackage:
    if type_of(item) != EXTRINSIC_OBJECT:
        raise Breach("a RegistryObject of the response is no rim:ExtrinsicObjectType")
    return EvidencePackage(main=read_extrinsic_object(item, specification, ClassificationNode.MAIN_EVIDENCE))


def write_flat(object_list: Element, packages: Iterable[EvidencePackage], specification: Specification) -> None:
    """Append each evidence as an object; raises `LineCannotCarry` for one that has companions."""
    for package in packages:
        if package.companions:
            raise LineCannotCarry("evidences.companions", specification.id, "this line has no packages")
        if package.main.classification is not ClassificationNode.MAIN_EVIDENCE:
            raise LineCannotCarry("evidences.main.classification", specification.id, "this line has no Classification")
        _write_evidence(object_list, package.main, specification)


def _write_evidence(object_list: Element, document: EvidenceDocument, specification: Specification) -> None:
    object_id = derived_id(document.metadata.identifier, "document")
    element = write_registry_object(object_list, EXTRINSIC_OBJECT, object_id)
    write_main_metadata(write_any(element, "EvidenceMetadata"), document.metadata, specification)
    write_repository_item_ref(element, document)
