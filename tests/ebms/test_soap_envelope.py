"""Finding the blocks of a SOAP envelope, and what is said when one is wrong."""

import pytest
from lxml import etree

from oots.ebms.envelope import (
    MAX_SOAP_BYTES,
    MAX_SOAP_NAMESPACES,
    read_envelope,
    write_body,
    write_envelope,
    write_fault,
    write_messaging,
)
from oots.errors import InvalidHeader, MalformedXml, OotsError, PolicyNoncompliance, SoapFault
from oots.xml import EB, S12, WSSE, canonical, parse

NAMESPACES = f'xmlns:S="{S12}" xmlns:eb="{EB}" xmlns:wsse="{WSSE}"'
MESSAGING = "<eb:Messaging/>"
SECURITY = "<wsse:Security/>"
BODY = "<S:Body/>"


def envelope(header: str = MESSAGING + SECURITY, body: str = BODY) -> bytes:
    """Write an envelope."""
    return f"<S:Envelope {NAMESPACES}><S:Header>{header}</S:Header>{body}</S:Envelope>".encode()


def test_the_blocks_are_found_in_either_order() -> None:
    for header in (MESSAGING + SECURITY, SECURITY + MESSAGING):
        found = read_envelope(envelope(header))

        assert found.messaging.tag == f"{{{EB}}}Messaging"
        assert found.security.tag == f"{{{WSSE}}}Security"
        assert found.body is found.root[1]


def test_prefixes_mean_nothing() -> None:
    document = (
        f'<s:Envelope xmlns:s="{S12}" xmlns:t="{S12}"><t:Header xmlns="{EB}"><Messaging t:mustUnderstand="1"/>'
        f'<s:Security xmlns:s="{WSSE}"/></t:Header><t:Body/></s:Envelope>'
    )

    assert read_envelope(document.encode()).messaging.prefix is None


def test_an_xml_declaration_comments_and_a_byte_order_mark_are_no_matter() -> None:
    document = b"\xef\xbb\xbf<?xml version='1.0' standalone='no'?><!-- a -->\n" + envelope() + b"\n<!-- b -->"

    assert read_envelope(document).messaging is not None


def test_without_security_nothing_is_signed() -> None:
    assert len(read_envelope(envelope(MESSAGING)).security) == 0


def test_a_header_that_need_not_be_understood_is_let_be() -> None:
    assert read_envelope(envelope(MESSAGING + '<x:y xmlns:x="urn:x" S:mustUnderstand="false"/>')) is not None


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"<a/>", InvalidHeader),
        (b"<Envelope/>", InvalidHeader),
        (envelope().replace(b"S:Envelope", b"eb:Envelope"), InvalidHeader),
        (b"not XML", MalformedXml),
        (b"<!DOCTYPE a>" + envelope(), MalformedXml),
        (envelope("<!--" + "x" * MAX_SOAP_BYTES + "-->"), MalformedXml),
        (envelope("".join(f'<x:y xmlns:x="urn:{n}"/>' for n in range(MAX_SOAP_NAMESPACES))), MalformedXml),
        (envelope(""), InvalidHeader),
        (envelope(SECURITY), InvalidHeader),
        (envelope(MESSAGING + MESSAGING), InvalidHeader),
        (envelope(f'<x:wrapper xmlns:x="urn:x">{MESSAGING}</x:wrapper>'), InvalidHeader),
        (envelope(MESSAGING + SECURITY + SECURITY), PolicyNoncompliance),
        (envelope(body=""), InvalidHeader),
        (envelope(body=BODY + BODY), InvalidHeader),
        (envelope(body="<x:Body xmlns:x='urn:x'/>"), InvalidHeader),
        (envelope(body="<S:Body><a/></S:Body>"), InvalidHeader),
        (envelope(body=BODY + "<x:trailer xmlns:x='urn:x'/>"), InvalidHeader),
        (f"<S:Envelope {NAMESPACES}>{BODY}<S:Header>{MESSAGING}</S:Header></S:Envelope>".encode(), InvalidHeader),
        (f"<S:Envelope {NAMESPACES}>{BODY}</S:Envelope>".encode(), InvalidHeader),
    ],
)
def test_an_envelope_that_is_not_as_it_should_be(document: bytes, refusal: type[OotsError]) -> None:
    with pytest.raises(refusal):
        read_envelope(document)


@pytest.mark.parametrize("value", ["true", "1"])
def test_a_header_that_we_would_have_to_understand_is_a_soap_fault(value: str) -> None:
    with pytest.raises(SoapFault) as caught:
        read_envelope(envelope(MESSAGING + f'<x:routing xmlns:x="urn:x" S:mustUnderstand="{value}"/>'))
    assert caught.value.value == "MustUnderstand"


def test_another_version_of_soap_is_a_soap_fault() -> None:
    with pytest.raises(SoapFault) as caught:
        read_envelope(b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>')
    assert caught.value.value == "VersionMismatch"


def test_a_fault_is_written_as_soap_1_2_says() -> None:
    root = parse(write_fault(SoapFault("MustUnderstand", "header block 'routing' is not understood")))

    assert [child.tag for child in root] == [f"{{{S12}}}Body"]
    assert etree.tostring(root, method="text", encoding="unicode") == (
        "S12:MustUnderstandheader block 'routing' is not understood"
    )


def test_an_envelope_of_ours_declares_no_default_namespace() -> None:
    made = read_envelope(write_envelope(write_messaging("", suffix="1"), write_body(suffix="1"), security=""))

    assert all(None not in element.nsmap for element in made.root.iter("*"))


def test_what_is_signed_is_written_in_canonical_form() -> None:
    messaging, body = write_messaging("", suffix="1"), write_body(suffix="1")

    made = read_envelope(write_envelope(messaging, body, security=""))

    assert canonical(made.messaging).decode() == messaging.text
    assert canonical(made.body).decode() == body.text
