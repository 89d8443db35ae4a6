"""
From `oots.toml`, its variables and `peers.toml` to the settings of each service: complete, or refused as a whole.

This is read once, when a process starts; nobody else reads the environment.  Only the peers may be read again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from oots.ebms.messages import PartyId
from oots.journal.retention import Retention
from oots.net.addresses import is_loopback
from oots.net.common_services import CommonServices
from oots.node.behind_gateway import ProviderService, RequesterService, read_provider, read_requester
from oots.node.common_services_settings import read_common_services
from oots.node.complaints import Complaint, Complaints, SettingsRefused
from oots.node.directory_settings import DirectoryService, read_directory
from oots.node.gateway_settings import GatewayService, read_gateway
from oots.node.reading import Reading
from oots.node.rule_workers import RuleWorkers
from oots.node.services import Service
from oots.node.storage import check_apart, no_keys, read_node_keys
from oots.node.tables import (
    CommonServicesTable,
    DirectoryTable,
    GatewayTable,
    NodeTable,
    ProviderTable,
    RequesterTable,
    Table,
)
from oots.node.toml_files import override, read_table, read_toml, unknown, variables_of
from oots.store.durability import Durability
from oots.store.node_keys import NodeKeys

_COMMON_SERVICES: Final = "common_services"
_TABLES: Final = ("node", _COMMON_SERVICES, *(service.value for service in Service))

_NOBODY: Final = NodeTable(party_id="?", address="https://localhost", key_file=Path("?"))
"""Stands in for a table that was refused: nothing that is made from it gets out."""

_Shape = TypeVar("_Shape", bound=Table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node, or those of its services that were asked for."""

    party: PartyId
    address: str
    """At which peers reach the access point."""
    environment: str
    folder: Path
    """Of the settings file."""
    data_folder: Path
    log_level: str
    keys: Callable[[], NodeKeys] = field(repr=False)
    """Gives the keys for encryption at rest."""
    key_file: Path | None
    """Where they are; without it, they are in the environment."""
    retention: Retention
    rule_workers: RuleWorkers
    gateway: GatewayService | None
    requester: RequesterService | None
    provider: ProviderService | None
    directory: DirectoryService | None
    common_services: CommonServices | None
    """For the requester, and for whoever asks a directory by hand."""
    warnings: tuple[Complaint, ...]
    """Complaints that stop nobody: certificates of peers that are not valid now."""

    @property
    def durabilities(self) -> Mapping[Service, Durability]:
        """Where each service keeps what must not be lost, or seen, the access point first."""
        return _durabilities(self.gateway, self.requester, self.provider)


def read_node(path: Path, environ: Mapping[str, str], *, now: datetime, services: Collection[Service] = ()) -> Node:
    """
    Give the node of a settings file: those of its `services` that are named, or all.

    Raises `SettingsRefused` with everything that is wrong.
    """
    # (1) The file, and the variables over it.
    complaints = Complaints(str(path), variables=variables_of(environ))
    content = read_toml(path, complaints)
    if content is None:
        raise SettingsRefused(complaints.found)
    override(content, environ, complaints, known=_TABLES)
    wanted = _wanted(content, services, complaints)

    # (2) The shape of every table; what hangs on one is looked at even when another is refused.
    def table(shape: type[_Shape], name: str) -> _Shape | None:
        return read_table(shape, content.get(name, {}), complaints, name) if name in {"node", *wanted} else None

    node = table(NodeTable, "node")
    gateway_table = table(GatewayTable, "gateway")
    requester_table = table(RequesterTable, "requester")
    provider_table = table(ProviderTable, "provider")
    directory_table = table(DirectoryTable, "directory")
    common_services_table = table(CommonServicesTable, _COMMON_SERVICES)

    # (3) What the tables mean: files, keys, secrets, addresses.
    keys = read_node_keys(node, path.parent, complaints) if node else no_keys
    reading = Reading(folder=path.parent, complaints=complaints, now=now, node=node or _NOBODY, keys=keys)
    of_peers = Complaints(str(path.parent / (gateway_table.peers_file if gateway_table else "peers.toml")))
    if node:
        _check_node(node, reading)
    gateway = read_gateway(gateway_table, reading, of_peers) if gateway_table else None
    requester = read_requester(requester_table, reading) if requester_table else None
    provider = read_provider(provider_table, reading) if provider_table else None
    directory = read_directory(directory_table, reading) if directory_table else None
    common_services = read_common_services(common_services_table, reading) if common_services_table else None
    _check_ports(gateway_table, requester_table, provider_table, directory_table, complaints)
    durabilities = dict(_durabilities(gateway, requester, provider))
    if directory:
        durabilities[Service.DIRECTORY] = directory.durability
    check_apart(durabilities, complaints)
    complaints.refuse(of_peers)

    return Node(
        party=reading.party,
        address=reading.node.address,
        environment=reading.node.environment,
        folder=path.parent,
        data_folder=path.parent / reading.node.data_folder,
        log_level=reading.node.log_level,
        keys=keys,
        key_file=path.parent / reading.node.key_file if reading.node.key_file else None,
        retention=reading.retention,
        rule_workers=RuleWorkers(count=reading.node.rule_workers, seconds=reading.node.rule_seconds),
        gateway=gateway,
        requester=requester,
        provider=provider,
        directory=directory,
        common_services=common_services,
        warnings=of_peers.found,
    )


def _wanted(content: Mapping[str, Any], services: Collection[Service], complaints: Complaints) -> set[str]:
    for name in content:
        if name not in _TABLES:
            complaints.add(name, unknown(name, _TABLES))
    described = {service.value for service in Service if service.value in content}
    if not described:
        tables = ", ".join(f"[{service.value}]" for service in Service)
        complaints.add(None, f"describes no service; expected: one of the tables {tables}")
    named = {service.value for service in services}
    for name in sorted(named - described):
        complaints.add(name, "is missing: this node has no such service")
    wanted = (named or described) & described
    # Only the requester asks the common services.
    return wanted | ({_COMMON_SERVICES} & content.keys() if Service.REQUESTER.value in wanted else set())


def _durabilities(
    gateway: GatewayService | None, requester: RequesterService | None, provider: ProviderService | None
) -> Mapping[Service, Durability]:
    found = {
        Service.GATEWAY: gateway and gateway.settings.durability,
        Service.REQUESTER: requester and requester.durability,
        Service.PROVIDER: provider and provider.durability,
    }
    return {service: durability for service, durability in found.items() if durability}


def _check_node(node: NodeTable, reading: Reading) -> None:
    complaints, data_folder = reading.complaints, reading.folder / node.data_folder
    reading.address(node.address, "node.address")
    if not data_folder.is_dir():
        complaints.add("node.data_folder", f"{data_folder} is no folder")
    if node.environment == "production" and is_loopback(urlsplit(node.address).hostname or ""):
        complaints.add("node.address", "is this machine itself; expected in production: where peers reach us")


def _check_ports(
    gateway: GatewayTable | None,
    requester: RequesterTable | None,
    provider: ProviderTable | None,
    directory: DirectoryTable | None,
    complaints: Complaints,
) -> None:
    ports: dict[int, str] = {}
    for key, table in (
        ("gateway.peer_listener", gateway and gateway.peer_listener),
        ("gateway.backend_listener", gateway and gateway.backend_listener),
        ("requester.listener", requester and requester.listener),
        ("provider.listener", provider and provider.listener),
        ("directory.listener", directory and directory.listener),
    ):
        if table and ports.setdefault(table.port, key) != key:
            complaints.add(f"{key}.port", f"{ports[table.port]} has this port already")
