"""
`sdg:DataServiceEvidenceType` as the Data Service Directory gives it: forms, access services, publishers, questions.

An access service without scheme, or without publisher, is set aside: nothing could be addressed to it.
"""

from typing import Final

from lxml import etree

from oots.common_services.answers import SetAside
from oots.common_services.interface import Interface
from oots.common_services.model import AccessService, DataServiceEvidenceType, Publisher
from oots.common_services.parts import (
    read_concept,
    read_jurisdiction,
    read_jurisdiction_determination,
    read_required_texts,
    read_texts,
    readable,
    write_concept,
    write_jurisdiction,
    write_jurisdiction_determination,
)
from oots.edm.elements import Breach, Children, must_carry, token
from oots.edm.model import Distribution, LevelOfAssurance
from oots.edm.sdg import (
    q,
    read_address,
    read_code,
    read_identifier,
    write_address,
    write_identifier,
    write_required_strings,
    write_strings,
    write_texts,
)
from oots.errors import CallerError, LineCannotCarry
from oots.xml import SDG, Element


def read_data_service(element: Element, set_aside: list[SetAside]) -> DataServiceEvidenceType:
    """Read a record with those who provide the evidence, of whom one at least can be addressed."""
    children = Children(element, SDG)
    access_services = readable(children.all("AccessService"), _read_access_service, set_aside)
    if not access_services:
        raise Breach("DataServiceEvidenceType has no AccessService that can be read", "R-DSD-RESP-S014")
    return _read(children, access_services)


def read_reduced_data_service(element: Element) -> DataServiceEvidenceType:
    """Read a record as it stands beside a question; providers in it are read over."""
    return _read(Children(element, SDG), ()).reduced()


def _read(children: Children, access_services: tuple[AccessService, ...]) -> DataServiceEvidenceType:
    level = children.optional("AuthenticationLevelOfAssurance")
    determination = children.optional("EvidenceProviderJurisdictionDetermination")
    return DataServiceEvidenceType(
        identifier=children.token("Identifier", "R-DSD-RESP-C002"),
        classification=children.token("EvidenceTypeClassification", "R-DSD-RESP-C003"),
        titles=read_required_texts(children, "Title"),
        descriptions=read_texts(children, "Description"),
        distributions=tuple(
            form for element in children.all("DistributedAs") for form in _read_distributed_as(element)
        ),
        access_services=access_services,
        authentication_level_of_assurance=(
            None if level is None else read_code(level, LevelOfAssurance, "R-DSD-RESP-C008")
        ),
        jurisdiction_determination=(None if determination is None else read_jurisdiction_determination(determination)),
        classifications=tuple(read_concept(item) for item in children.all("EvidenceProviderClassification")),
    )


def write_data_service(parent: Element, record: DataServiceEvidenceType, interface: Interface) -> None:
    """Append a record; raises `LineCannotCarry`, and `CallerError` for one without forms."""
    places = {"DataServiceEvidenceType/EvidenceProviderJurisdictionDetermination": "jurisdiction_determination"}
    must_carry(record, places, interface.places, line=interface.id, path="data_service.")
    if not record.distributions:
        raise CallerError("a data service has no distribution (R-DSD-RESP-S027)")
    element = etree.SubElement(parent, q("DataServiceEvidenceType"))
    write_texts(element, ("Identifier", record.identifier), ("EvidenceTypeClassification", record.classification))
    write_required_strings(element, "Title", record.titles)
    write_strings(element, "Description", record.descriptions)
    for form in record.distributions:
        _write_distributed_as(element, form, interface)
    for access_service in record.access_services:
        _write_access_service(element, access_service, interface)
    if record.authentication_level_of_assurance is not None:
        write_texts(element, ("AuthenticationLevelOfAssurance", record.authentication_level_of_assurance.value))
    if record.jurisdiction_determination is not None:
        write_jurisdiction_determination(element, record.jurisdiction_determination)
    for concept in record.classifications:
        write_concept(element, "EvidenceProviderClassification", concept)


