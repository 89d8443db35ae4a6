"""Files that change while the access point runs: peers, our TLS certificate, roots; over real TLS, without a gap."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from anyio import to_thread
from cryptography import x509

from gateway.app import Serving, serving
from gateway.settings import Listener
from oots import pki
from oots.codes import PARTY_TYPE_OOTS, Action
from oots.ebms.messages import PartyId
from oots.errors import FailedAuthentication, ProcessingModeMismatch
from oots.net.client import ConnectionFailure, PeerClient, PostResult
from oots.net.tls import TlsIdentity, client_context
from oots.node.gateway_settings import GatewayService
from oots.node.rereading import read_connections_again
from oots.spooled import Spooled
from tests.node.node_folders import NOW, SUBJECT, certificate, read, write_private

pytestmark = pytest.mark.anyio

PORTUGAL = PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS)


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A gateway as `oots serve` runs it, in memory."""

    folder: Path
    service: GatewayService
    serving: Serving

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.serving.peers.port}/as4"

    async def read_again(self, *, later: timedelta = timedelta(0)) -> None:
        await read_connections_again(self.service, self.serving.trust, NOW + later)

    def context(self, identity: TlsIdentity) -> ssl.SSLContext:
        """Give the context of a client that trusts whatever certificate the node has in its folder now."""
        return client_context(identity, trusted=[loaded(self.folder / "keys" / "tls.crt")])

    async def post(self, identity: TlsIdentity) -> PostResult | ConnectionFailure:
        """Post on a new connection; what is posted is no message, and is answered as such."""
        client = PeerClient(self.context(identity))
        try:
            return await client.post(self.address, content_type="a/b", content=Spooled(b"x"))
        finally:
            await client.aclose()

    async def lets_in(self, identity: TlsIdentity) -> bool:
        return isinstance(await self.post(identity), PostResult)


@pytest.fixture
async def running(folder: Path) -> AsyncIterator[Running]:
    service = read(folder).gateway
    assert service is not None
    settings = replace(service.settings, peer_listener=Listener(), backend_listener=Listener(), spool_folder=None)
    async with serving(settings, now=lambda: NOW, new_id=lambda: str(uuid4()), record=lambda _: None) as started:
        yield Running(folder=folder, service=service, serving=started)


