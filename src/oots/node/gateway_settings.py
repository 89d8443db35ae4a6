"""
The table `[gateway]`: the settings of the access point, with its keys and its peers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from gateway.settings import MIN_TOKEN_LENGTH, Listener, Settings
from oots.as4 import Keyring, Limits
from oots.errors import OperatorError
from oots.net.tls import TlsIdentity, client_context
from oots.node.certificates import KeyPair, message_keys, read_certificates, read_pem_pair, read_pkcs12_pair
from oots.node.complaints import Complaints
from oots.node.peers import Peers, read_peers
from oots.node.peers_in_use import PeersInUse
from oots.node.reading import Reading
from oots.node.secret_files import read_secret, secret_of
from oots.node.tables import GatewayTable, KeyTable, LimitsTable
from oots.store.durability import Durability
from oots.store.key_file import KeyFile
from oots.wssec.keys import OwnKeys

SPOOL: Final = "spool"
"""Folder within the data folder, for payloads that do not fit into memory."""
DATABASE: Final = "gateway.db"
BLOBS: Final = "gateway-blobs"
"""Folder within the data folder, for payloads that wait, encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayService:
    """An access point, ready to be started."""

    settings: Settings
    peers: PeersInUse
    peers_file: Path
    read_peers: Callable[[datetime], Peers] = field(repr=False)
    """Reads the file with the peers again; raises `SettingsRefused`."""


def read_gateway(table: GatewayTable, reading: Reading, of_peers: Complaints) -> GatewayService | None:
    """Give the settings, or None after a complaint, either in `reading` or about the file with the peers."""
    complaints = reading.complaints
    own = _message_keys(table.message_key, reading)
    tls = _tls_identity(table, reading)
    roots = _roots(table, reading)
    tokens = _tokens(table, reading)
    listeners = _listeners(table, reading)
    peers_file = reading.folder / table.peers_file

    def read_all(complaints: Complaints, now: datetime) -> Peers | None:
        return read_peers(
            peers_file,
            complaints,
            own=reading.party,
            own_address=reading.node.address,
            has_roots=bool(roots),
            now=now,
        )

    def read_again(now: datetime) -> Peers:
        complaints = Complaints(str(peers_file))
        peers = read_all(complaints, now)
        complaints.refuse()
        assert peers is not None, "no peers without a complaint"
        return peers

    peers = read_all(of_peers, reading.now)
    if own is None or tls is None or peers is None or complaints.block:
        return None
    in_use = PeersInUse(peers)
    settings = Settings(
        own=reading.party,
        keyring=Keyring(own=own, peers=in_use.certificates),
        pmodes=in_use.pmodes,
        tls=tls,
        tls_trusted=(*roots, *pinned(peers)),
        tls_pinned=in_use.tls_pinned,
        peer_listener=listeners[0],
        backend_listener=listeners[1],
        path=table.peer_listener.path,
        backend_tokens=tokens,
        spool_folder=reading.folder / reading.node.data_folder / SPOOL,
        durability=_durability(table, reading),
        **_limits(table.limits),
    )
    return GatewayService(settings=settings, peers=in_use, peers_file=peers_file, read_peers=read_again)


def sqlite_in(data_folder: Path) -> str:
    """Give the address of the access point's database in a data folder."""
    return f"sqlite:///{data_folder.absolute() / DATABASE}"


def _durability(table: GatewayTable, reading: Reading) -> Durability:
    data_folder = reading.folder / reading.node.data_folder
    return Durability(
        database=table.database or sqlite_in(data_folder),
        blob_folder=data_folder / BLOBS,
        keys=KeyFile(reading.folder / reading.node.key_file).keys,
    )


def pinned(peers: Peers) -> tuple[x509.Certificate, ...]:
    """Give the certificates of peers that TLS connections are built on, as if they were roots."""
    return tuple(certificate for peer in peers.peers for certificate in peer.tls)


def _message_keys(table: KeyTable, reading: Reading) -> OwnKeys | None:
    key = "gateway.message_key"
    pair = _key_pair(table, reading, key)
    return message_keys(pair, reading.complaints, key, now=reading.now) if pair else None


def _tls_identity(table: GatewayTable, reading: Reading) -> TlsIdentity | None:
    key = "gateway.tls"
    pair = _key_pair(table.tls, reading, key)
    if pair is None:
        return None
    try:
        # OpenSSL has the last word on what it can use.
        client_context(pair.tls_identity(), trusted=[pair.certificate])
    except OperatorError as error:
        reading.complaints.add(key, str(error))
    return pair.tls_identity()


def _key_pair(table: KeyTable, reading: Reading, key: str) -> KeyPair | None:
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


def _tokens(table: GatewayTable, reading: Reading) -> tuple[str, ...]:
    complaints, key = reading.complaints, "gateway.backend_token_files"
    paths = (reading.folder / path for path in table.backend_token_files)
    of_files = [read_secret(path, complaints, key) for path in paths]
    tokens = (*(token.get_secret_value() for token in table.backend_tokens), *filter(None, of_files))
    if not table.backend_tokens and not table.backend_token_files:
        complaints.add(key, "is missing; expected: a file with a token for each service behind the access point")
    elif any(len(token) < MIN_TOKEN_LENGTH for token in tokens):
        complaints.add(key, f"a token is too short: {MIN_TOKEN_LENGTH} characters are the least")
    return tokens


def _listeners(table: GatewayTable, reading: Reading) -> tuple[Listener, Listener]:
    peers = Listener(host=table.peer_listener.host, port=table.peer_listener.port)
    return peers, reading.plain_listener(table.backend_listener, "gateway.backend_listener")


def _limits(table: LimitsTable) -> dict[str, Any]:
    given: dict[str, Any] = table.model_dump(exclude_none=True, exclude={"max_payload_bytes"})
    if table.max_payload_bytes is not None:
        given["limits"] = Limits(max_payload_bytes=table.max_payload_bytes)
    return given
