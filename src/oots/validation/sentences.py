"""
What an error of `xmlschema` means, as a sentence that says what was found and what would be right.

Which errors there are, and what is done with the sentences, is decided in `explained`.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree
from xmlschema import XMLSchema, XMLSchemaChildrenValidationError, XMLSchemaValidationError

from oots.validation.wording import listed, local, name_of, plain, quoted
from oots.xml import XSI, Element

XSI_TYPE: Final = f"{{{XSI}}}type"

_NEAR: Final = 0.75
_XS: Final = "http://www.w3.org/2001/XMLSchema"
_RIGHT: Final = {
    "date": "a day such as 1990-01-31",
    "dateTime": "a date and time such as 2026-11-23T09:30:00.000Z",
    "boolean": "true or false",
    "integer": "a whole number such as 7",
    "nonNegativeInteger": "a whole number such as 7",
    "float": "a number such as 1.5",
    "duration": "a duration such as PT15M",
    "base64Binary": "base64",
    "anyURI": "a URI such as https://example.org/a",
    "NCName": "a name of letters, digits, '.', '-' and '_' that begins with a letter",
    "ID": "a name that no other element has",
}
_OCCURS: Final = {(0, 1): " (optional)", (0, None): " (any number)", (1, None): " (one or more)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that is wrong with a document."""

    clause: str
    """Of XML Schema, written as `xsd` writes it."""
    line: int
    path: str
    sentence: str
    settles: bool = False
    """Whatever else is said about the same element follows from this."""


def known_type(element: Element, schema: XMLSchema) -> bool:
    """Tell whether the `xsi:type` of an element exists."""
    prefix, _, name = (element.get(XSI_TYPE) or "").strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return (f"{{{namespace}}}{name}" if namespace else name) in schema.maps.types


def unknown_type(element: Element, schema: XMLSchema) -> Told:
    """Tell that it does not."""
    value = element.get(XSI_TYPE) or ""
    names = {local(name): name_of(name) for name in schema.maps.types if _XS not in name}
    near = difflib.get_close_matches(value.rpartition(":")[2], names, n=1, cutoff=_NEAR)
    hint = f"; perhaps {names[near[0]]} is meant" if near else "; is its prefix bound to the namespace of RegRep?"
    return Told(
        clause="cvc-elt.4.2",
        line=_line(element),
        path=element.getroottree().getpath(element),
        sentence=f"{name_of(element.tag)} has the xsi:type {quoted(value)}, which does not exist{hint}",
    )


def tell(error: XMLSchemaValidationError) -> Told | None:
    """Tell what an error means; None for one that only repeats the error of a child."""
    reason, element = error.reason or "", _element(error)
    if isinstance(error, XMLSchemaChildrenValidationError):
        clause, sentence = "cvc-complex-type.2.4", _children(error)
        element = element if error.invalid_tag is None else element[error.index]
    elif "cannot substitute" in reason and type(error.validator).__name__ == "XsdGroup":
        return None
    else:
        clause, sentence = _other(error)
    return Told(
        clause=clause,
        line=_line(element),
        path=error.path or "",
        sentence=sentence,
        settles=any(words in reason for words in _SETTLING),
    )


def _element(error: XMLSchemaValidationError) -> Any:
    return error.elem


def _line(element: Any) -> int:
    return element.sourceline or 0


# --- children ---------------------------------------------------------------------------------------------------------


def _children(error: XMLSchemaChildrenValidationError) -> str:
    parent: Any = error.elem
    model: Any = error.validator
    expected = " or ".join(name_of(item.name) for item in error.expected or () if item.name)
    return f"{_misplaced(error, parent, model, expected)}. {name_of(parent.tag)} {_holds(model)}"


def _misplaced(error: XMLSchemaChildrenValidationError, parent: Any, model: Any, expected: str) -> str:
    if error.invalid_tag is None:
        return f"{name_of(parent.tag)} lacks {expected or 'a child'}"
    child = name_of(error.invalid_tag)
    if not any(item.is_matching(error.invalid_tag) for item in model.iter_elements()):
        known = [item.name for item in model.iter_elements() if item.name]
        wanted = f"; {expected} is expected" if expected else ""
        return f"{child} is not known in {name_of(parent.tag)}{_near(error.invalid_tag, known)}{wanted}"
    if expected:
        return f"{child} stands where {expected} is expected"
    return f"{child} stands in the wrong place, or once too often"


def _near(tag: str, known: list[str]) -> str:
    names = {local(name): name for name in known}
    near = difflib.get_close_matches(local(tag), names, n=1, cutoff=_NEAR)
    if not near:
        return ""
    if near[0] == local(tag):
        return f"; {name_of(names[near[0]])} would be, in the namespace {etree.QName(names[near[0]]).namespace}"
    return f"; perhaps {name_of(names[near[0]])} is meant"


def _holds(model: Any) -> str:
    if not len(model):
        return "holds no elements"
    if model.model == "choice":
        return f"holds {listed(_particles(model), ' or ')}"
    return f"holds, in this order: {listed(_particles(model))}"


