"""What `oots doctor` says about machines, certificates, peers and services that are not well."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from oots import pki
from oots.net.probe import Seen, Unseen, look
from oots.net.server import Bound, running
from oots.net.tls import TlsIdentity, server_context
from oots.node.checks import machine
from oots.node.checks.certificates import check_certificates_of, check_own_certificates
from oots.node.checks.check import Check, Status
from oots.node.checks.examination import examine
from oots.node.checks.loopback import check_loopback
from oots.node.checks.machine import check_clock, check_folder
from oots.node.checks.peers import drift_of, judge, look_at
from oots.node.checks.services import check_services
from oots.node.checks.tokens import check_tokens
from oots.node.gateway_settings import GatewayService
from oots.node.peers import Peer
from oots.node.services import Service
from tests.node.node_folders import NOW, change, read, tls_certificate

SECOND = timedelta(seconds=1)


def gateway_of(folder: Path) -> GatewayService:
    gateway = read(folder).gateway
    assert gateway is not None
    return gateway


@asynccontextmanager
async def peer_listening(folder: Path, *, status: int = 405) -> AsyncIterator[Bound]:
    """Run something with the node's own TLS key that answers every GET with a status."""
    settings = gateway_of(folder).settings
    app = Starlette(routes=[Route("/as4", lambda _: PlainTextResponse("", status))])
    tls = server_context(settings.tls, trusted=settings.tls_trusted)
    async with running(app, host="127.0.0.1", port=0, tls=tls) as bound:
        yield bound


def peer_at(folder: Path, address: str) -> Peer:
    return replace(gateway_of(folder).peers.peers.peers[0], address=address)


async def judged(folder: Path, peer: Peer) -> Check:
    (found,) = await look_at(gateway_of(folder), [peer])
    return judge(peer, found)


# --- the machine ------------------------------------------------------------------------------------------------------


def test_a_new_nodes_folder_is_good(folder: Path) -> None:
    assert next(check_folder(read(folder))).status is Status.OK


def test_a_data_folder_that_is_open_to_everybody_is_told(folder: Path) -> None:
    node = read(folder)
    node.data_folder.chmod(0o755)

    check = next(check_folder(node))

    assert (check.status, check.advice) == (Status.WARN, f"chmod 700 {node.data_folder}")


def test_a_data_folder_that_cannot_be_written_to_is_told(folder: Path) -> None:
    node = read(folder)
    # Root may write everywhere, but not where nothing is.
    shutil.rmtree(node.data_folder)

    assert [check.status for check in check_folder(node)] == [Status.FAIL]


@pytest.mark.parametrize(
    ("name", "status"), [("GOOD_BYTES", Status.WARN), ("LEAST_BYTES", Status.FAIL)], ids=["little", "too little"]
)
def test_a_full_disk_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, status: Status) -> None:
    monkeypatch.setattr(machine, name, shutil.disk_usage(folder).free * 2)

    *_, disk = check_folder(read(folder))

    assert (disk.name, disk.status) == ("disk", status)


def test_a_clock_that_agrees_with_peers_is_good(folder: Path) -> None:
    now = datetime.now(UTC)

    assert check_clock(read(folder), now, [SECOND, -SECOND]).status is Status.OK


@pytest.mark.parametrize(("seconds", "where"), [(90, "90 s ahead of"), (-90, "90 s behind")])
def test_a_clock_that_most_peers_disagree_with_is_told(folder: Path, seconds: int, where: str) -> None:
    now = datetime.now(UTC)

    check = check_clock(read(folder), now, [seconds * SECOND, seconds * SECOND, SECOND])

    assert check.status is Status.FAIL
    assert where in check.text


def test_a_clock_that_went_back_is_told(folder: Path) -> None:
    check = check_clock(read(folder), NOW - timedelta(days=400), [])

    assert check.status is Status.FAIL
    assert "a file of the node is younger" in check.text


# --- certificates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "status"), [(0, Status.OK), (375, Status.WARN), (400, Status.FAIL)])
def test_our_own_tls_certificate_is_looked_at_before_it_expires(folder: Path, days: int, status: Status) -> None:
    *_, tls = check_own_certificates(gateway_of(folder), NOW + timedelta(days=days))

    assert (tls.name, tls.status) == ("TLS certificate", status)


def test_the_certificate_of_a_peer_that_expires_first_speaks_for_all(folder: Path) -> None:
    peer = peer_at(folder, "https://localhost/as4")
    # The message certificate of these tests has 30 days, that for TLS 398.
    checks = [check_certificates_of(peer, NOW + timedelta(days=days)) for days in (0, 31, -10)]

    assert [check.status for check in checks] == [Status.WARN, Status.FAIL, Status.FAIL]
    assert "expired on" in checks[1].text
    assert "not valid before" in checks[2].text


# --- peers ------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_peer_that_refuses_to_be_read_is_well(folder: Path) -> None:
    async with peer_listening(folder) as bound:
        peer = peer_at(folder, f"{bound.url}/as4")
        (found,) = await look_at(gateway_of(folder), [peer])

    assert isinstance(found, Seen)
    assert judge(peer, found).status is Status.OK
    drift = drift_of(found, datetime.now(UTC))
    assert drift is not None
    assert abs(drift) < 5 * SECOND


@pytest.mark.anyio
async def test_something_else_at_the_address_is_told(folder: Path) -> None:
    async with peer_listening(folder, status=200) as bound:
        check = await judged(folder, peer_at(folder, f"{bound.url}/as4"))

    assert check.status is Status.WARN
    assert "answers a GET with 200" in check.text


