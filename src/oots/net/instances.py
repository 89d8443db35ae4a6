"""
Where the instances of the common services are: at fixed addresses, or where DNS says (TDD 3.4).

What DNS said is remembered for as long as it allows, in this process.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from oots.common_services.interface import Service
from oots.common_services.naptr import Environment, choose, record_name
from oots.errors import DirectoryUnavailable, NoDirectory
from oots.net.name_servers import NameServer, look_up

LEAST_SECONDS: Final = 60
"""A record that may not be relied on at all would cost every question another one to DNS."""

MOST_SECONDS: Final = 86_400

STALE: Final = timedelta(days=3)
"""How much longer an address is used while no name server answers; what is found there has to be signed in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """How instances are found."""

    environment: Environment = Environment.ACCEPTANCE
    country: str
    """Ours, as OOTS writes it: Greece is EL."""
    own_instance_only: bool = False
    """Whether our country's instance is asked about all countries; otherwise each country's own is."""
    fixed: Mapping[Service, str] = field(default_factory=lambda: MappingProxyType({}))
    """Base URLs that replace DNS."""
    name_servers: Sequence[NameServer] = ()
    """Asked instead of those of the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    base_url: str
    until: datetime


class Instances:
    """Gives addresses; safe in one event loop."""

    def __init__(self, addressing: Addressing, *, now: Callable[[], datetime]) -> None:
        self._addressing = addressing
        self._now = now
        self._found: dict[str, _Found] = {}

    def place(self, service: Service, *, country: str | None, version: str) -> str:
        """
        Give what stands for an instance wherever it is: its fixed address, or the name of its records.

        `country` is the one that is asked about, if it is one.
        """
        addressing = self._addressing
        if service in addressing.fixed:
            return addressing.fixed[service]
        about = addressing.country if addressing.own_instance_only or country is None else country
        return record_name(service, country=about, version=version, environment=addressing.environment)

    async def base_url(self, place: str) -> str:
        """Give the address of the instance that `place` gave; raises `NoDirectory` or `DirectoryUnavailable`."""
        if place in self._addressing.fixed.values():
            return place
        found, now = self._found.get(place), self._now()
        if found is not None and now < found.until:
            return found.base_url
        try:
            return await self._discover(place)
        except DirectoryUnavailable:
            if found is not None and now < found.until + STALE:
                return found.base_url
            raise
        except NoDirectory:
            self._found.pop(place, None)
            raise

    async def _discover(self, name: str) -> str:
        lookup = await look_up(name, self._addressing.name_servers)
        base_url = choose(name, lookup.records)
        seconds = min(max(lookup.seconds, LEAST_SECONDS), MOST_SECONDS)
        self._found[name] = _Found(base_url=base_url, until=self._now() + timedelta(seconds=seconds))
        return base_url
