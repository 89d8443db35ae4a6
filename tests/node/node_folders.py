"""
Folders of nodes: making one, changing its files, reading it, and certificates that something is wrong with.
"""

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from oots import pki
from oots.node.complaints import SettingsRefused
from oots.node.new_node import Plan, make_node
from oots.node.settings import Node, read_node

NOW = datetime.now(UTC)
PLAN = Plan(
    party_id="AP_FI_01",
    country="FI",
    authority="Digi- ja väestötietovirasto",
    address="https://ap.example.fi/as4",
    first_port=8443,
    environment="acceptance",
)
SUBJECT = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "AP_PT_01")])


def make(folder: Path, plan: Plan = PLAN) -> None:
    make_node(folder, plan, now=NOW, new_id=lambda: str(uuid.uuid4()))


def read(folder: Path, environ: Mapping[str, str] = {}, *, now: datetime = NOW) -> Node:
    return read_node(folder / "oots.toml", environ, now=now)


def complaints_of(folder: Path, environ: Mapping[str, str] = {}) -> list[str]:
    """Give what is complained about; paths as if the folder were the current one."""
    with pytest.raises(SettingsRefused) as refused:
        read(folder, environ)
    return str(refused.value).replace(f"{folder}/", "").splitlines()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def write_private(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return pki.new_rsa_key(bits)


def certificate(
    key: pki.PrivateKey | None = None,
    extensions: pki.Extensions | None = None,
    *,
    since: timedelta = timedelta(0),
    days: int = 30,
) -> bytes:
    """Give a self-signed certificate for messages, or one that deviates."""
    made = pki.self_signed(
        SUBJECT,
        key or rsa_key(),
        pki.message_extensions() if extensions is None else extensions,
        now=NOW + since,
        days=days,
    )
    return pki.certificate_pem(made)


def tls_certificate() -> bytes:
    key = pki.new_ec_key()
    return pki.certificate_pem(pki.self_signed(SUBJECT, key, pki.tls_extensions(["localhost"]), now=NOW, days=30))


def environment(**variables: str) -> dict[str, str]:
    """Give the environment of a process without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OOTS_")} | variables