def _particles(group: Any) -> list[str]:
    names = []
    for item in group:
        if not hasattr(item, "model"):
            name = name_of(item.name) if item.name else "an element of any name"
            names.append(name + _OCCURS.get((item.min_occurs, item.max_occurs), ""))
        elif item.model == "choice":
            names.append(listed(_particles(item), " or "))
        else:
            names.extend(_particles(item))
    return names


# --- values, attributes, types ----------------------------------------------------------------------------------------


def _other(error: XMLSchemaValidationError) -> tuple[str, str]:
    say = _BY_VALIDATOR.get(type(error.validator).__name__)
    return say(error) if say else _by_reason(error)


def _enumeration(error: XMLSchemaValidationError) -> tuple[str, str]:
    facet: Any = error.validator
    return (
        "cvc-enumeration-valid",
        f"{_has_value(error)}; right would be {listed(map(str, facet.enumeration), ' or ')}",
    )


def _too_long(error: XMLSchemaValidationError) -> tuple[str, str]:
    facet: Any = error.validator
    length = len(str(error.obj))
    return "cvc-maxlength-valid", f"{_has_value(error)} of {length} characters; at most {facet.value} are allowed"


def _too_short(error: XMLSchemaValidationError) -> tuple[str, str]:
    facet: Any = error.validator
    length = len(str(error.obj))
    return "cvc-minlength-valid", f"{_has_value(error)} of {length} characters; {facet.value} or more are needed"


def _length(error: XMLSchemaValidationError) -> tuple[str, str]:
    # Only xml:lang has a length: none, or that of a language tag.
    return "cvc-datatype-valid.1.2.3", f"{_has_value(error)}; right would be a language such as EN"


def _attributes(error: XMLSchemaValidationError) -> tuple[str, str]:
    group: Any = error.validator
    reason, element = error.reason or "", name_of(_element(error).tag)
    found = re.search(r"'([^']+)'", reason)
    name = name_of(found[1]) if found else "an attribute"
    if reason.startswith("missing"):
        return "cvc-complex-type.4", f"{element} lacks the attribute {name}"
    allowed = listed(name_of(key) for key in group if key)
    return "cvc-complex-type.3.2.1", f"{element} may not have the attribute {name}; allowed are: {allowed or 'none'}"


def _datatype(error: XMLSchemaValidationError) -> tuple[str, str]:
    datatype: Any = error.validator
    name = local(datatype.name or "")
    right = _RIGHT.get(name)
    what = f"no xs:{name}" if _XS in (datatype.name or "") else "not allowed"
    hint = f"; right would be {right}" if right else ""
    return "cvc-datatype-valid.1.2.1", f"{_has_value(error)}, which is {what}{hint}"


def _has_value(error: XMLSchemaValidationError) -> str:
    found = re.match(r"attribute ([^=\s]{1,200})=", error.reason or "")
    subject = name_of(_element(error).tag)
    if found:
        subject = f"the attribute {name_of(found[1])} of {subject}"
    return f"{subject} has the value {quoted(str(error.obj))}"


def _by_reason(error: XMLSchemaValidationError) -> tuple[str, str]:
    element, reason = _element(error), error.reason or ""
    for words, clause, sentence in _BY_REASON:
        if words in reason:
            return clause, f"{name_of(element.tag)} {sentence}"
    if "cannot substitute" in reason:
        value = element.get(XSI_TYPE) or ""
        return "cvc-elt.4.3", f"{name_of(element.tag)} may not have the xsi:type {quoted(value)}{_concrete(error)}"
    if "is abstract" in reason:
        return "cvc-type.2", f"{name_of(element.tag)} needs an xsi:type that says what it holds{_concrete(error)}"
    return "cvc-type", f"{name_of(element.tag)} does not follow the schema: {plain(reason)}"


def _concrete(error: XMLSchemaValidationError) -> str:
    declaration: Any = error.validator
    base = declaration.type
    names = sorted(
        name_of(item.name)
        for item in declaration.maps.types.values()
        if item.is_complex() and not item.abstract and item is not base and item.is_derived(base)
    )
    return f"; right would be {listed(names, ' or ')}" if names else ""


_BY_VALIDATOR: Final[dict[str, Callable[[XMLSchemaValidationError], tuple[str, str]]]] = {
    "XsdAttributeGroup": _attributes,
    "XsdEnumerationFacets": _enumeration,
    "XsdMaxLengthFacet": _too_long,
    "XsdMinLengthFacet": _too_short,
    "XsdLengthFacet": _length,
    "XsdAtomicBuiltin": _datatype,
    "XsdAtomicRestriction": _datatype,
    "XsdUnion": _datatype,
    "XsdPatternFacets": _datatype,
}

_SETTLING: Final = ("cannot substitute", "is abstract", "content is empty")

_BY_REASON: Final = (
    ("between child elements", "cvc-complex-type.2.3", "has text between its child elements, where none may stand"),
    ("content is empty", "cvc-complex-type.2.1", "must be empty"),
    ("can't have child elements", "cvc-complex-type.2.2", "has child elements where only text is allowed"),
    ("is not nillable", "cvc-elt.3.1", "cannot be nil: leave the element out instead"),
    ("is not an element of the schema", "cvc-elt.1", "is no document element of this schema"),
)
"""Words in the reasons of xmlschema, the clause they are about, and what we say."""
