"""What `peers.toml` comes to, everything that is complained about, and reading it again while the node runs."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from oots import pki
from oots.codes import PARTY_TYPE_OOTS, Action
from oots.ebms.messages import PartyId
from oots.errors import ProcessingModeMismatch
from oots.node.gateway_settings import GatewayService
from tests.node.node_folders import NOW, certificate, complaints_of, read, rsa_key, tls_certificate

PORTUGAL = PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS)
TABLE = """
[[peer]]
party_id = "AP_PT_01"
address = "https://ap.example.pt/as4"
signing_certificates = ["peers/pt.crt"]
encryption_certificate = "peers/pt.crt"
tls_certificates = ["peers/pt-tls.crt"]
"""


@pytest.fixture
def with_partner(folder: Path) -> Path:
    (folder / "peers" / "pt.crt").write_bytes(certificate())
    (folder / "peers" / "pt-tls.crt").write_bytes(tls_certificate())
    with (folder / "peers.toml").open("a") as file:
        file.write(TABLE)
    return folder


def change_partner(folder: Path, old: str, new: str) -> None:
    head, mark, table = (folder / "peers.toml").read_text().rpartition("[[peer]]")
    assert old in table
    (folder / "peers.toml").write_text(f"{head}{mark}{table.replace(old, new, 1)}")


def gateway_of(folder: Path) -> GatewayService:
    gateway = read(folder).gateway
    assert gateway is not None
    return gateway


def loaded(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_peer_has_certificates_a_p_mode_for_each_action_and_a_place_among_those_trusted(with_partner: Path) -> None:
    settings = gateway_of(with_partner).settings

    tls = loaded(with_partner / "peers" / "pt-tls.crt")
    assert settings.keyring.certificates_of(PORTUGAL).encryption == loaded(with_partner / "peers" / "pt.crt")
    assert settings.tls_pinned[PORTUGAL] == (tls,)
    assert tls in settings.tls_trusted
    for action in Action:
        pmode = settings.pmodes.match_outgoing(PORTUGAL, action.value)
        assert (pmode.address, pmode.compress) == ("https://ap.example.pt/as4", True)
        assert pmode.retry_after_seconds == (0, 60, 180)


def test_terms_are_those_of_the_action_before_those_of_the_peer(with_partner: Path) -> None:
    with (with_partner / "peers.toml").open("a") as file:
        file.write("retry_after_seconds = [0, 30]\n[peer.action.ExecuteQueryResponse]\ncompress = false\n")
        file.write("[peer.action.ExceptionResponse]\nretry_after_seconds = [0]\n")

    pmodes = gateway_of(with_partner).settings.pmodes

    terms = {
        action: (pmode.compress, pmode.retry_after_seconds)
        for action in Action
        for pmode in [pmodes.match_outgoing(PORTUGAL, action.value)]
    }
    assert terms == {Action.REQUEST: (True, (0, 30)), Action.RESPONSE: (False, (0, 30)), Action.EXCEPTION: (True, (0,))}


def test_a_limit_for_payloads_is_for_those_of_the_peer(with_partner: Path) -> None:
    with (with_partner / "peers.toml").open("a") as file:
        file.write("max_payload_bytes = 1000\n")

    pmodes = gateway_of(with_partner).settings.pmodes

    agreed = pmodes._current()._by_key.values()
    assert {
        (pmode.initiator.party_id.value, pmode.max_payload_bytes)
        for pmode in agreed
        if PORTUGAL in {pmode.initiator.party_id, pmode.responder.party_id}
    } == {("AP_PT_01", 1000), ("AP_FI_01", None)}


def test_only_the_actions_that_are_agreed_have_a_p_mode(with_partner: Path) -> None:
    with (with_partner / "peers.toml").open("a") as file:
        file.write('actions = ["ExecuteQueryRequest"]\n')

    pmodes = gateway_of(with_partner).settings.pmodes

    pmodes.match_outgoing(PORTUGAL, "ExecuteQueryRequest")
    with pytest.raises(ProcessingModeMismatch):
        pmodes.match_outgoing(PORTUGAL, "ExecuteQueryResponse")


def test_certificates_may_be_der(with_partner: Path) -> None:
    path = with_partner / "peers" / "pt.crt"
    expected = loaded(path)
    path.write_bytes(expected.public_bytes(Encoding.DER))

    assert gateway_of(with_partner).settings.keyring.certificates_of(PORTUGAL).signing == (expected,)


def test_a_certificate_may_have_its_chain_beside_it_in_any_order(with_partner: Path) -> None:
    path = with_partner / "peers" / "pt-tls.crt"
    expected = loaded(path)
    authority = pki.certificate_pem(pki.new_authority("an authority", now=NOW).certificate)
    path.write_bytes(authority + path.read_bytes())

    settings = gateway_of(with_partner).settings

    assert settings.tls_pinned[PORTUGAL] == (expected,)
    assert len(settings.tls_trusted) == 2


def test_a_certificate_without_key_usage_is_taken(with_partner: Path) -> None:
    (with_partner / "peers" / "pt.crt").write_bytes(certificate(extensions=()))

    assert read(with_partner).warnings == ()


def test_two_signing_certificates_lie_side_by_side_while_one_replaces_the_other(with_partner: Path) -> None:
    (with_partner / "peers" / "next.crt").write_bytes(certificate(since=timedelta(days=10)))
    change_partner(with_partner, '["peers/pt.crt"]', '["peers/pt.crt", "peers/next.crt"]')

    node = read(with_partner)

    assert node.gateway is not None
    assert len(node.gateway.settings.keyring.certificates_of(PORTUGAL).signing) == 2
    assert node.warnings == ()


def test_an_expired_certificate_of_a_peer_warns_and_stops_nobody(with_partner: Path) -> None:
    (with_partner / "peers" / "pt.crt").write_bytes(certificate(since=timedelta(days=-60)))

    node = read(with_partner)

    assert node.gateway is not None
    texts = [f"{complaint.key}: {complaint.text}" for complaint in node.warnings]
    assert [text.split(" on ")[0] for text in texts] == [
        "peer 'AP_PT_01'.signing_certificates: peers/pt.crt expired",
        "peer 'AP_PT_01'.encryption_certificate: peers/pt.crt expired",
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("https://ap.example.pt", "http://ap.example.pt", ".address: 'http://ap.example.pt/as4' is not https"),
        ("https://ap.example.pt", "ap.example.pt", ".address: 'ap.example.pt/as4' is no address"),
        ('["peers/pt.crt"]', "[]", ".signing_certificates: tuple should have at least 1 item"),
        (
            '["peers/pt.crt"]',
            '["peers/pt.crt", "peers/pt.crt"]',
            ".signing_certificates: holds the same certificate tw",
        ),
        ('["peers/pt.crt"]', '["peers/a.crt"]', ".signing_certificates: peers/a.crt cannot be read"),
        (
            '"peers/pt.crt"\n',
            '"oots.toml"\n',
            ".encryption_certificate: oots.toml holds no certificate that can be read",
        ),
        ('"peers/pt.crt"\n', '"peers/two.crt"\n', ".encryption_certificate: peers/two.crt holds several certificates"),
        ('"peers/pt.crt"\n', '"peers/short.crt"\n', ".encryption_certificate: peers/short.crt has an RSA key of 1024"),
        ('["peers/pt.crt"]', '["peers/odd.crt"]', ".signing_certificates: peers/odd.crt holds no certificate that can"),
        ('["peers/pt.crt"]', '["peers/ec.crt"]', ".signing_certificates: peers/ec.crt has no RSA key; expected: RSA"),
        ('["peers/pt.crt"]', '["peers/ca.crt"]', ".signing_certificates: peers/ca.crt is not for signatures: its key "),
        ('"peers/pt.crt"\n', '"peers/ca.crt"\n', ".encryption_certificate: peers/ca.crt is not for encryption: its k"),
        ('tls_certificates = ["peers/pt-tls.crt"]', "", ".tls_certificates: is missing, and gateway.tls.trusted_files"),
        ('party_id = "AP_PT_01"', 'party_id = "AP_FI_01"', "peer 'AP_FI_01'.party_id: stands in this file twice"),
        ('party_id = "AP_PT_01"', "", "peer[2].party_id: is missing; expected: the party id of the peer"),
        (
            "tls_certificates = [",
            "compres = true\ntls_certificates = [",
            ".compres: is not known here; is 'compress' m",
        ),
        (
            "tls_certificates = [",
            "retry_after_seconds = [0, 9, 9]\ntls_certificates = [",
            ".retry_after_seconds: does n",
        ),
        (
            "tls_certificates = [",
            "retry_after_seconds = [5]\ntls_certificates = [",
            ".retry_after_seconds: does not ris",
        ),
        (
            "tls_certificates = [",
            'actions = ["Query"]\ntls_certificates = [',
            ".actions[1]: input should be 'ExecuteQu",
        ),
        (
            "tls_certificates = [",
            'password = "a"\ntls_certificates = [',
            ".password: is a secret, and no secret stands",
        ),
    ],
)
def test_what_is_wrong_with_a_peer_is_complained_about(with_partner: Path, old: str, new: str, complaint: str) -> None:
    peers = with_partner / "peers"
    (peers / "two.crt").write_bytes(certificate() + certificate())
    (peers / "short.crt").write_bytes(certificate(rsa_key(1024)))
    (peers / "ec.crt").write_bytes(certificate(pki.new_ec_key()))
    # BasicConstraints under the name of KeyUsage, which is there already.
    (peers / "odd.crt").write_bytes(
        ssl.PEM_cert_to_DER_cert(certificate().decode()).replace(b"U\x1d\x13", b"U\x1d\x0f")
    )
    (peers / "ca.crt").write_bytes(certificate(extensions=((pki._usage(key_cert_sign=True), True),)))
    change_partner(with_partner, old, new)

    (found,) = complaints_of(with_partner)

    assert found.startswith("peers.toml: peer")
    assert complaint in found


def test_complaints_about_all_peers_come_at_once(with_partner: Path) -> None:
    text = (with_partner / "peers.toml").read_text().replace("https:", "http:").replace("keys/tls", "keys/no")
    (with_partner / "peers.toml").write_text(text)

    assert [line.split(": ")[1] for line in complaints_of(with_partner)] == [
        "peer 'AP_FI_01'.tls_certificates",
        "peer 'AP_PT_01'.address",
    ]


def test_an_action_of_its_own_has_to_be_among_the_actions(with_partner: Path) -> None:
    with (with_partner / "peers.toml").open("a") as file:
        file.write('actions = ["ExecuteQueryRequest"]\n[peer.action.ExceptionResponse]\nretry_after_seconds = [1]\n')

    assert [line.split(": ")[1] for line in complaints_of(with_partner)] == [
        "peer 'AP_PT_01'.action.ExceptionResponse.retry_after_seconds",
        "peer 'AP_PT_01'.action.ExceptionResponse",
    ]


@pytest.mark.parametrize("content", ["peers = []\n", 'peer = "AP_PT_01"\n', "[peer]\n"])
def test_a_file_of_another_shape_is_refused(folder: Path, content: str) -> None:
    (folder / "peers.toml").write_text(content)

    assert complaints_of(folder) != []


def test_we_post_to_ourselves_where_the_file_says_and_not_where_others_reach_us(folder: Path) -> None:
    gateway = gateway_of(folder)

    for action in Action:
        pmode = gateway.settings.pmodes.match_outgoing(gateway.settings.own, action.value)
        assert pmode.address == "https://localhost:8443/as4"
