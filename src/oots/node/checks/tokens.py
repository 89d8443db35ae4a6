"""
Whether the access point of a node knows the services of the same node by the tokens that they show.
"""

from collections.abc import Iterator

from gateway.tokens import Tokens
from oots.codes import Action
from oots.node.checks.check import Check, fail, ok
from oots.node.checks.services import url_of
from oots.node.services import Service
from oots.node.settings import Node


def check_tokens(node: Node) -> Iterator[Check]:
    """Compare the token of each service that speaks to the access point of this node with the hashes that it has."""
    if node.gateway is None:
        return
    settings = node.gateway.settings
    known, own = Tokens(settings.backends), url_of(settings.backend_listener)
    for service, url, token, submits in _services(node):
        if url.rstrip("/") == own:
            yield _check(known, service, token, submits)


def _services(node: Node) -> Iterator[tuple[Service, str, str, Action]]:
    if node.requester:
        requester = node.requester.settings
        yield Service.REQUESTER, requester.gateway_url, requester.gateway_token, Action.REQUEST
    if node.provider:
        yield Service.PROVIDER, node.provider.gateway_url, node.provider.gateway_token, Action.RESPONSE


def _check(known: Tokens, service: Service, token: str, submits: Action) -> Check:
    name, backend = f"{service.value} token", known.owner(token)
    if backend is None:
        return fail(
            name,
            f"the access point does not know the token of the {service.value}",
            "put the SHA-256 of the token, without its line end, into token_sha256 of its back end",
        )
    if submits.value not in backend.submits:
        return fail(
            name,
            f"the access point knows it as {backend.name!r}, which may not send {submits.value}",
            f"name {submits.value} in submits of that back end, or give the service its own token",
        )
    return ok(name, f"the access point knows it as {backend.name!r}")
