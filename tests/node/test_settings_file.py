"""What `oots.toml` and its variables come to, and everything that is complained about."""

import shutil
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate

from gateway.settings import Push, token_hash
from oots import pki
from oots.as4 import Limits
from oots.codes import PARTY_TYPE_OOTS
from oots.ebms.messages import PartyId
from oots.edm.model import AgentClassification, Identifier, LevelOfAssurance
from oots.node.complaints import SettingsRefused
from oots.node.rule_workers import RuleWorkers
from oots.node.services import Service
from oots.node.settings import read_node
from tests.node.node_folders import NOW, certificate, change, complaints_of, read, rsa_key, write_private

ME = PartyId(value="AP_FI_01", type=PARTY_TYPE_OOTS)


def test_a_new_node_is_complete(folder: Path) -> None:
    node = read(folder)

    assert (node.party, node.environment, node.address) == (ME, "acceptance", "https://ap.example.fi/as4")
    assert node.warnings == ()
    assert node.gateway is not None
    assert node.gateway.settings.own == ME
    assert node.gateway.settings.peer_listener.port == 8443
    assert node.gateway.settings.backend_listener.host == "127.0.0.1"
    assert [backend.name for backend in node.gateway.settings.backends] == ["requester", "provider"]
    assert list(node.gateway.settings.keyring.peers) == [ME]


def test_requester_and_provider_know_their_authority_and_the_gateways_token(folder: Path) -> None:
    node = read(folder)

    assert node.requester is not None
    assert node.provider is not None
    assert node.gateway is not None
    assert node.requester.settings.agent.classification is AgentClassification.EVIDENCE_REQUESTER
    assert node.requester.settings.agent.names[0].text == "Digi- ja väestötietovirasto"
    assert node.provider.settings.identifier == Identifier(
        value="TEST-PROVIDER", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:FI"
    )
    assert node.provider.settings.data_services == ()
    assert node.provider.settings.system_check is not None
    assert node.provider.settings.system_check.level_of_assurance is LevelOfAssurance.LOW
    hashes = [token_hash(token) for token in (node.requester.settings.gateway_token, node.provider.gateway_token)]
    assert hashes == [backend.token_sha256 for backend in node.gateway.settings.backends]


def test_a_token_is_good_for_what_its_service_does(folder: Path) -> None:
    node = read(folder)

    assert node.gateway is not None
    requester, provider = node.gateway.settings.backends
    assert requester.submits == provider.receives == {"ExecuteQueryRequest"}
    assert requester.receives == provider.submits == {"ExecuteQueryResponse", "ExceptionResponse"}


def test_the_settings_hold_no_token(folder: Path) -> None:
    text = (folder / "oots.toml").read_text()

    assert not any(path.read_text().strip() in text for path in (folder / "secrets").iterdir())


def test_a_back_end_may_be_told_of_its_messages(folder: Path) -> None:
    key = bytes(range(32))
    write_private(folder / "secrets" / "push.key", f"whsec_{b64encode(key).decode()}\n".encode())
    pushed = '[gateway.backend.requester]\npush_url = "https://portal.example/told"\npush_key_file = "secrets/push.key"'
    change(folder / "oots.toml", "[gateway.backend.requester]", pushed)

    node = read(folder)

    assert node.gateway is not None
    assert node.gateway.settings.backends[0].push == Push(url="https://portal.example/told", key=key)


@pytest.mark.parametrize(
    ("lines", "key", "complaint"),
    [
        ('push_url = "https://portal.example/told"', b"", "requester: needs push_url and push_key_file together"),
        (
            'push_url = "http://portal.example/told"\npush_key_file = "secrets/push.key"',
            b64encode(bytes(24)),
            "requester.push_url: 'http://portal.example/told' is not https",
        ),
        (
            'push_url = "https://portal.example/told"\npush_key_file = "secrets/push.key"',
            b64encode(bytes(23)),
            "requester.push_key_file: secrets/push.key holds no key; expected: 24 bytes or more in base64",
        ),
        (
            'push_url = "https://portal.example/told"\npush_key_file = "secrets/push.key"',
            b"no base64",
            "requester.push_key_file: secrets/push.key holds no key",
        ),
    ],
)
def test_a_push_that_cannot_be_is_complained_about(folder: Path, lines: str, key: bytes, complaint: str) -> None:
    write_private(folder / "secrets" / "push.key", key)
    change(folder / "oots.toml", "[gateway.backend.requester]", f"[gateway.backend.requester]\n{lines}")

    assert any(f"gateway.backend.{complaint}" in found for found in complaints_of(folder))


