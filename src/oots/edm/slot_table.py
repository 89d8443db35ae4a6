"""What a slot may be, and a table of slots; the tables themselves stand in `request_slots` and `answer_slots`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class SlotType(Enum):
    """The value types that OOTS uses, by their name in rim."""

    STRING = "StringValueType"
    DATE_TIME = "DateTimeValueType"
    BOOLEAN = "BooleanValueType"
    INTERNATIONAL_STRING = "InternationalStringValueType"
    ANY = "AnyValueType"
    COLLECTION = "CollectionValueType"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDefinition:
    """One slot: what it holds, and the official rules that say so."""

    name: str
    type: SlotType
    required: bool = True
    presence: str
    """Rule: exactly one, or at most one."""
    typed: str
    """Rule: the value is of this type."""
    content: str | None = None
    """Name of the SDG element in an Any, or in each Any of a Collection."""
    filled: str | None = None
    """Rule: the content is there."""
    elements_typed: str | None = None
    """Rule of a Collection: its elements are of type Any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTable:
    """
    The slots that one element may have, and the rules for all of them.

    What has no rule here is read over: so answers are, because there is nobody to tell.
    """

    by_name: Mapping[str, SlotDefinition]
    single_value: str
    """Rule: exactly one SlotValue."""
    not_empty: str | None = None
    """Rule: a SlotValue has an element."""
    collection_filled: str | None = None
    closed: str | None = None
    """Rule: no other slots."""
    collection_is_set: str | None = None


def by_name(*definitions: SlotDefinition) -> Mapping[str, SlotDefinition]:
    """Give definitions under the names of their slots."""
    return {item.name: item for item in definitions}
