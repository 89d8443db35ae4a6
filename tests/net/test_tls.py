import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from tls_world import TlsWorld

from oots import pki
from oots.errors import OperatorError
from oots.net.tls import TlsIdentity, client_context, server_context


def test_keys_come_from_files_or_as_bytes(tls: TlsWorld, tmp_path: Path) -> None:
    certificate, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    assert isinstance(tls.identity.certificate, bytes)
    assert isinstance(tls.identity.key, bytes)
    certificate.write_bytes(tls.identity.certificate)
    key.write_bytes(tls.identity.key)

    server_context(TlsIdentity(certificate=certificate, key=key), trusted=[tls.authority.certificate])


def test_no_key_stays_on_disk(tls: TlsWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    client_context(tls.identity, trusted=[tls.authority.certificate])

    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_the_operators_business(tls: TlsWorld, tmp_path: Path) -> None:
    identity = TlsIdentity(certificate=tmp_path / "missing.pem", key=b"")

    with pytest.raises(OperatorError, match=r"cannot be used: .*missing\.pem"):
        server_context(identity, trusted=[tls.authority.certificate])


def test_a_key_that_is_not_the_certificates_is_the_operators_business(tls: TlsWorld) -> None:
    identity = TlsIdentity(certificate=tls.identity.certificate, key=pki.key_pem(pki.new_ec_key()))

    with pytest.raises(OperatorError, match="mismatch"):
        server_context(identity, trusted=[tls.authority.certificate])


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(tls: TlsWorld) -> None:
    locked = pki.new_ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    identity = TlsIdentity(certificate=tls.identity.certificate, key=locked)

    with pytest.raises(OperatorError, match="cannot be used"):
        server_context(identity, trusted=[tls.authority.certificate])


def test_without_anyone_to_trust_there_is_no_context(tls: TlsWorld) -> None:
    with pytest.raises(OperatorError, match="no TLS certificate is trusted"):
        server_context(tls.identity, trusted=[])


def test_only_suites_of_the_profile_are_offered(tls: TlsWorld) -> None:
    names = {str(suite["name"]) for suite in tls.server.get_ciphers()}

    assert all(
        name.startswith(("TLS_", "ECDHE-")) and ("GCM" in name or "CCM" in name or "POLY" in name) for name in names
    )
    assert "ECDHE-ECDSA-AES128-CCM" in names


def test_the_test_certificates_are_valid_today(tls: TlsWorld) -> None:
    assert tls.authority.certificate.not_valid_after_utc > datetime.now(UTC)