def _read_distributed_as(element: Element) -> list[Distribution]:
    # The schema of 2.0 lets several formats share one element; they mean the same as one element each.
    children = Children(element, SDG)
    formats = [token(item) for item in children.all("Format")]
    if not formats or not all(formats):
        raise Breach("DistributedAs has no Format", "R-DSD-RESP-C009")
    languages = tuple(filter(None, (token(item) for item in children.all("Language"))))
    conforms_to = children.optional_token("ConformsTo")
    transformation = children.optional_token("Transformation")
    return [
        Distribution(format=item, languages=languages, conforms_to=conforms_to, transformation=transformation)
        for item in formats
    ]


_DISTRIBUTION: Final = {"DistributedAs/Language": "languages", "DistributedAs/Transformation": "transformation"}


def _write_distributed_as(parent: Element, form: Distribution, interface: Interface) -> None:
    must_carry(form, _DISTRIBUTION, interface.places, line=interface.id, path="distribution.")
    if form.transformation is not None and form.conforms_to is None:
        reason = "needs conforms_to (R-DSD-RESP-C040)"
        raise LineCannotCarry("distribution.transformation", interface.id, reason)
    element = etree.SubElement(parent, q("DistributedAs"))
    write_texts(element, ("Format", form.format))
    write_texts(element, *(("Language", language) for language in form.languages))
    write_texts(element, ("ConformsTo", form.conforms_to), ("Transformation", form.transformation))


def _read_access_service(element: Element) -> AccessService:
    children = Children(element, SDG)
    return AccessService(
        identifier=read_identifier(children.one("Identifier"), "R-DSD-RESP-C012"),
        names=read_texts(children, "Name"),
        conforms_to=tuple(filter(None, (token(item) for item in children.all("ConformsTo")))),
        publisher=_read_publisher(children.one("Publisher")),
    )


def _write_access_service(parent: Element, access_service: AccessService, interface: Interface) -> None:
    path = "access_service."
    must_carry(access_service, {"AccessService/Name": "names"}, interface.places, line=interface.id, path=path)
    _must_fit(access_service.conforms_to, interface)
    element = etree.SubElement(parent, q("AccessService"))
    write_identifier(element, "Identifier", access_service.identifier)
    write_strings(element, "Name", access_service.names)
    write_texts(element, *(("ConformsTo", version) for version in access_service.conforms_to))
    _write_publisher(element, access_service.publisher, interface)


def _must_fit(conforms_to: tuple[str, ...], interface: Interface) -> None:
    if not conforms_to:
        raise CallerError("an access service speaks no version of the exchange data model (R-DSD-RESP-C015)")
    if len(conforms_to) > 1 and "several AccessService/ConformsTo" not in interface.places:
        raise LineCannotCarry("access_service.conforms_to", interface.id, "there is place for one version only")


def _read_publisher(element: Element) -> Publisher:
    children = Children(element, SDG)
    address, jurisdiction = children.optional("Address"), children.optional("Jurisdiction")
    return Publisher(
        identifier=read_identifier(children.one("Identifier"), "R-DSD-RESP-C016"),
        names=read_required_texts(children, "Name"),
        descriptions=read_texts(children, "Description"),
        address=None if address is None else read_address(address, "R-DSD-RESP-C018"),
        jurisdiction=None if jurisdiction is None else read_jurisdiction(jurisdiction, "R-DSD-RESP-C020"),
        concepts=tuple(read_concept(item) for item in children.all("ClassificationConcept")),
    )


def _write_publisher(parent: Element, publisher: Publisher, interface: Interface) -> None:
    places = {"Publisher/Description": "descriptions"}
    must_carry(publisher, places, interface.places, line=interface.id, path="publisher.")
    if publisher.address is None or publisher.jurisdiction is None:
        raise CallerError("a publisher has an address and a jurisdiction (R-DSD-RESP-C018, C020)")
    element = etree.SubElement(parent, q("Publisher"))
    write_identifier(element, "Identifier", publisher.identifier)
    write_required_strings(element, "Name", publisher.names)
    write_strings(element, "Description", publisher.descriptions)
    write_address(element, "Address", publisher.address)
    write_jurisdiction(element, publisher.jurisdiction, interface)
    for concept in publisher.concepts:
        write_concept(element, "ClassificationConcept", concept)
