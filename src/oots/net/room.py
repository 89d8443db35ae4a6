"""
Who may be connected to a server, and who has to leave for the next one.  No sockets here.

A flood has to cost its victim little: whoever has connected and said nothing for longest makes room.  A good client
says something within moments, and so is never the one.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_IPV6_NETWORK_BITS: Final = 64
"""Of the smallest network that is given to a customer: within it, addresses cost nothing."""


@dataclass(eq=False, slots=True, kw_only=True)
class Place:
    """That of one connection."""

    source: str
    put_out: Callable[[], object]
    """Ends the connection."""


class Room:
    """All places of one server."""

    def __init__(self, *, places: int, places_of_source: int) -> None:
        self._places = places
        self._places_of_source = places_of_source
        self._taken: set[Place] = set()
        self._silent: dict[Place, None] = {}
        """Those without a request so far, the oldest first."""
        self._of_source: Counter[str] = Counter()

    def has_place_for(self, source: str) -> bool:
        """Tell whether there is a place for a connection from `source`, after putting out somebody who was silent."""
        if self._of_source[source] >= self._places_of_source:
            return self._make_room(source)
        return len(self._taken) < self._places or self._make_room()

    def enter(self, place: Place) -> None:
        """Take a place."""
        self._taken.add(place)
        self._silent[place] = None
        self._of_source[place.source] += 1

    def heard(self, place: Place) -> None:
        """Take note that a request has come: its connection stays."""
        self._silent.pop(place, None)

    def leave(self, place: Place) -> None:
        """Give a place back; once more does no harm."""
        if place not in self._taken:
            return
        self._taken.remove(place)
        self._silent.pop(place, None)
        self._of_source[place.source] -= 1
        if not self._of_source[place.source]:
            del self._of_source[place.source]

    def empty(self, *, only_silent: bool) -> None:
        """Put out everybody, or everybody who is silent."""
        for place in list(self._silent if only_silent else self._taken):
            self._put_out(place)

    def _make_room(self, source: str | None = None) -> bool:
        oldest = next((place for place in self._silent if source in {None, place.source}), None)
        if oldest is not None:
            self._put_out(oldest)
        return oldest is not None

    def _put_out(self, place: Place) -> None:
        self.leave(place)
        place.put_out()


def source_of(host: str) -> str:
    """Give what counts as one source of connections: an IPv4 address, or an IPv6 network."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))
