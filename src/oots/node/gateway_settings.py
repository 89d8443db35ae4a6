"""
The table `[gateway]`: the settings of the access point, with its keys and its peers.
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from gateway.settings import MIN_PUSH_KEY_BYTES, Backend, Listener, Push, Settings
from oots.as4 import Keyring, Limits
from oots.errors import OperatorError
from oots.net.behind_proxy import MIN_TOKEN_LENGTH as MIN_PROXY_TOKEN_LENGTH
from oots.net.behind_proxy import Proxy
from oots.net.tls import TlsIdentity, client_context
from oots.node.certificates import KeyPair, message_keys, read_certificates, read_pem_pair, read_pkcs12_pair
from oots.node.complaints import Complaints
from oots.node.peers import Peers, read_peers
from oots.node.peers_in_use import PeersInUse
from oots.node.reading import Reading
from oots.node.secret_files import read_secret, secret_of
from oots.node.services import Service
from oots.node.storage import read_durability
from oots.node.tables import BackendTable, GatewayTable, KeyTable, LimitsTable, ProxyTable
from oots.wssec.keys import OwnKeys

SPOOL: Final = "spool"
"""Folder within the data folder, for payloads that do not fit into memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What connections with peers are built on: all of it may change while an access point runs."""

    peers: Peers
    tls: TlsIdentity = field(repr=False)
    trusted: tuple[x509.Certificate, ...]
    """Roots, and the certificates of peers that have told us theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayService:
    """An access point, ready to be started."""

    settings: Settings
    peers: PeersInUse
    peers_file: Path
    read_again: Callable[[datetime], Connections] = field(repr=False)
    """Reads the peers, our TLS certificate and key, and the roots from their files; raises `SettingsRefused`."""


def read_gateway(table: GatewayTable, reading: Reading, of_peers: Complaints) -> GatewayService | None:
    """Give the settings, or None after a complaint, either in `reading` or about the file with the peers."""
    complaints = reading.complaints
    own = _message_keys(table.message_key, reading)
    connections = _connections(table, reading, of_peers)
    backends = tuple(_backend(name, backend, reading) for name, backend in table.backend.items())
    _check_apart(backends, reading)
    listeners = _listeners(table, reading)
    proxy = _proxy(table.peer_listener.proxy, reading)
    durability = read_durability(Service.GATEWAY, table, reading)

    def read_again(now: datetime) -> Connections:
        again, of_peers_again = replace(reading, complaints=complaints.anew(), now=now), of_peers.anew()
        connections = _connections(table, again, of_peers_again)
        again.complaints.refuse(of_peers_again)
        assert connections is not None, "nothing is missing without a complaint"
        return connections

    if own is None or connections is None or durability is None or complaints.block:
        return None
    in_use = PeersInUse(connections.peers)
    settings = Settings(
        own=reading.party,
        keyring=Keyring(own=own, peers=in_use.certificates),
        pmodes=in_use.pmodes,
        tls=connections.tls,
        tls_trusted=connections.trusted,
        tls_pinned=in_use.tls_pinned,
        peer_listener=listeners[0],
        proxy=proxy,
        backend_listener=listeners[1],
        path=table.peer_listener.path,
        backends=backends,
        spool_folder=reading.folder / reading.node.data_folder / SPOOL,
        durability=durability,
        retention=reading.retention,
        **_limits(table.limits),
    )
    return GatewayService(
        settings=settings, peers=in_use, peers_file=reading.folder / table.peers_file, read_again=read_again
    )


def _connections(table: GatewayTable, reading: Reading, of_peers: Complaints) -> Connections | None:
    tls = _tls_identity(table, reading)
    roots = _roots(table, reading)
    peers = read_peers(
        reading.folder / table.peers_file,
        of_peers,
        own=reading.party,
        own_address=reading.node.address,
        has_roots=bool(roots),
        now=reading.now,
    )
    if tls is None or peers is None:
        return None
    # OpenSSL takes the certificates of peers as if they were roots.
    pinned = (certificate for peer in peers.peers for certificate in peer.tls)
    return Connections(peers=peers, tls=tls, trusted=(*roots, *pinned))


def _message_keys(table: KeyTable, reading: Reading) -> OwnKeys | None:
    key = "gateway.message_key"
    pair = key_pair(table, reading, key)
    return message_keys(pair, reading.complaints, key, now=reading.now) if pair else None