def test_two_services_have_two_tokens(folder: Path) -> None:
    requester, provider = (token_hash(read_token(folder, name)) for name in ("requester", "provider"))
    change(folder / "oots.toml", provider, requester)

    assert any(
        "gateway.backend.provider.token_sha256: is also that of requester" in found for found in complaints_of(folder)
    )


def read_token(folder: Path, name: str) -> str:
    return (folder / "secrets" / f"{name}.token").read_text().strip()


def test_a_new_node_does_not_ask_for_people(folder: Path) -> None:
    node = read(folder)

    assert node.requester is not None
    assert node.requester.settings.requesting_enabled is False


def test_a_variable_overrides_a_key_at_any_depth(folder: Path) -> None:
    variables = {
        "OOTS_GATEWAY__PEER_LISTENER__PORT": "9443",
        "OOTS_GATEWAY__LIMITS__MAX_PAYLOAD_BYTES": "1000",
        "OOTS_REQUESTER__REQUESTING_ENABLED": "true",
        "OOTS_REQUESTER__AUTHORITY__NAMES": '{ EN = "Town hall" }',
        "OOTS_NODE__PARTY_ID": "AP_FI_02",
    }

    node = read(folder, variables)

    assert node.gateway is not None
    assert node.requester is not None
    assert node.party.value == "AP_FI_02"
    assert node.gateway.settings.peer_listener.port == 9443
    assert node.gateway.settings.limits == Limits(max_payload_bytes=1000)
    assert node.requester.settings.requesting_enabled is True
    assert node.requester.settings.agent.names[0].text == "Town hall"


def test_documents_are_checked_by_one_worker_within_ten_seconds_unless_the_settings_say_otherwise(folder: Path) -> None:
    assert read(folder).rule_workers == RuleWorkers(count=1, seconds=10.0)

    more = {"OOTS_NODE__RULE_WORKERS": "4", "OOTS_NODE__RULE_SECONDS": "2.5"}
    assert read(folder, more).rule_workers == RuleWorkers(count=4, seconds=2.5)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("OOTS_NODE__RULE_WORKERS", "0", "the number of processes that check documents by the rules, 1 to 64"),
        ("OOTS_NODE__RULE_WORKERS", "65", "the number of processes"),
        ("OOTS_NODE__RULE_SECONDS", "0", "seconds that checking one document may take, 0.1 to 120"),
        ("OOTS_NODE__RULE_SECONDS", "for ever", "seconds that checking one document may take"),
    ],
)
def test_numbers_that_no_machine_has_are_refused(folder: Path, variable: str, value: str, expected: str) -> None:
    (found,) = complaints_of(folder, {variable: value})

    assert variable in found
    assert expected in found


def test_secrets_may_come_from_variables(folder: Path) -> None:
    shutil.rmtree(folder / "secrets")
    for line in (
        'gateway_token_file = "secrets/requester.token"',
        'api_token_file = "secrets/portal.token"',
        'gateway_token_file = "secrets/provider.token"',
    ):
        change(folder / "oots.toml", line, "")
    one, two, three = ("1" * 20, "2" * 20, "3" * 20)

    node = read(
        folder,
        {
            "OOTS_GATEWAY__BACKEND__REQUESTER__TOKEN_SHA256": token_hash(one),
            "OOTS_REQUESTER__GATEWAY_TOKEN": one,
            "OOTS_REQUESTER__API_TOKEN": three,
            "OOTS_PROVIDER__GATEWAY_TOKEN": two,
        },
    )

    assert node.gateway is not None
    assert node.requester is not None
    assert node.gateway.settings.backends[0].token_sha256 == token_hash(one)
    assert (node.requester.settings.gateway_token, node.requester.settings.api_token) == (one, three)


def test_variables_of_container_platforms_are_left_alone(folder: Path) -> None:
    read(folder, {"OOTS_PORT": "tcp://10.0.0.1:8443", "OOTS_GATEWAY_SERVICE_HOST": "10.0.0.1", "OOTS_CONFIG": "x"})


