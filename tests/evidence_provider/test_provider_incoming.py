"""From a delivered message to a request that may be answered: each refusal with its rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence_provider.incoming import Unanswerable, check_answerable, property_of, read_incoming
from oots.codes import MIME_REGREP, PARTY_TYPE_OOTS, Action, EdmCode
from oots.ebms.messages import PartyId, Property
from oots.edm.model import EvidenceRequest
from oots.errors import InvalidRequest
from oots.net.gateway_client import DeliveredPart, Delivery
from tests.edm.edm_vectors import BIRTH_RECORD, DEFERRED, changed, vector, without_slot
from tests.validation.rules_at_hand import loaded_rules

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CONVERSATION = "4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001"
EXCHANGE_ID = Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002")
SPECIFICATION_ID = Property(name="SpecificationId", value="oots-edm:v2.0")
REQUESTER = Property(
    name="originalSender", value="CM-EXEMPLO", type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT"
)
PROVIDER = Property(name="finalRecipient", value="003700000000", type="urn:cef.eu:names:identifier:EAS:0037")
REGREP = DeliveredPart(content_id="request@pt.example", mime_type=MIME_REGREP, size=1)


def a_delivery(*properties: Property, **changes: Any) -> Delivery:
    delivery = Delivery(
        message_id="m1@pt.example",
        timestamp=NOW,
        sender=PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS),
        receiver=PartyId(value="AP_FI_01", type=PARTY_TYPE_OOTS),
        action=Action.REQUEST.value,
        conversation_id=CONVERSATION,
        properties=properties or (REQUESTER, PROVIDER, EXCHANGE_ID, SPECIFICATION_ID),
        parts=(REGREP,),
        certificate="",
    )
    return replace(delivery, **changes)


def read(delivery: Delivery, raw: bytes) -> EvidenceRequest:
    return read_incoming(delivery, raw, rules=loaded_rules(), now=NOW).request


def test_a_request_that_breaks_nothing_is_read() -> None:
    request = read(a_delivery(), vector(BIRTH_RECORD))

    assert request.id == "urn:uuid:1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01"
    assert request.requester.identifier.value == "CM-EXEMPLO"


def test_the_order_of_the_properties_is_nobodys_business() -> None:
    delivery = a_delivery(SPECIFICATION_ID, PROVIDER, EXCHANGE_ID, REQUESTER)

    assert read(delivery, vector(BIRTH_RECORD)).specification == "oots-edm:v2.0"


def test_further_parts_are_nobodys_business() -> None:
    other = DeliveredPart(content_id="other@pt.example", mime_type="text/plain", size=1)

    assert read(a_delivery(parts=(REGREP, other)), vector(BIRTH_RECORD)).procedure == "S1"


OTHER_LINE = ("R-EDM-REQ-C001", "X27")
PROPERTIES = ("R-EDM-ebMS-018", "R-EDM-ebMS-019")


@pytest.mark.parametrize(
    ("delivery", "rules"),
    [
        (a_delivery(REQUESTER, PROVIDER), PROPERTIES),
        (a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID), PROPERTIES),
        (a_delivery(REQUESTER, PROVIDER, SPECIFICATION_ID), PROPERTIES),
        (a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, EXCHANGE_ID), PROPERTIES[1:]),
        (a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, SPECIFICATION_ID, Property(name="x", value="y")), PROPERTIES),
        (
            a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, replace(SPECIFICATION_ID, name="specificationid")),
            PROPERTIES[1:],
        ),
        (
            a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, replace(SPECIFICATION_ID, value="oots-edm:v1.2")),
            OTHER_LINE,
        ),
        (a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, replace(SPECIFICATION_ID, value="")), ("R-EDM-ebMS-038",)),
        (a_delivery(REQUESTER, PROVIDER, EXCHANGE_ID, replace(SPECIFICATION_ID, value="1.2")), ("R-EDM-ebMS-038",)),
        (a_delivery(replace(REQUESTER, value="CM-OUTRO"), PROVIDER, EXCHANGE_ID, SPECIFICATION_ID), ("X7",)),
        (a_delivery(replace(REQUESTER, type=None), PROVIDER, EXCHANGE_ID, SPECIFICATION_ID), ("X7",)),
        (a_delivery(REQUESTER, replace(PROVIDER, value="003700000001"), EXCHANGE_ID, SPECIFICATION_ID), ("X7",)),
        (a_delivery(REQUESTER, replace(PROVIDER, type="urn:x"), EXCHANGE_ID, SPECIFICATION_ID), ("X7",)),
    ],
)
def test_a_header_that_breaks_a_rule_refuses_the_request(delivery: Delivery, rules: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(delivery, vector(BIRTH_RECORD))

    assert refused.value.code is EdmCode.INVALID_REQUEST
    assert refused.value.rules == rules


@pytest.mark.parametrize(
    ("document", "rules", "detail"),
    [
        (lambda: b"", (), "no XML that is accepted: not well-formed: document empty, line 1, column 1"),
        (lambda: b"PDF", (), "no XML that is accepted"),
        (lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', (), "document type declaration"),
        (lambda: b"<a>" * 101 + b"</a>" * 101, (), "nested more than 100 deep"),
        (lambda: b"<a>" + b"x" * (1 << 20) + b"</a>", (), "1048583 bytes"),
        (lambda: b"<a/>", ("R-EDM-REQ-S002",), "the document element is not query:QueryRequest"),
        (lambda: vector(DEFERRED), ("R-EDM-REQ-S001",), "the document element is not query:QueryRequest"),
        (lambda: changed(BIRTH_RECORD, ("v2.0", "v1.2")), OTHER_LINE, "contradicts"),
        (lambda: changed(BIRTH_RECORD, ("v2.0", "v3.0")), OTHER_LINE, "contradicts"),
        (lambda: without_slot(BIRTH_RECORD, "SpecificationIdentifier"), ("R-EDM-REQ-C001",), "SpecificationIdentifier"),
        (lambda: without_slot(BIRTH_RECORD, "PossibilityForPreview"), ("R-EDM-REQ-S009",), "PossibilityForPreview"),
        (
            lambda: changed(BIRTH_RECORD, ("<sdg:FamilyName>Esimerkki</sdg:FamilyName>", "")),
            ("cvc-complex-type.2.4",),
            "expected: sdg:FamilyName",
        ),
    ],
)
def test_a_document_that_breaks_a_rule_refuses_the_request(
    document: Callable[[], bytes], rules: tuple[str, ...], detail: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(a_delivery(), document())

    assert refused.value.rules == rules
    assert detail in refused.value.detail
    assert "Esimerkki" not in refused.value.detail


def test_the_header_is_looked_at_before_the_document() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(a_delivery(REQUESTER, PROVIDER, SPECIFICATION_ID), b"<a")

    assert refused.value.rules == PROPERTIES


@pytest.mark.parametrize(
    "delivery",
    [
        a_delivery(),
        a_delivery(conversation_id=CONVERSATION.upper()),
        a_delivery(REQUESTER, PROVIDER),
        a_delivery(REQUESTER, PROVIDER, replace(EXCHANGE_ID, value=EXCHANGE_ID.value.upper())),
    ],
    ids=["usual", "capitals", "no exchange", "capital exchange"],
)
def test_an_answer_can_repeat_what_is_a_uuid_or_is_not_there(delivery: Delivery) -> None:
    check_answerable(delivery)


@pytest.mark.parametrize(
    "value", ["", "1", f"urn:uuid:{CONVERSATION}", f"{CONVERSATION}\n", CONVERSATION[:-1], "g" * 36]
)
def test_no_answer_can_repeat_what_is_no_uuid(value: str) -> None:
    with pytest.raises(Unanswerable, match="R-EDM-ebMS-017"):
        check_answerable(a_delivery(conversation_id=value))
    with pytest.raises(Unanswerable, match="R-EDM-ebMS-037"):
        check_answerable(a_delivery(REQUESTER, PROVIDER, replace(EXCHANGE_ID, value=value), SPECIFICATION_ID))


def test_a_property_is_found_by_its_exact_name() -> None:
    assert property_of(a_delivery(), "ExchangeId") == EXCHANGE_ID.value
    assert property_of(a_delivery(), "exchangeid") is None
