"""
What a peer gets for what it should not have sent: over real HTTPS, HTTP status (as4.md 4.5) and ebMS code.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from gateway_nodes import (
    FINLAND,
    PORTUGAL,
    Node,
    World,
    error_in,
    new_identity,
    node,
    packed,
    post,
    post_bytes,
    settings_of,
)

from oots import pki
from oots.as4 import Packed
from oots.codes import MIME_GZIP, MIME_OCTETS, PARTY_TYPE_OOTS
from oots.ebms.envelope import write_body, write_envelope, write_messaging
from oots.ebms.messages import PartyId, write_user_message
from oots.journal.events import EventName
from oots.mime.multipart import Part, join
from oots.net.tls import client_context
from oots.spooled import Spooled
from oots.wssec.attachments import Attachment
from oots.wssec.encryption import encrypt
from oots.wssec.signature import sign

pytestmark = pytest.mark.anyio

SECRET = b"Maria Silva, born 1984-02-29"
SOAP = "application/soap+xml; charset=utf-8"


@pytest.fixture
async def finland(world: World, ports: dict[PartyId, int]) -> AsyncIterator[Node]:
    async with node(settings_of(world, FINLAND, ports, max_message_bytes=2 << 20)) as finland:
        yield finland


@pytest.fixture(autouse=True)
def no_personal_data_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert "Maria" not in caplog.text


def altered(message: Packed, found: bytes, other: bytes) -> Packed:
    """Exchange bytes on the wire, of the same number."""
    assert len(found) == len(other)
    wire = message.content.read()
    assert wire.count(found) == 1
    return replace(message, content=Spooled(wire.replace(found, other)))


def by_hand(world: World, *, signed: bool, encrypted: bool) -> Packed:
    """Pack a message that leaves out what the profile asks for."""
    template = packed(world, contents=[SECRET])
    messaging, body = write_messaging(write_user_message(template.message), suffix="x"), write_body(suffix="x")
    security = ""
    (info,) = template.message.parts
    plain = {info.content_id: Attachment(content=Spooled(SECRET), mime_type=MIME_GZIP)}
    wire, media_type = {info.content_id: Spooled(SECRET)}, MIME_GZIP
    if signed:
        keys = world.identities[PORTUGAL].keys
        security = sign([body, messaging], plain, keys=keys, suffix="x").text
    if encrypted:
        recipient = world.identities[FINLAND].keys.certificate
        hidden = encrypt(plain, recipient=recipient, suffix="x", new_spooled=Spooled)
        security, wire = hidden.text + security, dict(hidden.contents)
        media_type = MIME_OCTETS
    content = Spooled()
    parts = [Part(content_id=name, media_type=media_type, content=found) for name, found in wire.items()]
    soap = write_envelope(messaging, body, security=security)
    content_type = join(soap, "root", parts, boundary="b", into=content)
    return replace(template, content=content, content_type=content_type)


# --- what cannot be read as a message ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("", SECRET, "EBMS:0007"),
        ("text/plain", SECRET, "EBMS:0007"),
        ("no media type", SECRET, "EBMS:0007"),
        ("multipart/related", SECRET, "EBMS:0007"),
        ("multipart/related; boundary=b", SECRET, "EBMS:0007"),
        ("multipart/related; boundary=b", b"", "EBMS:0007"),
        (SOAP, b"", "EBMS:0009"),
        (SOAP, b"<Person>" + SECRET, "EBMS:0009"),
        (SOAP, b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "EBMS:0009"),
        (SOAP, b"<Person>" + SECRET + b"</Person>", "EBMS:0009"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_400_and_a_signed_ebms_error(
    world: World, finland: Node, content_type: str, body: bytes, code: str
) -> None:
    result = await post_bytes(world, finland.address, content_type, body)

    assert result.status == 400
    assert error_in(world, result).code == code
    assert SECRET not in result.body


async def test_a_message_that_was_cut_short_is_answered_with_0007(world: World, finland: Node) -> None:
    message = packed(world, contents=[SECRET])
    wire = message.content.read()

    result = await post_bytes(world, finland.address, message.content_type, wire[:-100])

    assert (result.status, error_in(world, result).code) == (400, "EBMS:0007")
    assert finland.happened(EventName.AS4_REFUSED, EventName.AS4_RECEIVED)[0].facts["code"] == "EBMS:0007"


async def test_a_dtd_in_the_soap_part_is_answered_with_0009(world: World, finland: Node) -> None:
    message = packed(world)
    wire = message.content.read().replace(b"<S12:Envelope", b"<!DOCTYPE x><S12:Envelope", 1)

    result = await post_bytes(world, finland.address, message.content_type, wire)

    assert (result.status, error_in(world, result).code) == (400, "EBMS:0009")


# --- what is a message, and not one we accept -------------------------------------------------------------------------


async def refused(world: World, finland: Node, message: Packed) -> str:
    """Post a message, and give the code of the error that it is answered with."""
    result = await post(world, finland.address, message)
    error = error_in(world, result)
    assert result.status == 200
    assert error.ref_to_message_in_error == message.message.message_id
    assert SECRET not in result.body
    assert b"Traceback" not in result.body
    (event,) = finland.events
    assert (event.name, event.message_id) == (EventName.AS4_REFUSED, message.message.message_id)
    assert await finland.client.deliveries(["ExecuteQueryRequest"], wait=0) == ()
    return error.code


async def test_an_unsigned_message_is_refused_with_0103(world: World, finland: Node) -> None:
    assert await refused(world, finland, by_hand(world, signed=False, encrypted=True)) == "EBMS:0103"


async def test_an_unencrypted_message_is_refused_with_0103(world: World, finland: Node) -> None:
    assert await refused(world, finland, by_hand(world, signed=True, encrypted=False)) == "EBMS:0103"


async def test_a_signature_of_somebody_else_is_refused_with_0101(world: World, finland: Node) -> None:
    stranger = new_identity(world.authority, PORTUGAL.value).keys

    assert await refused(world, finland, packed(world, contents=[SECRET], keys=stranger)) == "EBMS:0101"


async def test_an_expired_certificate_is_refused_with_0101(world: World, ports: dict[PartyId, int]) -> None:
    later = datetime.now(UTC) + timedelta(days=60)
    async with node(settings_of(world, FINLAND, ports), now=lambda: later) as finland:
        assert await refused(world, finland, packed(world, timestamp=later)) == "EBMS:0101"


async def test_a_header_with_one_letter_changed_is_refused_with_0101(world: World, finland: Node) -> None:
    message = altered(packed(world), b"f10</eb:ConversationId>", b"f11</eb:ConversationId>")

    assert await refused(world, finland, message) == "EBMS:0101"


async def test_a_digest_that_is_off_by_one_bit_is_refused_with_0101(world: World, finland: Node) -> None:
    message = packed(world)
    digest = message.references[0].digest_value.encode()
    off_by_one_bit = bytes([digest[0] ^ 1]) + digest[1:]

    assert await refused(world, finland, altered(message, digest, off_by_one_bit)) == "EBMS:0101"


async def test_a_payload_that_is_off_by_one_bit_is_refused_with_0102(world: World, finland: Node) -> None:
    message = packed(world, contents=[SECRET])
    wire = bytearray(message.content.read())
    wire[-100] ^= 1

    assert await refused(world, finland, replace(message, content=Spooled(bytes(wire)))) == "EBMS:0102"


@pytest.mark.parametrize(
    "changes",
    [{"action": "DestroyQueryRequest"}, {"sender": PartyId(value="AP_XX_99", type=PARTY_TYPE_OOTS)}],
    ids=["action", "party"],
)
async def test_what_no_p_mode_allows_is_refused_with_0010(world: World, finland: Node, changes: dict[str, str]) -> None:
    assert await refused(world, finland, packed(world, **changes)) == "EBMS:0010"


async def test_a_message_from_last_month_is_refused_with_0003(world: World, finland: Node) -> None:
    message = packed(world, timestamp=datetime.now(UTC) - timedelta(days=30))

    assert await refused(world, finland, message) == "EBMS:0003"


async def test_a_gzip_bomb_is_refused_with_0303(world: World, finland: Node) -> None:
    assert await refused(world, finland, packed(world, contents=[bytes(100 << 20)])) == "EBMS:0303"


async def test_a_payload_that_nobody_announced_is_refused_with_0011(world: World, finland: Node) -> None:
    message = packed(world)
    wire, _, _ = message.content.read().rpartition(b"--")
    boundary = wire[: wire.index(b"\r\n")]
    extra = b"\r\nContent-Type: text/plain\r\nContent-ID: <extra@x>\r\n\r\nx\r\n" + boundary + b"--\r\n"

    assert await refused(world, finland, replace(message, content=Spooled(wire + extra))) == "EBMS:0011"


async def test_a_tls_certificate_of_another_party_is_refused_with_0101(world: World, ports: dict[PartyId, int]) -> None:
    pinned = {PORTUGAL: (world.identities[PORTUGAL].tls_certificate,)}
    async with node(settings_of(world, FINLAND, ports, tls_pinned=pinned)) as finland:
        own = await post(world, finland.address, packed(world, message_id="m1@pt.example"))
        message = packed(world, message_id="m2@pt.example")
        borrowed = await post(world, finland.address, message, identity=world.identities[FINLAND])

    assert (own.status, finland.events[0].name) == (200, EventName.AS4_RECEIVED)
    assert error_in(world, borrowed).code == "EBMS:0101"
    assert len(finland.happened(EventName.AS4_RECEIVED)) == 1


async def test_a_soap_1_1_envelope_gets_a_fault(world: World, finland: Node) -> None:
    envelope = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>'

    result = await post_bytes(world, finland.address, SOAP, envelope)

    assert result.status == 500
    assert b"S12:VersionMismatch" in result.body


async def test_a_header_that_must_be_understood_gets_a_fault(world: World, finland: Node) -> None:
    message = packed(world)
    stranger = b'<S12:Header><x:Routing xmlns:x="urn:x" S12:mustUnderstand="true"/>'
    wire = message.content.read().replace(b"<S12:Header>", stranger, 1)

    result = await post_bytes(world, finland.address, message.content_type, wire)

    assert result.status == 500
    assert b"S12:MustUnderstand" in result.body
    assert [event.name for event in finland.events] == [EventName.AS4_REFUSED]


async def test_our_own_fault_is_answered_with_0004_and_told_to_nobody_but_the_log(
    world: World, ports: dict[PartyId, int], caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(world, FINLAND, ports)
    broken = replace(settings, limits=None)
    async with node(broken) as finland:
        result = await post(world, finland.address, packed(world))

    error = error_in(world, result)
    assert (result.status, error.code, error.detail) == (200, "EBMS:0004", "the message could not be processed")
    assert b"Traceback" not in result.body
    assert "AttributeError" in caplog.text


# --- what is refused by HTTP alone ------------------------------------------------------------------------------------


def peer(world: World) -> httpx.AsyncClient:
    tls = world.identities[PORTUGAL].tls
    return httpx.AsyncClient(verify=client_context(tls, trusted=[world.authority.certificate]))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_allowed(world: World, finland: Node, method: str) -> None:
    async with peer(world) as http:
        answer = await http.request(method, finland.address)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_there_is_nothing_but_the_endpoint(world: World, finland: Node) -> None:
    async with peer(world) as http:
        watched = ("/health/live", "/health/ready", "/metrics")
        for path in ("/", "/docs", "/openapi.json", "/messages", "/deliveries", *watched):
            assert (await http.get(finland.peers.url + path)).status_code == 404


async def test_a_message_that_announces_its_size_is_refused_before_it_is_read(world: World, finland: Node) -> None:
    reader, writer = await connected(world, finland)
    writer.write(b"POST /as4 HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nContent-Type: a/b\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.transport.abort()


async def test_a_message_that_does_not_end_is_refused_while_it_is_read(world: World, finland: Node) -> None:
    reader, writer = await connected(world, finland)
    writer.write(b"POST /as4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = asyncio.create_task(reader.readline())
    sent = 0
    async with asyncio.timeout(10):
        while not answer.done():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)
            sent += 1
    writer.transport.abort()

    assert (await answer).startswith(b"HTTP/1.1 413 ")
    assert sent * 0x10000 < 8 << 20


async def test_a_full_mailbox_asks_to_come_again(world: World, ports: dict[PartyId, int]) -> None:
    async with node(settings_of(world, FINLAND, ports, max_messages=1)) as finland, peer(world) as http:
        answers = []
        for number in range(2):
            message = packed(world, message_id=f"m{number}@pt.example")
            headers = {"Content-Type": message.content_type}
            answers.append(await http.post(finland.address, content=message.content.read(), headers=headers))

    assert [answer.status_code for answer in answers] == [200, 503]
    assert answers[1].headers["retry-after"] == "60"
    assert answers[1].text == "the mailbox is full; come again later"


async def test_a_disk_that_does_not_do_its_part_asks_to_come_again(
    world: World, ports: dict[PartyId, int], tmp_path: pytest.TempPathFactory
) -> None:
    settings = settings_of(world, FINLAND, ports, spool_folder=tmp_path / "missing")
    async with node(settings) as finland:
        result = await post(world, finland.address, packed(world, contents=[bytes(range(256)) * 8000]))

    assert result.status == 503
    assert str(tmp_path).encode() not in result.body


async def test_without_a_client_certificate_nobody_gets_in(world: World, finland: Node) -> None:
    context = ssl.create_default_context(cadata=pki.certificate_pem(world.authority.certificate).decode())
    with pytest.raises((httpx.TransportError, ssl.SSLError)):
        async with httpx.AsyncClient(verify=context) as http:
            await http.post(finland.address, content=b"x")


async def test_a_flood_of_headers_is_refused(world: World, finland: Node) -> None:
    async with peer(world) as http:
        answer = await http.post(finland.address, content=b"x", headers={"X-Flood": "x" * 70_000})
        signature = await http.post(finland.address, content=b"x", headers={"X-Signature": "x" * 32_000})

    assert answer.status_code == 431
    assert signature.status_code == 400


async def connected(world: World, node: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = client_context(world.identities[PORTUGAL].tls, trusted=[world.authority.certificate])
    return await asyncio.open_connection("127.0.0.1", node.peers.port, ssl=context)
