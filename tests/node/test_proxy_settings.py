"""The reverse proxy in `oots.toml`: what `docs/reverse-proxy.md` shows, and what is complained about."""

import re
from pathlib import Path

import pytest

from gateway.settings import Listener
from oots.net.behind_proxy import MIN_TOKEN_LENGTH, Proxy
from oots.node.gateway_settings import GatewayService
from tests.node.node_folders import complaints_of, read, write_private

PAGE = Path(__file__).parents[2] / "docs" / "reverse-proxy.md"
TOKEN = "a-secret-that-only-the-proxy-and-we-know"


@pytest.fixture
def with_proxy(folder: Path) -> Path:
    """Put the tables of the page in the place of the one that is there."""
    (tables,) = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    text = (folder / "oots.toml").read_text()
    replaced, count = re.subn(
        r"^\[gateway\.peer_listener\].*?(?=^\[)", f"{tables}\n", text, flags=re.MULTILINE | re.DOTALL
    )
    assert count == 1
    (folder / "oots.toml").write_text(replaced)
    write_private(folder / "secrets" / "proxy.token", f"{TOKEN}\n".encode())
    return folder


def gateway_of(folder: Path) -> GatewayService:
    gateway = read(folder).gateway
    assert gateway is not None
    return gateway


def change_proxy(folder: Path, old: str, new: str) -> None:
    text = (folder / "oots.toml").read_text()
    assert text.count(old) == 1
    (folder / "oots.toml").write_text(text.replace(old, new))


def test_the_page_shows_what_is_needed(with_proxy: Path) -> None:
    settings = gateway_of(with_proxy).settings

    assert settings.proxy == Proxy(token=TOKEN, certificate_header="X-SSL-Client-Cert")
    assert settings.peer_listener == Listener(host="127.0.0.1", port=8447)
    assert TOKEN not in repr(settings)


def test_without_a_proxy_peers_connect_directly(folder: Path) -> None:
    assert gateway_of(folder).settings.proxy is None


def test_the_secret_may_be_in_a_variable(with_proxy: Path) -> None:
    change_proxy(with_proxy, 'token_file = "secrets/proxy.token"\n', "")

    gateway = read(with_proxy, {"OOTS_GATEWAY__PEER_LISTENER__PROXY__TOKEN": "x" * MIN_TOKEN_LENGTH}).gateway

    assert gateway is not None
    assert gateway.settings.proxy == Proxy(token="x" * MIN_TOKEN_LENGTH)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('host = "127.0.0.1"\nport = 8447', "port = 8447", "peer_listener.host: '0.0.0.0' can be reached by others"),
        ('host = "127.0.0.1"\nport = 8447', 'host = "10.0.0.1"\nport = 8447', "peer_listener.host: '10.0.0.1' can be"),
        ('token_file = "secrets/proxy.token"\n', "", "proxy.token_file: is missing; expected: a file with the secret"),
        ('"secrets/proxy.token"', '"secrets/none"', "proxy.token_file: secrets/none cannot be read"),
        ('"secrets/proxy.token"', '"secrets/short"', "proxy.token_file: the secret is too short: 32 characters are"),
        ('"secrets/proxy.token"', '"secrets/open"', "proxy.token_file: secrets/open holds a secret and is open to ot"),
        ('"secrets/proxy.token"', '"secrets/words"', "proxy: the token of the proxy: 32 ASCII characters are the le"),
        (
            'token_file = "secrets/proxy.token"\n',
            f'token = "{TOKEN}"\n',
            "proxy.token: is a secret, and no secret stan",
        ),
        ('"X-SSL-Client-Cert"', '"X SSL"', "proxy.certificate_header: string should match pattern"),
        ('"X-SSL-Client-Cert"', '"X-OOTS-Proxy-Token"', "proxy: the certificate cannot come in X-OOTS-Proxy-Token"),
    ],
)
def test_what_is_wrong_with_a_proxy_is_complained_about(with_proxy: Path, old: str, new: str, complaint: str) -> None:
    write_private(with_proxy / "secrets" / "short", b"x" * (MIN_TOKEN_LENGTH - 1))
    write_private(with_proxy / "secrets" / "words", b"a secret of several words is no good token")
    (with_proxy / "secrets" / "open").write_bytes(TOKEN.encode())
    (with_proxy / "secrets" / "open").chmod(0o644)
    change_proxy(with_proxy, old, new)

    found = complaints_of(with_proxy)

    assert any(complaint in line for line in found), found
    assert TOKEN not in "".join(found)
