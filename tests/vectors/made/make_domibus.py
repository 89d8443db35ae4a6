"""
A user message and its receipt in the shape of Domibus (as4.md 3.7), composed anew and signed with test keys.

Run `python -m tests.vectors.made.make_domibus`; the bytes are the same every time.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from tests.as4.stranger import (
    DS,
    EB,
    EXC_C14N,
    S12,
    WSSE,
    WSU,
    Letter,
    Sealed,
    reference,
    sign,
    signature,
    token,
    token_reference,
)
from tests.as4.vectors import MADE, identity, write

EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"

REGREP: Final = b"""<?xml version='1.0' encoding='UTF-8'?>
<query:QueryResponse xmlns:rs='urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0'
                     xmlns:query='urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0'
                     xmlns:rim='urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0' xmlns:xlink='http://www.w3.org/1999/xlink'
                     requestId='urn:uuid:00000000-0000-4000-8000-000000000001'
                     status='urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success'>
  <!-- Blanks, quotes and this comment would not survive canonicalisation: Domibus digests the bytes as they are. -->
  <rim:RegistryObjectList>
    <rim:RegistryObject id='urn:uuid:00000000-0000-4000-8000-000000000002'>
      <rim:RepositoryItemRef xlink:href='cid:0123456789abcdef0123456789abcdef@response.oots.example' xlink:title='a'/>
    </rim:RegistryObject>
  </rim:RegistryObjectList>
</query:QueryResponse>
"""


def pdf() -> bytes:
    """Write a page that says that it is a test."""
    drawing = b"BT /F1 24 Tf 72 720 Td (A test, and evidence of nothing) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    text, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, b"".join(places))
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(text))
    return text + table + trailer


def letter() -> Letter:
    """Compose the message: two payloads, uncompressed, octets on the wire."""
    return Letter(
        sender=identity("sender"),
        receiver=identity("receiver"),
        payloads=(
            Sealed(content_id="regrep@oots.eu", content=REGREP, mime_type="application/x-ebrs+xml"),
            Sealed(
                content_id="0123456789abcdef0123456789abcdef@response.oots.example",
                content=pdf(),
                mime_type="application/pdf",
            ),
        ),
    )


def receipt() -> bytes:
    """Compose the receipt as JAXB and XSLT leave it: eight prefixes at the root, the id of the request once more."""
    sent, receiver = letter(), identity("receiver")
    prefixes = {
        "S12": S12,
        "ds": DS,
        "eb3": EB,
        "ebbp": EBBP,
        "ebint": "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/multihop/200902/",
        "wsa": "http://www.w3.org/2005/08/addressing",
        "wsse": WSSE,
        "wsu": WSU,
    }
    references = (
        reference("#N65675", EXC_C14N, prefixes="ds eb3 ebbp ebint wsa wsse"),
        reference(f"#{sent.messaging_id}", EXC_C14N, prefixes="ds ebbp ebint wsa wsse"),
    )
    # The first token is that of the other party, and nothing refers to it.
    security = (
        token(identity("sender").certificate, "G-2")
        + token(receiver.certificate, "X509-2")
        + signature(references, token_reference("X509-2"), prefixes=" ".join(prefixes))
    )
    copies = "".join(
        f"<ebbp:MessagePartNRInformation>{copy}</ebbp:MessagePartNRInformation>" for copy in _copies(sent.signed())
    )
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in prefixes.items())
    document = (
        f"<S12:Envelope {declared}><S12:Header>"
        f'<eb3:Messaging S12:mustUnderstand="true" id="_ebmessaging_N65541" wsu:Id="{sent.messaging_id}">'
        "<eb3:SignalMessage><eb3:MessageInfo><eb3:Timestamp>2026-11-23T07:59:59.456Z</eb3:Timestamp>"
        "<eb3:MessageId>22222222-2222-11f1-8222-222222222222@domibus.eu</eb3:MessageId>"
        f"<eb3:RefToMessageId>{sent.message_id}</eb3:RefToMessageId></eb3:MessageInfo>"
        f"<eb3:Receipt><ebbp:NonRepudiationInformation>{copies}</ebbp:NonRepudiationInformation></eb3:Receipt>"
        "</eb3:SignalMessage></eb3:Messaging>"
        f'<wsse:Security S12:mustUnderstand="true">{security}</wsse:Security>'
        '</S12:Header><S12:Body wsu:Id="N65675"/></S12:Envelope>'
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>' + sign(document.encode(), receiver.private_key, {})


def _copies(signed: bytes) -> Iterator[str]:
    for element in etree.fromstring(signed).iter(f"{{{DS}}}Reference"):
        transform, digest = element.find(f".//{{{DS}}}Transform"), element.find(f"{{{DS}}}DigestValue")
        assert transform is not None
        assert digest is not None
        written = reference(str(element.get("URI")), str(transform.get("Algorithm")), digest_value=str(digest.text))
        yield written.replace("<ds:Reference ", f'<ds:Reference xmlns:env="{S12}" ', 1)


def vectors() -> Mapping[str, Mapping[str, bytes]]:
    """Give the files of each vector by its name."""
    content_type, body = letter().packed()
    return {
        "domibus-user-message": {
            "README": b"A response with RegRep and PDF in the shape of Domibus: env prefix, two tokens, PrefixList, raw"
            b" digest of an uncompressed application/x-ebrs+xml part.\n",
            "expected": b"accepted\n",
            "content-type.txt": content_type.encode() + b"\n",
            "message.mime": body,
            "payload-1.xml": REGREP,
            "payload-2.pdf": pdf(),
        },
        "domibus-receipt": {
            "README": b"The receipt for ../domibus-user-message in the shape of Domibus: eight prefixes at the root and"
            b" in the PrefixLists, a token that nothing refers to, the id of the request's Messaging as its own.\n",
            "expected": b"accepted\n",
            "content-type.txt": b"application/soap+xml; charset=UTF-8\n",
            "receipt.xml": receipt(),
        },
    }


if __name__ == "__main__":
    for name, files in vectors().items():
        write(MADE / name, files)