def loaded(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def own(folder: Path) -> TlsIdentity:
    return TlsIdentity(certificate=folder / "keys" / "tls.crt", key=folder / "keys" / "tls.key")


def new_tls_key(folder: Path, name: str) -> TlsIdentity:
    """Make a key and a certificate of its own, in two files."""
    key = pki.new_ec_key()
    made = pki.self_signed(SUBJECT, key, pki.tls_extensions(["localhost", "127.0.0.1"]), now=NOW, days=30)
    (folder / f"{name}.crt").write_bytes(pki.certificate_pem(made))
    write_private(folder / f"{name}.key", pki.key_pem(key))
    return TlsIdentity(certificate=folder / f"{name}.crt", key=folder / f"{name}.key")


def introduce(folder: Path, party_id: str = "AP_PT_01") -> TlsIdentity:
    """Write a peer into the file; give what it connects with."""
    identity = new_tls_key(folder / "peers", party_id)
    (folder / "peers" / "messages.crt").write_bytes(certificate())
    with (folder / "peers.toml").open("a") as file:
        file.write(
            f'\n[[peer]]\nparty_id = "{party_id}"\naddress = "https://ap.example.pt/as4"\n'
            'signing_certificates = ["peers/messages.crt"]\nencryption_certificate = "peers/messages.crt"\n'
            f'tls_certificates = ["peers/{party_id}.crt"]\n'
        )
    return identity


@contextmanager
def without(path: Path) -> Iterator[None]:
    """Undo, on leaving, what was written into a file within."""
    before = path.read_text()
    yield
    path.write_text(before)


async def test_a_new_peer_is_let_in_and_may_send(running: Running) -> None:
    portugal = introduce(running.folder)
    assert not await running.lets_in(portugal)

    await running.read_again()

    assert await running.lets_in(portugal)
    settings = running.service.settings
    settings.keyring.certificates_of(PORTUGAL)
    settings.pmodes.match_outgoing(PORTUGAL, Action.REQUEST.value)
    assert PORTUGAL in settings.tls_pinned


async def test_a_peer_that_was_taken_out_is_a_stranger_and_gets_no_connection(running: Running) -> None:
    with without(running.folder / "peers.toml"):
        portugal = introduce(running.folder)
        await running.read_again()
        assert await running.lets_in(portugal)

    await running.read_again()

    assert not await running.lets_in(portugal)
    assert await running.lets_in(own(running.folder))
    settings = running.service.settings
    with pytest.raises(ProcessingModeMismatch):
        settings.pmodes.match_outgoing(PORTUGAL, Action.REQUEST.value)
    with pytest.raises(FailedAuthentication):
        settings.keyring.certificates_of(PORTUGAL)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_peer_that_was_taken_out_does_not_come_back_with_an_old_session(
    running: Running, version: ssl.TLSVersion
) -> None:
    with without(running.folder / "peers.toml"):
        context = running.context(introduce(running.folder))
        context.maximum_version = version
        await running.read_again()
        first = await to_thread.run_sync(ask, running.serving.peers.port, context, None)
        again = await to_thread.run_sync(ask, running.serving.peers.port, context, first.session)
    assert (first.answered, again.answered, again.resumed) == (True, True, True)

    await running.read_again()

    last = await to_thread.run_sync(ask, running.serving.peers.port, context, again.session)
    assert (last.answered, last.resumed) == (False, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    answered: bool
    resumed: bool
    session: ssl.SSLSession | None


def ask(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None) -> Asked:
    """Ask for something on a connection that goes on where a session of TLS stopped, if there is one."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as tls,
        ):
            tls.sendall(b"GET /as4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answered = tls.recv(12) == b"HTTP/1.1 405"
            return Asked(answered=answered, resumed=bool(tls.session_reused), session=tls.session)
    except OSError:
        return Asked(answered=False, resumed=False, session=None)


async def test_a_connection_from_before_has_one_more_answer_and_ends(running: Running) -> None:
    with without(running.folder / "peers.toml"):
        portugal = introduce(running.folder)
        await running.read_again()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", running.serving.peers.port, ssl=running.context(portugal)
        )
        assert b"connection: close" not in await asked(reader, writer)

    await running.read_again()

    assert b"\r\nconnection: close\r\n" in await asked(reader, writer)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET /as4 HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len("Method Not Allowed"))
    return head


async def test_a_request_that_is_in_hand_is_answered(running: Running) -> None:
    with without(running.folder / "peers.toml"):
        portugal = introduce(running.folder)
        await running.read_again()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", running.serving.peers.port, ssl=running.context(portugal)
        )
        writer.write(b"POST /as4 HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nx")
        await writer.drain()

    await running.read_again()
    writer.write(b"x")

    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_under_load_no_request_fails(running: Running) -> None:
    stopped = asyncio.Event()

    async def keep_posting(*, on_one_connection: bool) -> list[object]:
        context = running.context(own(running.folder))
        client, failures = PeerClient(context), []
        while not stopped.is_set():
            answer = await client.post(running.address, content_type="a/b", content=Spooled(b"x"))
            if not isinstance(answer, PostResult):
                failures.append(answer)
            if not on_one_connection:
                await client.aclose()
                client = PeerClient(context)
        await client.aclose()
        return failures

    async with asyncio.TaskGroup() as group:
        posting = [group.create_task(keep_posting(on_one_connection=number % 2 == 0)) for number in range(4)]
        for number in range(10):
            introduce(running.folder, f"AP_XX_{number}")
            await running.read_again()
            await asyncio.sleep(0.05)
        stopped.set()

    assert [task.result() for task in posting] == [[], [], [], []]


async def certificate_shown(running: Running) -> x509.Certificate:
    """Give what the server shows, also to somebody whom it then does not let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", running.serving.peers.port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return x509.load_der_x509_certificate(der)


async def test_our_renewed_certificate_is_shown(running: Running) -> None:
    before = await certificate_shown(running)
    new_tls_key(running.folder / "keys", "tls")

    await running.read_again()

    assert await certificate_shown(running) == loaded(running.folder / "keys" / "tls.crt") != before


async def test_a_certificate_that_is_not_the_keys_is_refused_and_all_stays(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    before = await certificate_shown(running)
    introduce(running.folder)
    new_tls_key(running.folder / "keys", "other")
    (running.folder / "keys" / "other.key").replace(running.folder / "keys" / "tls.key")

    await running.read_again()

    assert "gateway.tls.key_file: is not the key of the certificate" in caplog.text
    assert "the peers stay as they were" in caplog.text
    assert await certificate_shown(running) == before
    assert PORTUGAL not in running.service.settings.tls_pinned


async def test_peers_that_are_refused_leave_all_as_it_was(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    portugal = introduce(running.folder)
    peers = running.folder / "peers.toml"
    peers.write_text(peers.read_text().replace("https://ap", "http://ap"))

    await running.read_again()

    assert "is not https" in caplog.text
    assert "the peers stay as they were" in caplog.text
    assert not await running.lets_in(portugal)
    assert await running.lets_in(own(running.folder))


async def test_roots_are_read_again(running: Running) -> None:
    authority = pki.new_authority("of another state", now=NOW)
    key = pki.new_ec_key()
    issued = pki.issue_tls_certificate(authority, "AP_SE_01", key, ["localhost"], now=NOW)
    sweden = TlsIdentity(certificate=pki.certificate_pem(issued), key=pki.key_pem(key))
    (running.folder / "roots.pem").write_bytes(pki.certificate_pem(authority.certificate))
    service = read(running.folder, {"OOTS_GATEWAY__TLS__TRUSTED_FILES": '["roots.pem"]'}).gateway
    assert service is not None
    trusting = replace(running, service=service)

    await trusting.read_again()
    assert await running.lets_in(sweden)

    (running.folder / "roots.pem").write_bytes(pki.certificate_pem(pki.new_authority("of nobody", now=NOW).certificate))
    await trusting.read_again()
    assert not await running.lets_in(sweden)


async def test_what_expired_in_the_meantime_is_told(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    introduce(running.folder)

    await running.read_again(later=timedelta(days=31))

    assert "peer 'AP_PT_01'.encryption_certificate: peers/messages.crt expired on" in caplog.text
