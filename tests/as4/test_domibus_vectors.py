"""Domibus-shaped messages are accepted, and one byte of what counts makes them fail (as4.md 3.7 and 11.4, X27, X29)."""

import re

import pytest
from lxml import etree

from oots.as4 import Accepted, read_answer
from oots.errors import OotsError
from oots.xml import EB, WSU
from tests.as4.vectors import JUDGED_AT, MADE, as_sent, expected, identity, message, party
from tests.vectors.made.make_domibus import vectors

USER_MESSAGE, RECEIPT = MADE / "domibus-user-message", MADE / "domibus-receipt"


def open_message(body: bytes) -> list[bytes]:
    """Open the user message, or what was made of it."""
    received = party("receiver").open(message(USER_MESSAGE)[0], [body], now=JUDGED_AT)
    return [payload.content.read() for payload in received.payloads]


def judge_receipt(receipt: bytes) -> Accepted:
    """Judge the receipt, or what was made of it, as the sender of the user message."""
    answer = read_answer(
        (RECEIPT / "content-type.txt").read_text(),
        receipt,
        sent=as_sent(USER_MESSAGE),
        on_file=[identity("receiver").certificate],
        now=JUDGED_AT,
    )
    assert isinstance(answer, Accepted)
    return answer


def test_the_user_message_opens_to_the_payloads_as_they_were() -> None:
    assert expected(USER_MESSAGE) == "accepted"
    assert open_message(message(USER_MESSAGE)[1]) == [
        (USER_MESSAGE / "payload-1.xml").read_bytes(),
        (USER_MESSAGE / "payload-2.pdf").read_bytes(),
    ]


def test_the_receipt_proves_the_user_message() -> None:
    answer = judge_receipt((RECEIPT / "receipt.xml").read_bytes())

    assert expected(RECEIPT) == "accepted"
    assert answer.receipt.ref_to_message_id == as_sent(USER_MESSAGE).message.message_id
    assert answer.certificate == identity("receiver").certificate


def test_the_receipt_repeats_the_id_of_the_request_as_domibus_does() -> None:
    root = etree.fromstring((RECEIPT / "receipt.xml").read_bytes())
    own = root.find(f".//{{{EB}}}Messaging").get(f"{{{WSU}}}Id")

    assert [item.uri for item in as_sent(USER_MESSAGE).references].count(f"#{own}") == 1


REGIONS = {
    "Body id": rb'Body [^>]*Id="([^"]+)"',
    "Messaging": rb"<eb3?:Messaging[^>]*>(.*)</eb3?:Messaging>",
    "DigestValue": rb"<ds:DigestValue>([^<]+)<",
    "SignatureValue": rb"<ds:SignatureValue>([^<]+)<",
    "PrefixList": rb'PrefixList="([^"]+)"',
}
"""Where every byte counts."""


UNUSED = rb' xmlns:env="[^"]+"'
"""In the copied references: exclusive canonical form leaves it out, so that it is not signed."""


def places(pattern: bytes, content: bytes, group: int = 0) -> list[int]:
    """Find every byte that a pattern matches."""
    return [at for found in re.finditer(pattern, content, re.DOTALL) for at in range(*found.span(group))]


def altered(content: bytes, region: str) -> list[bytes]:
    """Alter one bit of each byte of a region."""
    unused = set(places(UNUSED, content))
    signed = [at for at in places(REGIONS[region], content, 1) if at not in unused]
    assert signed
    return [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in signed]


@pytest.mark.parametrize("region", REGIONS)
def test_one_byte_of_the_user_message_makes_it_fail(region: str) -> None:
    for body in altered(message(USER_MESSAGE)[1], region):
        with pytest.raises(OotsError):
            open_message(body)


@pytest.mark.parametrize("region", REGIONS)
def test_one_byte_of_the_receipt_makes_it_fail(region: str) -> None:
    for receipt in altered((RECEIPT / "receipt.xml").read_bytes(), region):
        with pytest.raises(OotsError):
            judge_receipt(receipt)


@pytest.mark.parametrize("name", ["domibus-user-message", "domibus-receipt"])
def test_the_script_still_makes_these_bytes(name: str) -> None:
    for file, content in vectors()[name].items():
        assert (MADE / name / file).read_bytes() == content, file