def test_a_service_can_run_where_the_files_of_the_others_are_not(folder: Path) -> None:
    shutil.rmtree(folder / "peers")
    (folder / "keys" / "message.key").unlink()

    node = read_node(folder / "oots.toml", {}, now=NOW, services=[Service.REQUESTER])

    assert node.requester is not None
    assert (node.gateway, node.provider) == (None, None)


def test_a_service_that_is_named_has_to_be_there(folder: Path) -> None:
    change(folder / "oots.toml", "[provider]", "[requester.provider]")
    text = (folder / "oots.toml").read_text()
    (folder / "oots.toml").write_text(text.split("[requester.provider]")[0])

    with pytest.raises(SettingsRefused, match="provider: is missing: this node has no such service"):
        read_node(folder / "oots.toml", {}, now=NOW, services=[Service.PROVIDER])


def test_keys_may_be_in_one_pkcs12_file_with_a_password(folder: Path) -> None:
    made = load_pem_x509_certificate(certificate())
    content = serialize_key_and_certificates(b"message", rsa_key(), made, None, BestAvailableEncryption(b"a password"))
    write_private(folder / "keys" / "message.p12", content)
    change(
        folder / "oots.toml",
        'key_file = "keys/message.key"\ncertificate_file = "keys/message.crt"',
        'pkcs12_file = "keys/message.p12"',
    )

    node = read(folder, {"OOTS_GATEWAY__MESSAGE_KEY__PASSWORD": "a password"})

    assert node.gateway is not None
    assert node.gateway.settings.keyring.own.certificate == made
    (complaint,) = complaints_of(folder, {"OOTS_GATEWAY__MESSAGE_KEY__PASSWORD": "another one"})
    assert complaint.startswith("oots.toml: gateway.message_key.pkcs12_file: keys/message.p12 is no PKCS#12 file, or")
    assert complaint.endswith("its password is another one")


def test_a_pem_key_may_have_a_password(folder: Path) -> None:
    pem = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
    write_private(folder / "keys" / "message.key", pem)
    (folder / "keys" / "message.crt").write_bytes(certificate())
    write_private(folder / "secrets" / "key.password", b"a password\n")

    assert complaints_of(folder) == [
        "oots.toml: gateway.message_key.key_file: keys/message.key holds no private key as PEM, or needs a password"
    ]
    change(
        folder / "oots.toml",
        'key_file = "keys/message.key"',
        'key_file = "keys/message.key"\npassword_file = "secrets/key.password"',
    )
    read(folder)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('environment = "acceptance"', 'environment = "test"', "node.environment: input should be 'acceptance' or"),
        ("port = 8443", "port = 70000", "gateway.peer_listener.port: input should be less than or equal to 65535"),
        ("port = 8443", 'port = "https"', "gateway.peer_listener.port: input should be a valid integer"),
        ("port = 8443", "port = 8444", "gateway.backend_listener.port: gateway.peer_listener has this port already"),
        ("port = 8444", "", "gateway.backend_listener.port: is missing; expected: a port, 1 to 65535"),
        ("[gateway.limits]", "[gateway.limit]", "gateway.limit: is not known here; is 'limits' meant?"),
        ("[provider]", "[publisher]", "publisher: is not known here"),
        ("submits = [", "submit = [", "gateway.backend.requester.submit: is not known here; is 'submits' meant?"),
        ("requesting_enabled", "requests_enabled", "requests_enabled: is not known here; is 'requesting_enabled'"),
        ('data_folder = "data"', 'data_folder = "nowhere"', "node.data_folder: nowhere is no folder"),
        ("keys/at-rest.json", "keys/none.json", "node.key_file: keys/none.json cannot be used for keys"),
        ("https://ap.example.fi", "http://ap.example.fi", "node.address: 'http://ap.example.fi/as4' is not https"),
        ("http://127.0.0.1:8444", "http://10.0.0.1:8444", "requester.gateway_url: 'http://10.0.0.1:8444' is not https"),
        ("keys/message.crt", "keys/no.crt", "gateway.message_key.certificate_file: keys/no.crt cannot be read"),
        ("keys/message.key", "keys/no.key", "gateway.message_key.key_file: keys/no.key cannot be read"),
        ("keys/message.key", "keys/tls.key", "gateway.message_key.key_file: is not the key of the certificate"),
        ('key_file = "keys/message.key"', "", "gateway.message_key: needs key_file and certificate_file, or pkcs12"),
        ("trusted_files = []", 'trusted_files = ["oots.toml"]', "gateway.tls.trusted_files: oots.toml holds no cert"),
        ("token_sha256", "token", "gateway.backend.requester.token: is a secret, and no secret stands in this file"),
        ('token_sha256 = "', 'token_sha256 = "A', "gateway.backend.requester.token_sha256: string should match"),
        ("[gateway.backend.requester]", "[gateway.backend.Requester]", "gateway.backend.Requester"),
        ('api_token_file = "secrets/portal.token"', "", "requester.api_token_file: is missing; expected: a file with"),
        ("names = { EN", "names = { english", "requester.authority.names.english"),
        ('country = "FI"', 'country = "fi"', "requester.authority.country: string should match pattern"),
        ("peers.toml", "partners.toml", "partners.toml: cannot be read"),
        ("[node]", "[node", "oots.toml: is no TOML"),
    ],
)
def test_what_is_wrong_is_complained_about(folder: Path, old: str, new: str, complaint: str) -> None:
    change(folder / "oots.toml", old, new)

    (found,) = [line for line in complaints_of(folder) if complaint in line]

    assert found.startswith(("oots.toml: ", "partners.toml: "))


