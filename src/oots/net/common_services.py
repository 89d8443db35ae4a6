"""
What a service that asks directories has to know, and the client that is made of it.  Settings files are read elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from oots.common_services.certificate_path import Trust
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import V2_0
from oots.net.directory import DirectoryClient
from oots.net.directory_cache import DirectoryCache
from oots.net.directory_http import DirectoryHttp
from oots.net.instances import Addressing, Instances
from oots.net.tls import open_client_context
from oots.store.directory_answers import DirectoryAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonServices:
    """Which directories are asked, and whom we believe."""

    addressing: Addressing
    trust: Trust
    interface: str = V2_0
    """The version in which directories are asked."""
    tls_trusted: tuple[x509.Certificate, ...] = ()
    """Roots of the directories' TLS certificates; none means those of the system."""
    times: CacheTimes = field(default_factory=CacheTimes)


def open_client(
    settings: CommonServices, *, now: Callable[[], datetime], answers: DirectoryAnswers | None = None
) -> DirectoryClient:
    """
    Make the client of a process, in its running event loop; `answers` are those that its service has kept.

    Whoever has it closes it.
    """
    return DirectoryClient(
        DirectoryHttp(open_client_context(settings.tls_trusted)),
        Instances(settings.addressing, now=now),
        trust=settings.trust,
        now=now,
        cache=DirectoryCache(answers, times=settings.times, now=now) if answers else None,
    )
