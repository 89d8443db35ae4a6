"""Whatever comes, reading gives a value or says in one sentence why not; nothing else is raised."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from oots.common_services.certificate_path import Trust
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_evidence_types, read_requirements
from oots.common_services.interface import V1_0, V2_0
from oots.common_services.signature import verify_detached
from oots.errors import UnreadableAnswer, UntrustedAnswer
from oots.xml import Element, parse
from tests.vectors.signed_answers.make_signed_answers import GOOD, ROOT
from tests.vectors.signed_answers.signing import BODY, base64url

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "common_services").glob("*.xml"))


def _removed(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _doubled(element: Element) -> None:
    if element.getparent() is not None:
        element.addnext(deepcopy(element))


def _renamed(element: Element) -> None:
    element.tag = "{urn:other}Other"


def _emptied(element: Element) -> None:
    element.clear()


def _filled(element: Element) -> None:
    etree.SubElement(element, "{http://data.europa.eu/p4s}Identifier").text = "x"


def _without_attributes(element: Element) -> None:
    element.attrib.clear()


@pytest.mark.parametrize("change", [_removed, _doubled, _renamed, _emptied, _filled, _without_attributes])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_each_element_changed_gives_a_value_or_a_sentence(vector: Path, change: Callable[[Element], None]) -> None:
    interface = V1_0 if "in-1.0" in vector.name else V2_0
    data = vector.read_bytes()
    for position in range(len(list(parse(data).iter("*")))):
        root = parse(data)
        change(list(root.iter("*"))[position])
        for read in (read_requirements, read_evidence_types, read_data_services):
            try:
                read(etree.tostring(root), interface)
            except UnreadableAnswer as error:
                assert len(str(error)) < 300  # noqa: PT017


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_names = st.sampled_from(["alg", "x5c", "x5t#o", "b64", "iat", "sigD", "crit"])


def _verified(protected: bytes) -> None:
    digest = GOOD.digest()
    fields = {"digest": digest, "oots-response-sig": f"{base64url(protected)}..{base64url(bytes(64))}"}
    trust = Trust(roots=(ROOT.certificate,))
    with pytest.raises(UntrustedAnswer):
        verify_detached(BODY, fields, trust=trust, at=datetime(2026, 11, 23, 8, tzinfo=UTC))


@settings(max_examples=200)
@given(st.dictionaries(_names, _json, min_size=1))
def test_whatever_the_members_of_a_header_are_it_is_refused_by_a_step(members: dict[str, Any]) -> None:
    _verified(json.dumps(json.loads(GOOD.header()) | members).encode())


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_whatever_the_header_is_it_is_refused_by_a_step(octets: bytes) -> None:
    _verified(octets)


# Of a serial number below zero cryptography says that it will refuse it one day.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=100)
@given(st.data())
def test_a_certificate_with_any_byte_changed_is_refused_by_a_step(data: st.DataObject) -> None:
    members = json.loads(GOOD.header())
    octets = bytearray(base64.b64decode(members["x5c"][0]))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    members["x5c"][0] = base64.b64encode(bytes(octets)).decode()
    del members["x5t#o"]
    _verified(json.dumps(members).encode())
