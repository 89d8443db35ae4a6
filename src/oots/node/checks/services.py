"""
Whether our own services run.
"""

from collections.abc import Iterator
from http import HTTPStatus

from gateway.settings import Listener
from oots.net.probe import Seen, Unseen, look
from oots.net.server import Bound
from oots.node.checks.check import Check, fail, ok, warn
from oots.node.services import Service
from oots.node.settings import Node


async def check_services(node: Node) -> dict[Service, Check]:
    """Ask each service of the node how it is."""
    return {service: await _check(service, listener) for service, listener in _listeners(node)}


def url_of(listener: Listener) -> str:
    """Give the address of a service on this machine."""
    return Bound(scheme="http", host=listener.host, port=listener.port).url


def _listeners(node: Node) -> Iterator[tuple[Service, Listener]]:
    if node.gateway:
        yield Service.GATEWAY, node.gateway.settings.backend_listener
    if node.requester:
        yield Service.REQUESTER, node.requester.listener
    if node.provider:
        yield Service.PROVIDER, node.provider.listener
    if node.directory:
        yield Service.DIRECTORY, node.directory.listener


async def _check(service: Service, listener: Listener) -> Check:
    url = url_of(listener)
    match await look(f"{url}/health/live"):
        case Seen(status=HTTPStatus.OK):
            return ok(service.value, f"runs at {url}")
        case Seen(status=status):
            advice = "another program has this port: stop it, or choose another port"
            return fail(service.value, f"{url} answers with {status}", advice)
        case Unseen():
            return warn(service.value, "does not run", f"oots serve {service.value}")
