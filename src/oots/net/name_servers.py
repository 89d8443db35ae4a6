"""
Asking name servers for NAPTR records, within bounds.  Which record counts is decided in `oots.common_services`.

Nobody's word is taken for it: answers are not validated (DNSSEC), unless the name server that is asked does so.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rcode
import dns.rdtypes.IN.NAPTR
import dns.resolver

from oots.common_services.naptr import NaptrRecord
from oots.errors import DirectoryUnavailable, NoDirectory, OperatorError

LOOKUP_SECONDS: Final = 5.0
"""For all attempts at all name servers together."""

ATTEMPT_SECONDS: Final = 2.0
_PORT: Final = 53
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    """Where a name server listens."""

    address: str
    port: int = _PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What is under a name, and for how many seconds that may be relied on."""

    records: tuple[NaptrRecord, ...]
    seconds: int


def read_name_server(text: str) -> NameServer:
    """Read `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`; raises `OperatorError`."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", str(_PORT))
    try:
        address = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
        if port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT:
            return NameServer(address=address, port=int(port))
    except ValueError:
        pass
    raise OperatorError(f"{text!r} is no name server; expected: an IP address, with or without a port")


async def look_up(name: str, name_servers: Sequence[NameServer] = ()) -> Lookup:
    """
    Give the NAPTR records under a name, from these name servers or from those of the system.

    Raises `NoDirectory` when there are none, `DirectoryUnavailable` when no name server can say so, and
    `OperatorError` when there is nobody to ask.
    """
    resolver = _resolver(name_servers)
    try:
        found = await resolver.resolve(
            f"{name}.",
            "NAPTR",
            search=False,
            lifetime=LOOKUP_SECONDS,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        raise NoDirectory(f"DNS has no NAPTR record for {name}: nobody has published such an instance") from error
    except dns.exception.Timeout as error:
        raise DirectoryUnavailable(f"no name server told within {LOOKUP_SECONDS:g} s what is under {name}") from error
    except dns.resolver.NoNameservers as error:
        raise DirectoryUnavailable(f"no name server can tell what is under {name}: {_reasons(error)}") from error
    except dns.exception.DNSException as error:
        raise DirectoryUnavailable(f"what DNS has under {name} cannot be read: {type(error).__name__}") from error
    return Lookup(records=tuple(map(_record, found)), seconds=found.chaining_result.minimum_ttl)


def _resolver(name_servers: Sequence[NameServer]) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not name_servers)
    except dns.resolver.NoResolverConfiguration as error:
        raise OperatorError("this machine knows no name server; name one in directory.name_servers") from error
    if name_servers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(item.address, item.port) for item in name_servers]
    resolver.timeout = ATTEMPT_SECONDS
    return resolver


def _record(found: dns.rdtypes.IN.NAPTR.NAPTR) -> NaptrRecord:
    return NaptrRecord(
        order=found.order,
        preference=found.preference,
        flags=found.flags.decode("ascii", "replace"),
        regexp=found.regexp.decode("ascii", "replace"),
    )


def _reasons(error: dns.resolver.NoNameservers) -> str:
    reasons = dict.fromkeys(
        dns.rcode.to_text(response.rcode()) if response and response.rcode() else type(cause).__name__
        for _, _, _, cause, response in error.kwargs["errors"]
    )
    return ", ".join(reasons)[:200]
