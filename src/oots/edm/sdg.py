"""
Elements of the SDG Generic Metadata Profile that several documents share: identifiers, texts, addresses, agents.

The same element is wider or narrower by where it stands (edm.md 3.3): an `AgentPlace` says how, and which rules say so.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, TypeVar

from lxml import etree

from oots.edm.elements import Breach, Children, attribute, local_name, sub, text, token
from oots.edm.model import Address, Agent, AgentClassification, Identifier, MultilingualString
from oots.errors import CallerError
from oots.xml import SDG, Element

_E = TypeVar("_E", bound=Enum)
_DATE: Final = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)(?P<zone>Z|[+-]\d\d:\d\d)?")
_BARE: Final = frozenset({"Identifier", "Name"})
_FULL: Final = frozenset({"Identifier", "Name", "Address", "Classification"})


def q(name: str) -> str:
    """Give the name in the SDG namespace."""
    return f"{{{SDG}}}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlace:
    """
    Where an agent stands, and so which children it has.

    Answers have no rules here: what breaks one of theirs is read all the same, because there is nobody to tell.
    """

    name: str
    children: frozenset[str]
    closed: str | None = None
    """Rule: no other children."""
    scheme: str | None = None
    """Rule: the identifier has a scheme."""
    language: str | None = None
    """Rule: each name has a language."""
    country: str | None = None
    """Rule: an address says the country."""
    classified: str | None = None
    """Rule: the classification is there."""
    classification: str | None = None
    """Rule: the classification is one of `allowed`."""
    allowed: frozenset[AgentClassification] = frozenset(AgentClassification)


REQUESTER_OF_REQUEST: Final = AgentPlace(
    name="EvidenceRequester",
    children=_FULL,
    closed="R-EDM-REQ-S040",
    scheme="R-EDM-REQ-C011",
    language="R-EDM-REQ-C109",
    country="R-EDM-REQ-C073",
    classified="R-EDM-REQ-C013",
    classification="R-EDM-REQ-C014",
    allowed=frozenset({AgentClassification.EVIDENCE_REQUESTER, AgentClassification.INTERMEDIARY_PLATFORM}),
)
PROVIDER_OF_REQUEST: Final = AgentPlace(
    name="EvidenceProvider",
    children=_BARE,
    closed="R-EDM-REQ-S043",
    scheme="R-EDM-REQ-C017",
    language="R-EDM-REQ-C111",
)
PROVIDER_OF_RESPONSE: Final = AgentPlace(name="EvidenceProvider", children=_FULL)
REQUESTER_OF_ANSWER: Final = AgentPlace(name="EvidenceRequester", children=_BARE)
ERROR_PROVIDER: Final = AgentPlace(name="ErrorProvider", children=_FULL)
ISSUING_AUTHORITY: Final = AgentPlace(name="IssuingAuthority", children=_BARE | {"Address"})


def read_identifier(element: Element, scheme_rule: str | None = None) -> Identifier:
    """Read an identifier; with `scheme_rule` it must have a scheme."""
    scheme_id = attribute(element, "schemeID") or None
    if scheme_id is None and scheme_rule is not None:
        raise Breach(f"{local_name(element)} has no schemeID", scheme_rule)
    value = token(element)
    if not value:
        raise Breach(f"{local_name(element)} is empty")
    return Identifier(value=value, scheme_id=scheme_id)


def write_identifier(parent: Element, name: str, identifier: Identifier) -> None:
    """Append an identifier."""
    sub(parent, q(name), identifier.value, {} if identifier.scheme_id is None else {"schemeID": identifier.scheme_id})


def read_strings(elements: Iterable[Element], language_rule: str | None = None) -> tuple[MultilingualString, ...]:
    """Read a text in its languages; with `language_rule` each must say which one it is in."""
    return tuple(_read_string(element, language_rule) for element in elements)


def _read_string(element: Element, language_rule: str | None) -> MultilingualString:
    lang = attribute(element, "lang")
    if not lang and language_rule is not None:
        raise Breach(f"{local_name(element)} has no lang", language_rule)
    return MultilingualString(text=token(element), lang=lang or None)


def write_required_strings(parent: Element, name: str, texts: Collection[MultilingualString]) -> None:
    """Append a text in its languages; raises `CallerError` when there is none."""
    if not texts:
        raise CallerError(f"{local_name(parent)} has no {name}")
    write_strings(parent, name, texts)


def write_strings(parent: Element, name: str, texts: Iterable[MultilingualString]) -> None:
    """Append a text in its languages."""
    for item in texts:
        sub(parent, q(name), item.text, {} if item.lang is None else {"lang": item.lang})


def read_code(element: Element, codes: type[_E], rule: str | None) -> _E:
    """Read a value of a code list that is an `Enum` here."""
    try:
        return codes(token(element))
    except ValueError as error:
        expected = ", ".join(str(code.value) for code in codes)
        raise Breach(f"{local_name(element)} is none of {expected}", rule) from error


def read_date(element: Element, rule: str | None = None) -> date:
    """Read an xs:date; where no rule forbids it, a zone may follow and is dropped."""
    found = _DATE.fullmatch(text(element))
    if found is None or (found["zone"] and rule is not None):
        raise Breach(f"{local_name(element)} is no date like 2026-01-31", rule)
    try:
        return date.fromisoformat(found["date"])
    except ValueError as error:
        raise Breach(f"{local_name(element)} is a day of no calendar", rule) from error


def read_address(element: Element, country_rule: str | None = None) -> Address:
    """Read an address; the country must be there."""
    children = Children(element, SDG)
    return Address(
        full_address=children.optional_text("FullAddress"),
        locator_designator=children.optional_text("LocatorDesignator"),
        post_code=children.optional_text("PostCode"),
        post_city_name=children.optional_text("PostCityName"),
        thoroughfare=children.optional_text("Thoroughfare"),
        admin_unit_level1=children.token("AdminUnitLevel1", country_rule),
        admin_unit_level2=children.optional_token("AdminUnitLevel2"),
    )


def write_address(parent: Element, name: str, address: Address) -> None:
    """Append an address."""
    element = etree.SubElement(parent, q(name))
    write_texts(
        element,
        ("FullAddress", address.full_address),
        ("LocatorDesignator", address.locator_designator),
        ("PostCode", address.post_code),
        ("PostCityName", address.post_city_name),
        ("Thoroughfare", address.thoroughfare),
        ("AdminUnitLevel1", address.admin_unit_level1),
        ("AdminUnitLevel2", address.admin_unit_level2),
    )


def write_texts(parent: Element, *named: tuple[str, str | None]) -> None:
    """Append an element for each name with a text, in the order given."""
    for name, value in named:
        if value is not None:
            sub(parent, q(name), value)


def read_agent(element: Element, place: AgentPlace) -> Agent:
    """Read an agent with the children that its place allows."""
    children = Children(element, SDG)
    if place.closed is not None:
        children.must_be(place.children, place.closed)
    names = children.all("Name")
    if not names:
        raise Breach(f"the agent in {place.name} has no Name")
    address = children.optional("Address") if "Address" in place.children else None
    return Agent(
        identifier=read_identifier(children.one("Identifier"), place.scheme),
        names=read_strings(names, place.language),
        address=None if address is None else read_address(address, place.country),
        classification=_read_classification(children, place) if "Classification" in place.children else None,
    )


def _read_classification(children: Children, place: AgentPlace) -> AgentClassification | None:
    element = children.optional("Classification")
    if element is None or not token(element):
        if place.classified is not None:
            raise Breach(f"the agent in {place.name} has no Classification", place.classified)
        return None
    found = read_code(element, AgentClassification, place.classification)
    if found not in place.allowed:
        raise Breach(f"an agent in {place.name} is classified {found.value}", place.classification)
    return found


def write_agent(parent: Element, name: str, agent: Agent, place: AgentPlace) -> None:
    """Append an agent; raises `CallerError` for a part that its place does not have."""
    if agent.address is not None and "Address" not in place.children:
        raise CallerError(f"the agent in {place.name} has an address, which it cannot carry here; use echoed()")
    if (agent.classification is not None) is not ("Classification" in place.children):
        must = "needs" if agent.classification is None else "cannot carry"
        raise CallerError(f"the agent in {place.name} {must} a classification here")
    element = etree.SubElement(parent, q(name))
    write_identifier(element, "Identifier", agent.identifier)
    write_required_strings(element, "Name", agent.names)
    if agent.address is not None:
        write_address(element, "Address", agent.address)
    if agent.classification is not None:
        write_texts(element, ("Classification", agent.classification.value))


def principal_of(
    agents: tuple[Agent, ...], classification: AgentClassification, *, rule: str
) -> tuple[Agent, tuple[Agent, ...]]:
    """Part the one agent of a classification from the platforms that work for it."""
    principals = [agent for agent in agents if agent.classification is classification]
    if len(principals) != 1:
        raise Breach(f"{len(principals)} agents are classified {classification.value}, exactly one is expected", rule)
    return principals[0], tuple(agent for agent in agents if agent is not principals[0])


def with_platforms(
    principal: Agent, platforms: tuple[Agent, ...], classification: AgentClassification
) -> tuple[Agent, ...]:
    """Give all agents of a collection; raises `CallerError` for one whose classification is not that of its part."""
    if principal.classification is not classification:
        raise CallerError(f"the first agent of the collection is not classified {classification.value}")
    if any(agent.classification is not AgentClassification.INTERMEDIARY_PLATFORM for agent in platforms):
        raise CallerError("an intermediary is not classified IP")
    return (principal, *platforms)
