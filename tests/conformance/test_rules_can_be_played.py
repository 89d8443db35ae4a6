"""No rule stumbles: whatever stands twice, is empty or misses its attributes, every rule still gives its verdict."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest

from oots.xml import Element
from tests.conformance.changes import BOTH, Line, base_document
from tests.conformance.checked import broken_rules
from tests.conformance.test_bases import NAMES


def twice(element: Element) -> None:
    if element.getparent() is not None:
        element.addnext(deepcopy(element))


def empty(element: Element) -> None:
    del element[:]
    element.text = None


def without_attributes(element: Element) -> None:
    element.attrib.clear()


def of_another_name(element: Element) -> None:
    element.tag = "{urn:example:other}Other"


CHANGES = [twice, empty, without_attributes, of_another_name]


def each_element_changed(root: Element, change: Callable[[Element], None]) -> Iterator[Element]:
    for index in range(sum(1 for _ in root.iter("*"))):
        changed = deepcopy(root)
        change(next(element for number, element in enumerate(changed.iter("*")) if number == index))
        yield changed


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("line", BOTH)
@pytest.mark.parametrize("base", NAMES)
def test_every_rule_gives_a_verdict(base: str, line: Line, change: Callable[[Element], None]) -> None:
    verdicts = [
        broken_rules(changed, base, line) for changed in each_element_changed(base_document(base, line), change)
    ]

    assert any(verdicts)
