"""
A new node in a folder of its own: keys, requests for certificates, tokens, settings, and what to do first.

The same files every time; their text is in `templates`.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.settings import token_hash
from oots.errors import OperatorError
from oots.net.addresses import check_address, is_loopback
from oots.node.storage import sqlite_in
from oots.pki import (
    Extensions,
    PrivateKey,
    certificate_pem,
    certificate_request,
    key_pem,
    message_extensions,
    new_ec_key,
    new_rsa_key,
    self_signed,
    tls_extensions,
)
from oots.store.key_file import make_key_file

PORTS: Final = 4
"""Of a node: for peers, for our services, for portals, for the provider."""

CERTIFICATE_DAYS: Final = 398
"""Of the certificates to begin with: the most that a TLS certificate may have (TDD 3.7)."""

SEMANTIC_REPOSITORY: Final = {
    "acceptance": "https://sr.acc.oots.tech.ec.europa.eu",
    "production": "https://sr.oots.tech.ec.europa.eu",
}

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PRIVATE: Final = 0o600
_READABLE: Final = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known about a node before it is made."""

    party_id: str
    country: str
    """OOTS code."""
    authority: str
    """Name of the authority."""
    address: str
    """At which peers will reach it."""
    first_port: int
    environment: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.party_id):
            raise OperatorError(f"{self.party_id!r} is no party id such as AP_FI_01: letters, digits and . _ - only")
        if not re.fullmatch(r"[A-Z]{2}", self.country):
            raise OperatorError(f"{self.country!r} is no country code in two capital letters, such as FI or EL")
        if not self.authority.isprintable() or not 0 < len(self.authority) <= 64:
            raise OperatorError("the name of the authority is empty, longer than 64 characters, or not printable")
        check_address(self.address)
        if self.environment == "production" and is_loopback(self.host):
            raise OperatorError("a node for production needs the address at which peers reach it")

    @property
    def host(self) -> str:
        """Of the address."""
        return urlsplit(self.address).hostname or ""

    @property
    def subject(self) -> x509.Name:
        """Of the certificates."""
        # OOTS says EL for Greece, X.509 says GR as ISO 3166 does.
        country = {"EL": "GR"}.get(self.country, self.country)
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, country),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.authority),
                x509.NameAttribute(NameOID.COMMON_NAME, self.party_id),
            ]
        )


def make_node(folder: Path, plan: Plan, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Make a node in a folder that is new or empty; raises `OperatorError` for any other."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OperatorError(f"{folder} is not empty: a new node gets a folder of its own")
        for name in ("keys", "secrets", "peers", "data"):
            (folder / name).mkdir(mode=0o700)
        _make_keys(folder / "keys", plan, now)
        tokens = {name: secrets.token_urlsafe(32) for name in ("requester", "provider", "portal")}
        for name, token in tokens.items():
            _write(folder / "secrets" / f"{name}.token", token.encode() + b"\n", _PRIVATE)
        _write_texts(folder, plan, tokens, new_id)
        _make_databases(folder / "data")
    except OSError as error:
        raise OperatorError(f"{folder} cannot be used: {error.strerror or error}") from error


def _make_databases(data_folder: Path) -> None:
    # Here, not at the top: only a new node waits for Alembic.
    from oots.node.databases import PACKAGES
    from oots.store.database import open_database
    from oots.store.migrate import upgrade

    for service in PACKAGES:
        database = open_database(sqlite_in(data_folder, service))
        try:
            upgrade(database, PACKAGES[service])
        finally:
            database.close()


def _make_keys(folder: Path, plan: Plan, now: datetime) -> None:
    hosts = list(dict.fromkeys([plan.host, "localhost", "127.0.0.1"]))
    _make_key(folder, "message", new_rsa_key(), message_extensions(), plan, now)
    _make_key(folder, "tls", new_ec_key(), tls_extensions(hosts), plan, now)
    make_key_file(folder / "at-rest.json", now=now)


def _make_key(folder: Path, name: str, key: PrivateKey, extensions: Extensions, plan: Plan, now: datetime) -> None:
    certificate = self_signed(plan.subject, key, extensions, now=now, days=CERTIFICATE_DAYS)
    request = certificate_request(plan.subject, key, extensions)
    _write(folder / f"{name}.key", key_pem(key), _PRIVATE)
    _write(folder / f"{name}.crt", certificate_pem(certificate), _READABLE)
    _write(folder / f"{name}.csr", request.public_bytes(Encoding.PEM), _READABLE)


def _write_texts(folder: Path, plan: Plan, tokens: Mapping[str, str], new_id: Callable[[], str]) -> None:
    port = plan.first_port
    values = {
        "party_id": plan.party_id,
        "country": plan.country,
        "authority": _toml(plan.authority),
        "address": _toml(plan.address),
        "environment": plan.environment,
        "semantic_repository": SEMANTIC_REPOSITORY[plan.environment],
        "content_id_domain": plan.host if re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]*", plan.host) else "localhost",
        "peer_port": str(port),
        "backend_port": str(port + 1),
        "portal_port": str(port + 2),
        "provider_port": str(port + 3),
        "system_check": new_id(),
        "test_evidence": new_id(),
    }
    # Of the tokens that the access point knows, it gets the hashes only.
    values |= {f"{name}_token_sha256": token_hash(tokens[name]) for name in ("requester", "provider")}
    for name in ("oots.toml", "peers.toml", "FIRST-STEPS.md"):
        text = Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(values)
        _write(folder / name, text.encode("utf-8"), _READABLE)


def _toml(text: str) -> str:
    # Of printable text, JSON and TOML think the same.
    return json.dumps(text, ensure_ascii=False)


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
