"""
The XML Schemas of a folder that somebody else has published, made loadable and loaded.

Published files import namespaces without saying where they are, or from the web (edm.md 8, trap 19).  So copies are
loaded, in which every import names a file of the folder.  Some wish for a processor of XSD 1.1; libxml2 is none, does
not look at that wish, and they need nothing of 1.1.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lxml import etree

from oots.errors import MalformedXml, UnusableSchemas
from oots.resources import schemas
from oots.validation.published.lists import published_files
from oots.xml import QUERY, RIM, RS, SDG, XLINK, XML, Element, load_schema, parse

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_OF_MESSAGES: Final = (QUERY, RS, RIM, SDG)
"""Namespaces that a document of the data model uses; without one of them nothing can be checked."""

_OURS: Final = {XML: "xml/xml.xsd", XLINK: "xml/xlink.xsd"}
"""Of the W3C, the same for everybody: ours serve when the folder has none."""


def load_published(folder: Path) -> etree.XMLSchema:
    """Load the schemas of evidence requests and responses in a folder; raises `UnusableSchemas`."""
    found = {path: _read(path) for path in published_files(folder, ".xsd")}
    catalogue = _catalogue(found)
    missing = [namespace for namespace in _OF_MESSAGES if namespace not in catalogue]
    if missing:
        raise UnusableSchemas(f"{folder} has no schema of {' and '.join(missing)}")
    with TemporaryDirectory(prefix="oots-schemas-") as copies:
        written = {path: Path(copies, f"{number}.xsd") for number, path in enumerate(found, start=1)}
        places = {namespace: written[path].name for namespace, path in catalogue.items()}
        for path, root in found.items():
            _resolve(root, path, places, written)
            written[path].write_bytes(etree.tostring(root))
        for namespace in _OURS.keys() - places.keys():
            places[namespace] = (schemas() / _OURS[namespace]).as_uri()
        driver = Path(copies, "driver.xsd")
        driver.write_bytes(_driver(places))
        return _load(driver, written)


def _read(path: Path) -> Element:
    try:
        root = parse(path.read_bytes())
    except OSError as error:
        raise UnusableSchemas(f"{path.name} cannot be read: {error.strerror}") from error
    except MalformedXml as error:
        raise UnusableSchemas(f"{path.name} is no XML that is accepted: {error}") from error
    if root.tag != f"{{{_XS}}}schema":
        raise UnusableSchemas(f"{path.name}: the document element is not xs:schema")
    return root


def _catalogue(found: Mapping[Path, Element]) -> dict[str, Path]:
    # A file that another one includes is a piece of that one; of several versions the highest counts.
    pieces = {
        (path.parent / include.get("schemaLocation", "")).resolve()
        for path, root in found.items()
        for include in root.iterchildren(f"{{{_XS}}}include")
    }
    whole = sorted((path for path in found if path.resolve() not in pieces), key=_by_version)
    return {found[path].get("targetNamespace", ""): path for path in whole}


def _by_version(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path.name)]


def _resolve(root: Element, path: Path, places: Mapping[str, str], written: Mapping[Path, Path]) -> None:
    for include in root.iterchildren(f"{{{_XS}}}include", f"{{{_XS}}}redefine"):
        target = next((one for one in written if one.resolve() == _beside(path, include)), None)
        if target is None:
            raise UnusableSchemas(f"{path.name}, line {include.sourceline}: what it includes is not in the folder")
        include.set("schemaLocation", written[target].name)
    for imported in root.iterchildren(f"{{{_XS}}}import"):
        place = places.get(imported.get("namespace", ""))
        imported.attrib.pop("schemaLocation", "")
        if place is not None:  # or loading fails, if anything of it is needed
            imported.set("schemaLocation", place)


def _beside(path: Path, include: Element) -> Path:
    return (path.parent / include.get("schemaLocation", "")).resolve()


def _driver(places: Mapping[str, str]) -> bytes:
    driver = etree.Element(f"{{{_XS}}}schema")
    for namespace in _OF_MESSAGES:
        etree.SubElement(driver, f"{{{_XS}}}import", namespace=namespace, schemaLocation=places[namespace])
    return etree.tostring(driver)


def _load(driver: Path, written: Mapping[Path, Path]) -> etree.XMLSchema:
    try:
        return load_schema(driver)
    except etree.XMLSchemaParseError as error:
        names = {copy.name: path.name for path, copy in written.items()}
        found = [names.get(Path(entry.filename).name, "") for entry in error.error_log]
        where = next((f"{name}: " for name in found if name), "")
        raise UnusableSchemas(f"{where}the schemas of the folder cannot be loaded: {error}") from error
