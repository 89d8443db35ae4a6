from dataclasses import replace

import pytest
from gateway_nodes import BACKEND, FINLAND, PORTUGAL, TOKEN, World, settings_of

from gateway.settings import MIN_TOKEN_LENGTH, Backend, Push, Settings, token_hash
from gateway.tokens import Tokens
from oots.errors import OperatorError


@pytest.fixture
def settings(world: World) -> Settings:
    return settings_of(world, PORTUGAL, {PORTUGAL: 1, FINLAND: 2})


OTHER = Backend(name="other", token_sha256=token_hash("a token of another back end"))


@pytest.mark.parametrize(
    ("backends", "reason"),
    [
        ((), "at least one is needed"),
        ((BACKEND, replace(OTHER, name=BACKEND.name)), "two have the same name"),
        ((BACKEND, replace(OTHER, token_sha256=BACKEND.token_sha256)), "two have the same token_sha256"),
    ],
)
def test_back_ends_are_told_apart(settings: Settings, backends: tuple[Backend, ...], reason: str) -> None:
    with pytest.raises(OperatorError, match=reason):
        replace(settings, backends=backends)


@pytest.mark.parametrize("token_sha256", ["", TOKEN, "A" * 64, "0" * 63])
def test_a_token_stands_in_the_settings_as_its_hash_only(token_sha256: str) -> None:
    with pytest.raises(OperatorError, match="'other': token_sha256 is no SHA-256"):
        replace(OTHER, token_sha256=token_sha256)


@pytest.mark.parametrize(
    ("url", "key", "reason"),
    [
        ("http://portal.example/told", bytes(24), "not https"),
        ("https://portal.example/told", bytes(23), "has 23 bytes; 24 are the least"),
    ],
)
def test_a_push_goes_nowhere_in_the_clear_and_has_a_key(url: str, key: bytes, reason: str) -> None:
    with pytest.raises(OperatorError, match=reason):
        Push(url=url, key=key)


def test_a_token_that_could_be_guessed_is_nobodys() -> None:
    short = "x" * (MIN_TOKEN_LENGTH - 1)
    tokens = Tokens([replace(OTHER, token_sha256=token_hash(short)), BACKEND])

    assert tokens.owner(short) is None
    assert tokens.owner(TOKEN) == BACKEND
    assert tokens.owner(TOKEN + "x") is None


def test_the_path_is_one(settings: Settings) -> None:
    with pytest.raises(OperatorError, match="'as4' does not begin with /"):
        replace(settings, path="as4")


def test_no_secret_is_shown_by_accident(settings: Settings) -> None:
    assert TOKEN not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings.tls)
