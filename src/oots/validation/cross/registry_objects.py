"""
X15: ids of registry objects are unique, and associations lead to documents of their own package.

It looks at the tree: these ids mean nothing outside their document, so the values of `oots.edm` do not keep them.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from oots.edm.slots import type_of
from oots.validation.cross.breaches import warning
from oots.validation.findings import Finding
from oots.xml import RIM, Element

_LIST: Final = f"{{{RIM}}}RegistryObjectList"
_OBJECT: Final = f"{{{RIM}}}RegistryObject"
_CLASSIFICATION: Final = f"{{{RIM}}}Classification"
_ASSOCIATION: Final = (RIM, "AssociationType")
_DOCUMENT: Final = (RIM, "ExtrinsicObjectType")


def x15_registry_objects(response: Element) -> Iterator[Finding]:
    """Look through the `query:QueryResponse` of a response; in line 1.2 there is nothing but ids to look at."""
    ids = Counter(item.get("id", "").casefold() for item in response.iter(_OBJECT, _CLASSIFICATION))
    if any(count > 1 for value, count in ids.items() if value):
        yield warning("X15", "two registry objects or classifications have the same id", "RegistryObject/@id")
    for package in response.iter(_LIST):
        yield from _associations(package)


def _associations(package: Element) -> Iterator[Finding]:
    objects = [(type_of(item), item) for item in package.iterchildren(_OBJECT)]
    documents = {item.get("id") for kind, item in objects if kind == _DOCUMENT}
    for kind, item in objects:
        if kind == _ASSOCIATION and not {item.get("sourceObject"), item.get("targetObject")} <= documents:
            yield warning("X15", "an association leads out of its package", "RegistryObject")