def test_all_complaints_come_at_once(folder: Path) -> None:
    change(folder / "oots.toml", 'party_id = "AP_FI_01"', "")
    change(folder / "oots.toml", "port = 8444", "port = 0")
    change(folder / "oots.toml", "port = 8446", "")
    change(folder / "oots.toml", 'api_token_file = "secrets/portal.token"', 'api_token_file = "secrets/no.token"')
    change(folder / "peers.toml", "address = ", "adress = ")

    # The shape of [gateway] is wrong, so that its files are not looked at; everything else is.
    assert [line.split(": ")[1] for line in complaints_of(folder)] == [
        "node.party_id",
        "gateway.backend_listener.port",
        "provider.listener.port",
        "requester.api_token_file",
    ]
    change(folder / "oots.toml", "port = 0", "port = 8444")
    assert [line.split(": ")[1] for line in complaints_of(folder)] == [
        "node.party_id",
        "provider.listener.port",
        "requester.api_token_file",
        "peer 'AP_FI_01'.address",
        "peer 'AP_FI_01'.adress",
    ]


@pytest.mark.parametrize(
    ("line", "key", "where"),
    [
        ('api_token = "{}"', "requester.api_token", "name that in 'api_token_file', or into the variable OOTS_REQUEST"),
        ('keystore_password = "{}"', "requester.keystore_password", "name that in 'keystore_password_file'"),
        ('gateway_url = "http://me:{}@127.0.0.1:8444"', "requester.gateway_url", "name a file of its own here"),
        ('agent = "-----BEGIN PRIVATE KEY----- {}"', "requester.agent", "name a file of its own here"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(folder: Path, line: str, key: str, where: str) -> None:
    secret = "correct-horse-battery-staple"
    change(folder / "oots.toml", 'gateway_url = "http://127.0.0.1:8444"', "")
    change(folder / "oots.toml", "[requester.listener]", f"{line.format(secret)}\n[requester.listener]")

    found = complaints_of(folder)

    (complaint,) = [text for text in found if text.startswith(f"oots.toml: {key}: ")]
    assert where in complaint
    assert secret not in "\n".join(found)


def test_a_secret_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "secrets" / "portal.token").chmod(0o644)
    (folder / "keys" / "tls.key").chmod(0o604)

    assert complaints_of(folder) == [
        f"oots.toml: {key}_file: {path} holds a secret and is open to others (mode {mode}): close it with chmod 600"
        for key, path, mode in (
            ("gateway.tls.key", "keys/tls.key", "0604"),
            ("requester.api_token", "secrets/portal.token", "0644"),
        )
    ]


def test_the_group_may_read_a_secret_as_container_platforms_mount_it(folder: Path) -> None:
    (folder / "secrets" / "portal.token").chmod(0o440)

    read(folder)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines that are long enough", b"\xff" * 30])
def test_a_file_that_is_no_secret_is_refused(folder: Path, content: bytes) -> None:
    write_private(folder / "secrets" / "portal.token", content)

    (complaint,) = complaints_of(folder)
    assert complaint.endswith("secrets/portal.token is empty, or holds something else than one line of text")


def test_a_short_secret_is_refused_by_the_name_of_its_file_or_variable(folder: Path) -> None:
    write_private(folder / "secrets" / "portal.token", b"secret\n")

    assert complaints_of(folder, {"OOTS_PROVIDER__GATEWAY_TOKEN": "changeme"}) == [
        "oots.toml: requester.api_token_file: the secret is too short: 20 characters are the least",
        "OOTS_PROVIDER__GATEWAY_TOKEN: the secret is too short: 20 characters are the least",
    ]


def test_a_complaint_about_a_variable_names_the_variable(folder: Path) -> None:
    variables = {
        "OOTS_GATEWAY__PEER_LISTENER__PORT": "https",
        "OOTS_GATWAY__PATH": "/as4",
        "OOTS_NODE__PARTY_ID__VALUE": "AP",
    }

    found = complaints_of(folder, variables)

    assert [line.split(": ")[0] for line in found] == [
        "OOTS_GATWAY__PATH",
        "OOTS_NODE__PARTY_ID__VALUE",
        "OOTS_GATEWAY__PEER_LISTENER__PORT",
    ]
    assert "is 'gateway' meant?" in found[0]


def test_listeners_without_tls_are_for_this_machine_only(folder: Path) -> None:
    (complaint,) = complaints_of(folder, {"OOTS_REQUESTER__LISTENER__HOST": "0.0.0.0"})

    assert complaint.startswith("OOTS_REQUESTER__LISTENER__HOST: '0.0.0.0' can be reached by others, and there is no")


def test_production_needs_an_address_that_others_can_reach(folder: Path) -> None:
    found = complaints_of(folder, {"OOTS_NODE__ENVIRONMENT": "production", "OOTS_NODE__ADDRESS": "https://localhost/"})

    assert found == ["OOTS_NODE__ADDRESS: is this machine itself; expected in production: where peers reach us"]


def put_in_place(folder: Path, made: bytes) -> None:
    write_private(folder / "keys" / "message.key", pki.key_pem(rsa_key()))
    (folder / "keys" / "message.crt").write_bytes(made)


def test_our_own_certificate_has_to_be_valid(folder: Path) -> None:
    put_in_place(folder, certificate(since=timedelta(days=-60)))

    (found,) = complaints_of(folder)

    assert found.startswith("oots.toml: gateway.message_key: our certificate expired on")


def test_our_own_certificate_has_to_be_for_signatures_and_encryption(folder: Path) -> None:
    put_in_place(folder, certificate(extensions=pki.tls_extensions(["localhost"])))

    found = complaints_of(folder)

    assert found[0].startswith("oots.toml: gateway.message_key: our certificate is not for encryption: its key usage")


def test_our_own_key_has_to_be_long_enough(folder: Path) -> None:
    write_private(folder / "keys" / "message.key", pki.key_pem(rsa_key(1024)))
    (folder / "keys" / "message.crt").write_bytes(certificate(rsa_key(1024)))

    found = complaints_of(folder)

    assert found[0].endswith("our certificate has an RSA key of 1024 bits; expected: 2048 or more")


def test_messages_are_not_signed_with_an_elliptic_curve(folder: Path) -> None:
    key = pki.new_ec_key()
    write_private(folder / "keys" / "message.key", pki.key_pem(key))
    (folder / "keys" / "message.crt").write_bytes(certificate(key))

    assert "is no RSA key; expected: RSA with 2048 bits or more" in complaints_of(folder)[0]


def test_data_services_need_their_register(folder: Path) -> None:
    with (folder / "oots.toml").open("a") as file:
        file.write(
            '[[provider.data_service]]\nidentifier = "a"\nclassification = "https://sr.example/c"\n'
            'requirements = ["https://sr.example/r"]\nlanguages = ["FI"]\n'
        )

    (complaint,) = complaints_of(folder)
    assert complaint.startswith("oots.toml: provider.register_file: data/register.db is no file")
    (folder / "data" / "register.db").touch()
    node = read(folder)
    assert node.provider is not None
    assert node.provider.settings.data_services[0].identifier == "a"


def test_a_file_without_services_is_no_node(tmp_path: Path) -> None:
    (tmp_path / "oots.toml").write_text("")

    assert any("describes no service" in line for line in complaints_of(tmp_path))


def test_a_file_that_is_not_there_is_one_complaint(tmp_path: Path) -> None:
    assert complaints_of(tmp_path) == ["oots.toml: cannot be read: No such file or directory"]