def _tls_identity(table: GatewayTable, reading: Reading) -> TlsIdentity | None:
    key = "gateway.tls"
    pair = key_pair(table.tls, reading, key)
    if pair is None:
        return None
    try:
        # OpenSSL has the last word on what it can use.
        client_context(pair.tls_identity(), trusted=[pair.certificate])
    except OperatorError as error:
        reading.complaints.add(key, str(error))
    return pair.tls_identity()


def key_pair(table: KeyTable, reading: Reading, key: str) -> KeyPair | None:
    """Give a private key with its certificate, or None after a complaint."""
    password = None
    if table.password is not None or table.password_file is not None:
        password = secret_of(
            table.password,
            table.password_file,
            reading.complaints,
            f"{key}.password",
            folder=reading.folder,
            min_length=1,
        )
    in_pem = (table.key_file, table.certificate_file)
    match (*in_pem, table.pkcs12_file):
        case (Path() as key_file, Path() as certificate_file, None):
            paths = (reading.folder / key_file, reading.folder / certificate_file)
            return read_pem_pair(*paths, password, reading.complaints, key)
        case (None, None, Path() as pkcs12_file):
            return read_pkcs12_pair(reading.folder / pkcs12_file, password, reading.complaints, key)
    reading.complaints.add(key, "needs key_file and certificate_file, or pkcs12_file instead of both")
    return None


def _roots(table: GatewayTable, reading: Reading) -> tuple[x509.Certificate, ...]:
    key = "gateway.tls.trusted_files"
    paths = (reading.folder / path for path in table.tls.trusted_files)
    return tuple(root for path in paths for root in read_certificates(path, reading.complaints, key))


def _backend(name: str, table: BackendTable, reading: Reading) -> Backend:
    return Backend(
        name=name,
        token_sha256=table.token_sha256,
        submits=frozenset(action.value for action in table.submits),
        receives=frozenset(action.value for action in table.receives),
        push=_push(f"gateway.backend.{name}", table, reading),
    )


def _check_apart(backends: Sequence[Backend], reading: Reading) -> None:
    owners: dict[str, str] = {}
    for backend in backends:
        other = owners.setdefault(backend.token_sha256, backend.name)
        if other != backend.name:
            reading.complaints.add(
                f"gateway.backend.{backend.name}.token_sha256", f"is also that of {other}: each has a token of its own"
            )


def _push(key: str, table: BackendTable, reading: Reading) -> Push | None:
    match table.push_url, table.push_key_file:
        case None, None:
            return None
        case str() as url, Path() as path:
            secret = _push_key(reading.folder / path, reading, f"{key}.push_key_file")
            try:
                return Push(url=url, key=secret) if secret else None
            except OperatorError as error:
                reading.complaints.add(f"{key}.push_url", str(error))
                return None
    reading.complaints.add(key, "needs push_url and push_key_file together, or neither")
    return None


def _push_key(path: Path, reading: Reading, key: str) -> bytes | None:
    text = read_secret(path, reading.complaints, key)
    if text is None:
        return None
    try:
        found = b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        found = b""
    if len(found) < MIN_PUSH_KEY_BYTES:
        reading.complaints.add(key, f"{path} holds no key; expected: {MIN_PUSH_KEY_BYTES} bytes or more in base64")
        return None
    return found


def _listeners(table: GatewayTable, reading: Reading) -> tuple[Listener, Listener]:
    peers = Listener(host=table.peer_listener.host, port=table.peer_listener.port)
    if table.peer_listener.proxy is not None:
        peers = reading.plain_listener(table.peer_listener, "gateway.peer_listener")
    return peers, reading.plain_listener(table.backend_listener, "gateway.backend_listener")


def _proxy(table: ProxyTable | None, reading: Reading) -> Proxy | None:
    if table is None:
        return None
    key = "gateway.peer_listener.proxy"
    token = secret_of(
        table.token,
        table.token_file,
        reading.complaints,
        f"{key}.token",
        folder=reading.folder,
        min_length=MIN_PROXY_TOKEN_LENGTH,
    )
    if token is None:
        return None
    try:
        return Proxy(token=token, certificate_header=table.certificate_header)
    except OperatorError as error:
        reading.complaints.add(key, str(error))
        return None


def _limits(table: LimitsTable) -> dict[str, Any]:
    given: dict[str, Any] = table.model_dump(exclude_none=True, exclude={"max_payload_bytes"})
    if table.max_payload_bytes is not None:
        given["limits"] = Limits(max_payload_bytes=table.max_payload_bytes)
    return given
