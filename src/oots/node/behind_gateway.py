"""
The tables `[requester]` and `[provider]`: the settings of the services behind the access point.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from evidence_provider.settings import DataService, ProviderSettings
from evidence_requester.settings import RequesterSettings
from gateway.settings import MIN_TOKEN_LENGTH, Listener
from oots.codes import PARTY_TYPE_UNREGISTERED
from oots.edm.model import Address, Agent, AgentClassification, Identifier, MultilingualString
from oots.journal.retention import Retention
from oots.node.reading import Reading
from oots.node.secret_files import secret_of
from oots.node.services import Service
from oots.node.storage import read_durability
from oots.node.tables import AuthorityTable, BehindGatewayTable, DataServiceTable, ProviderTable, RequesterTable
from oots.store.durability import Durability

REGISTER: Final = "register.db"
"""Within the data folder, when the settings name no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterService:
    """A requester, ready to be started."""

    settings: RequesterSettings = field(repr=False)
    listener: Listener
    durability: Durability
    retention: Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderService:
    """A provider, ready to be started."""

    settings: ProviderSettings
    listener: Listener
    gateway_url: str
    gateway_token: str = field(repr=False)
    durability: Durability
    retention: Retention


def read_requester(table: RequesterTable, reading: Reading) -> RequesterService | None:
    """Give the settings, or None after a complaint."""
    token = _gateway_token(table, reading, "requester")
    api_token = _secret(table.api_token, table.api_token_file, reading, "requester.api_token")
    gateway_url = reading.address(table.gateway_url, "requester.gateway_url")
    listener = reading.plain_listener(table.listener, "requester.listener")
    durability = read_durability(Service.REQUESTER, table, reading)
    if token is None or api_token is None or durability is None:
        return None
    limits = table.model_dump(include={"max_document_bytes", "max_exchanges"}, exclude_none=True)
    settings = RequesterSettings(
        agent=Agent(
            identifier=_identifier(table.authority),
            names=_names(table.authority),
            address=Address(admin_unit_level1=table.authority.country),
            classification=AgentClassification.EVIDENCE_REQUESTER,
        ),
        access_point=reading.party,
        gateway_url=gateway_url,
        gateway_token=token,
        api_token=api_token,
        requesting_enabled=table.requesting_enabled,
        **limits,
    )
    return RequesterService(settings=settings, listener=listener, durability=durability, retention=reading.retention)


def read_provider(table: ProviderTable, reading: Reading) -> ProviderService | None:
    """Give the settings, or None after a complaint."""
    token = _gateway_token(table, reading, "provider")
    gateway_url = reading.address(table.gateway_url, "provider.gateway_url")
    listener = reading.plain_listener(table.listener, "provider.listener")
    register = reading.folder / (table.register_file or reading.node.data_folder / REGISTER)
    _check_data_services(table, register, reading)
    durability = read_durability(Service.PROVIDER, table, reading)
    if token is None or durability is None:
        return None
    settings = ProviderSettings(
        identifier=_identifier(table.authority),
        names=_names(table.authority),
        country=table.authority.country,
        data_services=tuple(map(_data_service, table.data_service)),
        system_check=_data_service(table.system_check) if table.system_check else None,
        register=register,
        content_id_domain=table.content_id_domain,
    )
    return ProviderService(
        settings=settings,
        listener=listener,
        gateway_url=gateway_url,
        gateway_token=token,
        durability=durability,
        retention=reading.retention,
    )


def _check_data_services(table: ProviderTable, register: Path, reading: Reading) -> None:
    if table.data_service and not register.is_file():
        reading.complaints.add(
            "provider.register_file", f"{register} is no file; expected: the register that the data services ask"
        )
    services = (*table.data_service, *filter(None, [table.system_check]))
    identifiers = [service.identifier for service in services]
    if len(set(identifiers)) < len(identifiers):
        reading.complaints.add("provider.data_service", "two data services have the same identifier")


def _gateway_token(table: BehindGatewayTable, reading: Reading, key: str) -> str | None:
    return _secret(table.gateway_token, table.gateway_token_file, reading, f"{key}.gateway_token")


def _secret(value: SecretStr | None, path: Path | None, reading: Reading, key: str) -> str | None:
    return secret_of(value, path, reading.complaints, key, folder=reading.folder, min_length=MIN_TOKEN_LENGTH)


def _identifier(table: AuthorityTable) -> Identifier:
    return Identifier(value=table.identifier, scheme_id=table.scheme or f"{PARTY_TYPE_UNREGISTERED}{table.country}")


def _names(table: AuthorityTable) -> tuple[MultilingualString, ...]:
    return tuple(MultilingualString(text=text, lang=language) for language, text in table.names.items())


def _data_service(table: DataServiceTable) -> DataService:
    return DataService(
        identifier=table.identifier,
        classification=table.classification,
        requirements=frozenset(table.requirements),
        level_of_assurance=table.level_of_assurance,
        languages=table.languages,
    )
