"""
How a response of line 2.0 packs its documents: one registry package for each evidence, with its companions tied to it.

The ids of registry objects mean nothing outside the document, so they are derived here and not part of the model.
"""

from collections.abc import Iterable
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from oots.edm.elements import Breach, Children, attribute, sub
from oots.edm.evidence import read_evidence_metadata, write_companion_metadata, write_main_metadata
from oots.edm.model import ClassificationNode, EvidenceDocument, EvidencePackage
from oots.edm.slots import XSI_TYPE, Slots, type_of, write_any
from oots.edm.specification import Specification
from oots.errors import CallerError
from oots.xml import RIM, XLINK, Element

CLASSIFICATION_SCHEME: Final = "urn:fdc:oots:classification:edm"
_ASSOCIATION: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:"
_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_OBJECT: Final = f"{{{RIM}}}RegistryObject"
_CLASSIFICATION: Final = f"{{{RIM}}}Classification"
_REPOSITORY_ITEM_REF: Final = f"{{{RIM}}}RepositoryItemRef"
_HREF: Final = f"{{{XLINK}}}href"
_TITLE: Final = f"{{{XLINK}}}title"
_PACKAGE: Final = (RIM, "RegistryPackageType")
_DOCUMENT: Final = (RIM, "ExtrinsicObjectType")
_ASSOCIATION_TYPE: Final = (RIM, "AssociationType")


def read_packages(object_list: Element, specification: Specification) -> tuple[EvidencePackage, ...]:
    """Read the packages of a `rim:RegistryObjectList`; one with several main evidences is read as several."""
    packages: list[EvidencePackage] = []
    for item in object_list.iterchildren(_OBJECT):
        if type_of(item) != _PACKAGE:
            raise Breach("a RegistryObject of the response is no rim:RegistryPackageType", "R-EDM-RESP-S066")
        nested = Children(item, RIM).one("RegistryObjectList", "R-EDM-RESP-S046")
        packages.extend(_read_package(nested, specification))
    return tuple(packages)


def _read_package(nested: Element, specification: Specification) -> list[EvidencePackage]:
    documents: list[tuple[str, EvidenceDocument]] = []
    targets: dict[str, str] = {}
    for item in nested.iterchildren(_OBJECT):
        if type_of(item) == _ASSOCIATION_TYPE:
            targets[item.get("sourceObject", "")] = item.get("targetObject", "")
        elif type_of(item) == _DOCUMENT:
            documents.append((item.get("id", ""), _read_document(item, specification)))
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


def _read_document(item: Element, specification: Specification) -> EvidenceDocument:
    children = Children(item, RIM)
    reference = children.one("RepositoryItemRef", "R-EDM-RESP-S033")
    href = attribute(reference, _HREF)
    if not href.startswith("cid:") or len(href) == len("cid:"):
        raise Breach("xlink:href of RepositoryItemRef does not start with cid:", "R-EDM-RESP-C042")
    return EvidenceDocument(
        metadata=read_evidence_metadata(Slots(item, specification.evidence).any("EvidenceMetadata")),
        content_id=href.removeprefix("cid:"),
        title=reference.get(_TITLE, ""),
        classification=_read_classification(children),
    )


def _read_classification(children: Children) -> ClassificationNode:
    found = [
        item.get("classificationNode", "")
        for item in children.all("Classification")
        if item.get("classificationScheme") == CLASSIFICATION_SCHEME
    ]
    if len(found) != 1:
        raise Breach(f"a document has {len(found)} EDM classifications, one is expected", "R-EDM-RESP-S048")
    try:
        return ClassificationNode(found[0])
    except ValueError as error:
        expected = ", ".join(node.value for node in ClassificationNode)
        raise Breach(f"classificationNode is none of {expected}", "R-EDM-RESP-S049") from error


def write_packages(object_list: Element, packages: Iterable[EvidencePackage]) -> None:
    """Append each evidence as a package; raises `CallerError` for one that is not shaped as the rules want."""
    for package in packages:
        main_id = package.main.metadata.identifier
        if package.main.classification is not ClassificationNode.MAIN_EVIDENCE:
            raise CallerError("the first document of a package is not classified MainEvidence")
        nested = etree.SubElement(_object(object_list, _PACKAGE, _derived_id(main_id, "package")), _LIST)
        _write_document(nested, package.main)
        for companion in package.companions:
            if companion.classification is ClassificationNode.MAIN_EVIDENCE:
                raise CallerError("a companion is classified MainEvidence")
            _write_document(nested, companion)
        for companion in package.companions:
            _write_association(nested, companion, main_id)


def _write_document(nested: Element, document: EvidenceDocument) -> None:
    identifier = document.metadata.identifier
    element = _object(nested, _DOCUMENT, _derived_id(identifier, "document"))
    is_main = document.classification is ClassificationNode.MAIN_EVIDENCE
    write_metadata = write_main_metadata if is_main else write_companion_metadata
    write_metadata(write_any(element, "EvidenceMetadata"), document.metadata)
    classification = {
        "id": _derived_id(identifier, "classification"),
        "classificationScheme": CLASSIFICATION_SCHEME,
        "classificationNode": document.classification.value,
    }
    etree.SubElement(element, _CLASSIFICATION, classification)
    sub(element, _REPOSITORY_ITEM_REF, attributes={_HREF: f"cid:{document.content_id}", _TITLE: document.title})


def _write_association(nested: Element, companion: EvidenceDocument, main_id: str) -> None:
    identifier = companion.metadata.identifier
    element = _object(nested, _ASSOCIATION_TYPE, _derived_id(identifier, "association"))
    element.set("type", _ASSOCIATION + companion.classification.value)
    element.set("sourceObject", _derived_id(identifier, "document"))
    element.set("targetObject", _derived_id(main_id, "document"))


def _object(parent: Element, object_type: tuple[str, str], object_id: str) -> Element:
    return etree.SubElement(parent, _OBJECT, {XSI_TYPE: f"rim:{object_type[1]}", "id": object_id})


def _derived_id(evidence_identifier: str, role: str) -> str:
    # Two documents never share an evidence identifier, so these are unique in the document (edm.md 7.7, X15).
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{evidence_identifier}/{role}')}"
