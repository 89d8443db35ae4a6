"""
How a response of line 2.0 packs its documents: one registry package for each evidence, with its companions tied to it.

Its sibling for line 1.2 is `flat`.
"""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children
from oots.edm.evidence import write_companion_metadata, write_main_metadata
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
from oots.errors import CallerError
from oots.xml import RIM, Element

CLASSIFICATION_SCHEME: Final = "urn:fdc:oots:classification:edm"
_ASSOCIATION: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:"
_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_CLASSIFICATION: Final = f"{{{RIM}}}Classification"
_PACKAGE: Final = (RIM, "RegistryPackageType")
_ASSOCIATION_TYPE: Final = (RIM, "AssociationType")


def read_packages(object_list: Element, specification: Specification) -> tuple[EvidencePackage, ...]:
    """Read the packages of a `rim:RegistryObjectList`; one with several main evidences is read as several."""
    packages: list[EvidencePackage] = []
    for item in object_list.iterchildren(REGISTRY_OBJECT):
        if type_of(item) != _PACKAGE:
            raise Breach("a RegistryObject of the response is no rim:RegistryPackageType", "R-EDM-RESP-S066")
        nested = Children(item, RIM).one("RegistryObjectList", "R-EDM-RESP-S046")
        packages.extend(_read_package(nested, specification))
    return tuple(packages)


def _read_package(nested: Element, specification: Specification) -> list[EvidencePackage]:
    documents: list[tuple[str, EvidenceDocument]] = []
    targets: dict[str, str] = {}
    for item in nested.iterchildren(REGISTRY_OBJECT):
        if type_of(item) == _ASSOCIATION_TYPE:
            targets[item.get("sourceObject", "")] = item.get("targetObject", "")
        elif type_of(item) == EXTRINSIC_OBJECT:
            document = read_extrinsic_object(item, specification, _read_classification(item))
            documents.append((item.get("id", ""), document))
        else:
            raise Breach("a package holds an object that is neither rim:ExtrinsicObjectType nor rim:AssociationType")
    mains = [item for item in documents if item[1].classification is ClassificationNode.MAIN_EVIDENCE]
    if not mains:
        raise Breach("a package has no document classified MainEvidence", "R-EDM-RESP-S047")
    companions: list[list[EvidenceDocument]] = [[] for _ in mains]
    for object_id, document in documents:
        if document.classification is not ClassificationNode.MAIN_EVIDENCE:
            companions[_owner(targets.get(object_id), mains)].append(document)
    return [
        EvidencePackage(main=main, companions=tuple(found)) for (_, main), found in zip(mains, companions, strict=True)
    ]


def _owner(target: str | None, mains: list[tuple[str, EvidenceDocument]]) -> int:
    # A companion without a proper association breaks R-EDM-RESP-S050; it still came with the first evidence.
    return next((index for index, (object_id, _) in enumerate(mains) if object_id == target), 0)


def _read_classification(item: Element) -> ClassificationNode:
    found = [
        classification.get("classificationNode", "")
        for classification in item.iterchildren(_CLASSIFICATION)
        if classification.get("classificationScheme") == CLASSIFICATION_SCHEME
    ]
    if len(found) != 1:
        raise Breach(f"a document has {len(found)} EDM classifications, one is expected", "R-EDM-RESP-S048")
    try:
        return ClassificationNode(found[0])
    except ValueError as error:
        expected = ", ".join(node.value for node in ClassificationNode)
        raise Breach(f"classificationNode is none of {expected}", "R-EDM-RESP-S049") from error


def write_packages(object_list: Element, packages: Iterable[EvidencePackage], specification: Specification) -> None:
    """Append each evidence as a package; raises `CallerError` for one that is not shaped as the rules want."""
    for package in packages:
        main_id = package.main.metadata.identifier
        if package.main.classification is not ClassificationNode.MAIN_EVIDENCE:
            raise CallerError("the first document of a package is not classified MainEvidence")
        if any(item.classification is ClassificationNode.MAIN_EVIDENCE for item in package.companions):
            raise CallerError("a companion is classified MainEvidence")
        element = write_registry_object(object_list, _PACKAGE, derived_id(main_id, "package"))
        nested = etree.SubElement(element, _LIST)
        for document in package.documents:
            _write_document(nested, document, specification)
        for companion in package.companions:
            _write_association(nested, companion, main_id)


def _write_document(nested: Element, document: EvidenceDocument, specification: Specification) -> None:
    identifier = document.metadata.identifier
    element = write_registry_object(nested, EXTRINSIC_OBJECT, derived_id(identifier, "document"))
    is_main = document.classification is ClassificationNode.MAIN_EVIDENCE
    write_metadata = write_main_metadata if is_main else write_companion_metadata
    write_metadata(write_any(element, "EvidenceMetadata"), document.metadata, specification)
    classification = {
        "id": derived_id(identifier, "classification"),
        "classificationScheme": CLASSIFICATION_SCHEME,
        "classificationNode": document.classification.value,
    }
    etree.SubElement(element, _CLASSIFICATION, classification)
    write_repository_item_ref(element, document)


def _write_association(nested: Element, companion: EvidenceDocument, main_id: str) -> None:
    identifier = companion.metadata.identifier
    element = write_registry_object(nested, _ASSOCIATION_TYPE, derived_id(identifier, "association"))
    element.set("type", _ASSOCIATION + companion.classification.value)
    element.set("sourceObject", derived_id(identifier, "document"))
    element.set("targetObject", derived_id(main_id, "document"))
