"""
RegRep slots: typed values under a name.  Which slots an element may have is data, in `specification`.

Slots are found by name, in any order; types are resolved by namespace, because prefixes mean nothing on the way in.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from oots.edm.elements import XML_BLANKS, Breach, attribute, shallow_text, shown, sub, text, token
from oots.edm.model import MultilingualString
from oots.edm.slot_table import SlotDefinition, SlotTable, SlotType
from oots.edm.specification import SPECIFICATIONS, Specification
from oots.errors import CallerError
from oots.xml import RIM, SDG, XML, XSI, Element

COLLECTION_SET: Final = "urn:oasis:names:tc:ebxml-regrep:CollectionType:Set"
"""Always written: the default of the schema is Bag, which the rules forbid."""

XSI_TYPE: Final = f"{{{XSI}}}type"
_SLOT: Final = f"{{{RIM}}}Slot"
_SLOT_VALUE: Final = f"{{{RIM}}}SlotValue"
_VALUE: Final = f"{{{RIM}}}Value"
_ELEMENT: Final = f"{{{RIM}}}Element"
_LOCALIZED_STRING: Final = f"{{{RIM}}}LocalizedString"
_XML_LANG: Final = f"{{{XML}}}lang"
_LANG_OF_CODES: Final = "EN"
_MAX_STRING: Final = 256
"""Characters of rim:LongText; a preview location with a long token breaks the schema (edm.md 8, trap 17)."""
_MAX_FREE_TEXT: Final = 1024
"""Characters of rim:FreeFormText."""
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class Slots:
    """The slots of one element, each known to be there once and of its type."""

    __slots__ = ("_table", "_values")

    def __init__(self, owner: Element, table: SlotTable) -> None:
        """Raises `Breach` for a slot that the table forbids, lacks, or has of another type."""
        self._table = table
        self._values: dict[str, Element] = {}
        for slot in owner.iterchildren(_SLOT):
            name = slot.get("name", "")
            definition = table.by_name.get(name)
            if definition is not None:
                self._add(slot, definition)
            elif table.closed is not None:
                raise Breach(f"slot {shown(name)} is none of {', '.join(table.by_name)}", table.closed)
        for definition in table.by_name.values():
            if definition.required and definition.name not in self._values:
                raise Breach(f"slot {definition.name} is missing", definition.presence)

    def _add(self, slot: Element, definition: SlotDefinition) -> None:
        if definition.name in self._values:
            raise Breach(f"slot {definition.name} stands twice", definition.presence)
        values = list(slot.iterchildren(_SLOT_VALUE))
        if len(values) != 1:
            raise Breach(f"slot {definition.name} has {len(values)} SlotValues, not one", self._table.single_value)
        _must_be(values[0], definition.type, f"slot {definition.name}", definition.typed)
        self._values[definition.name] = values[0]

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def string(self, name: str) -> str:
        """Give the text of a String slot."""
        return self._not_blank(name, text(self._value(name)))

    def code(self, name: str) -> str:
        """Give the code in a String slot, or in an InternationalString slot, where its language means nothing."""
        if self._table.by_name[name].type is SlotType.STRING:
            return self.string(name)
        codes = {item.text for item in self.international_string(name)}
        if len(codes) != 1:
            raise Breach(f"slot {name} holds {len(codes)} codes, not one")
        return codes.pop()

    def optional_string(self, name: str) -> str | None:
        """Give the text of a String slot that may be absent."""
        if name not in self._values or self._is_left_empty(name):
            return None
        return self.string(name)

    def date_time(self, name: str) -> datetime:
        """Give the moment in a DateTime slot, in UTC."""
        return _read_date_time(token(self._value(name)), name)

    def optional_date_time(self, name: str) -> datetime | None:
        """Give the moment in a DateTime slot that may be absent."""
        if name not in self._values or self._is_left_empty(name):
            return None
        return self.date_time(name)

    def boolean(self, name: str) -> bool:
        """Give the truth in a Boolean slot."""
        found = _BOOLEANS.get(token(self._value(name)))
        if found is None:
            raise Breach(f"slot {name} is neither true nor false")
        return found

    def international_string(self, name: str) -> tuple[MultilingualString, ...]:
        """Give the texts of an InternationalString slot; none when it is absent."""
        if name not in self._values:
            return ()
        return tuple(
            MultilingualString(text=value, lang=item.get(_XML_LANG))
            for item in self._value(name).iterchildren(_LOCALIZED_STRING)
            if (value := item.get("value", "").strip(XML_BLANKS))
        )

    def any(self, name: str) -> Element:
        """Give the SDG element of an Any slot."""
        return _content(self._values[name], self._table.by_name[name])

    def elements(self, name: str) -> list[Element]:
        """Give the SDG element of each Any of a Collection slot; none when it is absent."""
        if name not in self._values:
            return []
        collection, definition = self._values[name], self._table.by_name[name]
        found = list(collection.iterchildren(_ELEMENT))
        if not found:
            raise Breach(f"the collection in slot {name} has no Element", self._table.collection_filled)
        if self._table.collection_is_set is not None and collection.get("collectionType") != COLLECTION_SET:
            raise Breach(f"the collectionType of slot {name} is not {COLLECTION_SET}", self._table.collection_is_set)
        for element in found:
            _must_be(element, SlotType.ANY, f"an Element of {name}", definition.elements_typed)
        return [_content(element, definition) for element in found]

    def _is_left_empty(self, name: str) -> bool:
        # A slot that a template left empty says nothing (edm.md 8, trap 29); where a rule forbids it, reading refuses.
        value = self._values[name].find(_VALUE)
        return self._table.not_empty is None and (value is None or not shallow_text(value))

    def _value(self, name: str) -> Element:
        found = self._values[name].findall(_VALUE)
        if len(found) != 1:
            raise Breach(f"slot {name} has {len(found)} Values, not one", self._table.not_empty)
        return found[0]

    def _not_blank(self, name: str, value: str) -> str:
        if not value:
            raise Breach(f"slot {name} is empty; a slot with nothing to say is left out", self._table.not_empty)
        return value


def specification_of(root: Element, *, rule: str) -> Specification:
    """Give the line that a document says it follows; `rule` says that it is one of those that exist."""
    found = known_specification_of(root)
    if found is None:
        raise Breach(f"SpecificationIdentifier is not {' or '.join(SPECIFICATIONS)}, which is spoken here", rule)
    return found


def known_specification_of(root: Element) -> Specification | None:
    """Give the line that a document says it follows, if it is spoken here."""
    return SPECIFICATIONS.get(line_of(root) or "")


def line_of(root: Element) -> str | None:
    """Give what a document says about its line, whatever that is."""
    for slot in root.iterchildren(_SLOT):
        if slot.get("name") == "SpecificationIdentifier":
            value = slot.find(f"{_SLOT_VALUE}/{_VALUE}")
            # Children of the value are for the readers to refuse.
            return None if value is None else shallow_text(value)
    return None


def type_of(element: Element) -> tuple[str | None, str]:
    """Give namespace and name of `xsi:type`; a type whose prefix is not declared has no namespace."""
    prefix, _, name = attribute(element, XSI_TYPE).rpartition(":")
    return element.nsmap.get(prefix or None), name


def _must_be(element: Element, expected: SlotType, what: str, rule: str | None) -> None:
    if type_of(element) != (RIM, expected.value):
        raise Breach(f"{what} is not of type rim:{expected.value}", rule)


def _content(any_value: Element, definition: SlotDefinition) -> Element:
    found = list(any_value.iterchildren("*"))
    if len(found) != 1 or found[0].tag != f"{{{SDG}}}{definition.content}":
        raise Breach(f"slot {definition.name} does not hold one sdg:{definition.content}", definition.filled)
    return found[0]


def _read_date_time(value: str, name: str) -> datetime:
    # Without a zone it is UTC; digits below the microsecond are dropped.
    if not _DATE_TIME.fullmatch(value):
        raise Breach(f"{name} is no date and time like 2026-01-31T12:00:00.000Z")
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Breach(f"{name} is a moment of no calendar") from error


# --- writing ----------------------------------------------------------------------------------------------------------


def _slot_value(parent: Element, name: str, slot_type: SlotType) -> Element:
    slot = etree.SubElement(parent, _SLOT, {"name": name})
    return etree.SubElement(slot, _SLOT_VALUE, {XSI_TYPE: f"rim:{slot_type.value}"})


def write_string(parent: Element, name: str, value: str) -> None:
    """Append a String slot; raises `CallerError` for a text that is too long."""
    if len(value) > _MAX_STRING:
        raise CallerError(f"{name} has {len(value)} characters; the schema of RegRep allows {_MAX_STRING}")
    sub(_slot_value(parent, name, SlotType.STRING), _VALUE, value)


def write_date_time(parent: Element, name: str, moment: datetime) -> None:
    """Append a DateTime slot: UTC with milliseconds and `Z`."""
    if moment.tzinfo is None:
        raise CallerError(f"{name} has no time zone")
    value = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sub(_slot_value(parent, name, SlotType.DATE_TIME), _VALUE, value)


def write_boolean(parent: Element, name: str, *, value: bool) -> None:
    """Append a Boolean slot."""
    sub(_slot_value(parent, name, SlotType.BOOLEAN), _VALUE, "true" if value else "false")


def write_international_string(parent: Element, name: str, texts: Iterable[MultilingualString]) -> None:
    """Append an InternationalString slot; raises `CallerError` for a text that is too long."""
    value = etree.SubElement(_slot_value(parent, name, SlotType.INTERNATIONAL_STRING), _VALUE)
    for item in texts:
        if len(item.text) > _MAX_FREE_TEXT:
            raise CallerError(f"{name} has {len(item.text)} characters; the schema of RegRep allows {_MAX_FREE_TEXT}")
        language = {} if item.lang is None else {_XML_LANG: item.lang}
        sub(value, _LOCALIZED_STRING, attributes={**language, "value": item.text})


def write_code(parent: Element, definition: SlotDefinition, code: str) -> None:
    """Append a slot with a code, in the type that the line has for it."""
    if definition.type is SlotType.STRING:
        write_string(parent, definition.name, code)
    else:
        write_international_string(parent, definition.name, [MultilingualString(text=code, lang=_LANG_OF_CODES)])


def write_any(parent: Element, name: str) -> Element:
    """Append an Any slot, and give the element that takes its content."""
    return _slot_value(parent, name, SlotType.ANY)


def write_collection(parent: Element, name: str) -> Element:
    """Append a Collection slot, and give what `write_element` fills."""
    collection = _slot_value(parent, name, SlotType.COLLECTION)
    collection.set("collectionType", COLLECTION_SET)
    return collection


def write_element(collection: Element) -> Element:
    """Append an Any to a collection, and give the element that takes its content."""
    return etree.SubElement(collection, _ELEMENT, {XSI_TYPE: f"rim:{SlotType.ANY.value}"})