@pytest.mark.anyio
async def test_a_peer_with_another_tls_certificate_than_the_one_on_file_is_told(folder: Path) -> None:
    other = x509.load_pem_x509_certificate(tls_certificate())
    async with peer_listening(folder) as bound:
        check = await judged(folder, replace(peer_at(folder, f"{bound.url}/as4"), tls=(other,)))

    assert check.status is Status.FAIL
    assert "shows another TLS certificate than the one on file" in check.text


@pytest.mark.anyio
async def test_a_peer_whose_tls_certificate_nobody_vouches_for_is_told(folder: Path) -> None:
    key = pki.new_ec_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger")])
    stranger = pki.self_signed(subject, key, pki.tls_extensions(["127.0.0.1"]), now=NOW, days=30)
    identity = TlsIdentity(certificate=pki.certificate_pem(stranger), key=pki.key_pem(key))
    tls = server_context(identity, trusted=gateway_of(folder).settings.tls_trusted)
    async with running(Starlette(), host="127.0.0.1", port=0, tls=tls) as bound:
        check = await judged(folder, peer_at(folder, f"{bound.url}/as4"))

    assert check.status is Status.FAIL
    assert check.advice is not None
    assert "name the partner's TLS certificate in peers.toml" in check.advice


@pytest.mark.anyio
async def test_a_peer_that_does_not_know_our_tls_certificate_is_told(folder: Path) -> None:
    settings = gateway_of(folder).settings
    other = x509.load_pem_x509_certificate(tls_certificate())
    tls = server_context(settings.tls, trusted=[other])
    async with running(Starlette(), host="127.0.0.1", port=0, tls=tls) as bound:
        check = await judged(folder, peer_at(folder, f"{bound.url}/as4"))

    assert check.status is Status.FAIL
    assert check.advice == "give the partner our TLS certificate: it may not know us"


@pytest.mark.anyio
async def test_a_peer_that_is_not_there_is_told(folder: Path) -> None:
    check = await judged(folder, peer_at(folder, "https://127.0.0.1:9/as4"))

    assert check.status is Status.FAIL
    assert check.advice is not None
    assert "firewall" in check.advice


@pytest.mark.anyio
async def test_nobody_waits_for_a_peer_that_says_nothing() -> None:
    async def silent(_: object) -> PlainTextResponse:
        await asyncio.sleep(1)
        return PlainTextResponse("")

    async with running(Starlette(routes=[Route("/", silent)]), host="127.0.0.1", port=0) as bound:
        assert await look(f"{bound.url}/", seconds=0.1) == Unseen(reason="no answer within 0.1 s")


# --- services ---------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_services_that_do_not_run_are_told_and_are_no_failure(folder: Path) -> None:
    variables = {f"OOTS_{name}__LISTENER__PORT": str(port) for name, port in (("REQUESTER", 1), ("PROVIDER", 7))}
    node = read(folder, variables | {"OOTS_GATEWAY__BACKEND_LISTENER__PORT": "9"})

    checks = await check_services(node)

    assert [check.status for check in checks.values()] == [Status.WARN] * 3
    assert checks[Service.REQUESTER].advice == "oots serve requester"


@pytest.mark.anyio
async def test_another_program_on_the_port_of_a_service_is_a_failure(folder: Path) -> None:
    async with running(Starlette(), host="127.0.0.1", port=0) as bound:
        node = read(folder, {"OOTS_REQUESTER__LISTENER__PORT": str(bound.port)})
        checks = await check_services(replace(node, gateway=None, provider=None))

    assert [check.status for check in checks.values()] == [Status.FAIL]


def test_the_access_point_knows_the_tokens_of_a_new_node(folder: Path) -> None:
    assert [(check.name, check.status) for check in check_tokens(read(folder))] == [
        ("requester token", Status.OK),
        ("provider token", Status.OK),
    ]


def test_a_token_that_the_access_point_does_not_know_is_told(folder: Path) -> None:
    (folder / "secrets" / "requester.token").write_text("another secret of the right length, 1234567890\n")

    requester, provider = check_tokens(read(folder))

    assert (requester.status, provider.status) == (Status.FAIL, Status.OK)
    assert "another secret" not in repr(requester)


def test_a_token_of_another_service_is_told(folder: Path) -> None:
    tokens = folder / "secrets"
    (tokens / "requester.token").write_text((tokens / "provider.token").read_text())

    requester, _ = check_tokens(read(folder))

    assert requester.text == "the access point knows it as 'provider', which may not send ExecuteQueryRequest"


def test_the_token_for_another_access_point_is_not_ours_to_judge(folder: Path) -> None:
    checks = check_tokens(read(folder, {"OOTS_REQUESTER__GATEWAY_URL": "https://ap.example.pt"}))

    assert [check.name for check in checks] == ["provider token"]


@pytest.mark.anyio
async def test_the_system_check_says_what_it_lacks(folder: Path) -> None:
    node = read(folder)
    assert node.provider is not None
    change(folder / "peers.toml", '"AP_FI_01"', '"AP_FI_02"')

    alone = await check_loopback(replace(node, gateway=None), running=True)
    unknown = await check_loopback(read(folder), running=True)
    stopped = await check_loopback(node, running=False)

    assert [check.status for check in (alone, unknown, stopped)] == [Status.WARN] * 3
    assert "access point, requester and provider" in alone.text
    assert "peers.toml does not have ourselves" in unknown.text
    assert "while a service does not run" in stopped.text


@pytest.mark.anyio
async def test_settings_that_are_refused_are_all_that_is_said(folder: Path) -> None:
    change(folder / "oots.toml", "port = 8443", "")
    change(folder / "oots.toml", "port = 8446", "")

    checks = [check async for check in examine(folder / "oots.toml", {}, now=lambda: NOW)]

    assert [(check.name, check.status) for check in checks] == [("settings", Status.FAIL)] * 2
