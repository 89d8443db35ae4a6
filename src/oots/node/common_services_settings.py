"""
The table `[common_services]`: which directories are asked, and whose signature is believed.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from oots.common_services.certificate_path import Trust
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import Service
from oots.common_services.naptr import Environment
from oots.errors import OperatorError
from oots.net.common_services import CommonServices
from oots.net.instances import Addressing
from oots.net.name_servers import NameServer, read_name_server
from oots.node.certificates import read_certificates
from oots.node.reading import Reading
from oots.node.tables import CommonServicesTable

_KEY: Final = "common_services"
_NOT_GREECE: Final = "GR"


def read_common_services(table: CommonServicesTable, reading: Reading) -> CommonServices | None:
    """Give the settings, or None after a complaint."""
    environment = _environment(table, reading)
    fixed = {
        service: reading.address(url, f"{_KEY}.{name}_url").rstrip("/")
        for service, name, url in (
            (Service.EVIDENCE_BROKER, "evidence_broker", table.evidence_broker_url),
            (Service.DATA_SERVICE_DIRECTORY, "data_service_directory", table.data_service_directory_url),
        )
        if url is not None
    }
    name_servers = _name_servers(table, reading)
    roots = _certificates(table.trusted_files, reading, "trusted_files")
    tls_trusted = _certificates(table.tls_trusted_files, reading, "tls_trusted_files")
    if table.country == _NOT_GREECE:
        reading.complaints.add(f"{_KEY}.country", "is 'GR'; expected: EL, which is Greece in OOTS")
    if table.stale_seconds < table.fresh_seconds:
        reading.complaints.add(f"{_KEY}.stale_seconds", "is less than fresh_seconds; expected: the same, or more")
    if not roots:
        return None
    return CommonServices(
        addressing=Addressing(
            environment=environment,
            country=table.country,
            own_instance_only=table.own_instance_only,
            fixed=fixed,
            name_servers=name_servers,
        ),
        trust=Trust(
            roots=roots,
            organizational_unit=table.signer_unit or None,
            common_name_prefix=table.signer_name or None,
        ),
        interface=table.interface,
        tls_trusted=tls_trusted,
        times=CacheTimes(fresh=timedelta(seconds=table.fresh_seconds), stale=timedelta(seconds=table.stale_seconds)),
    )


def _environment(table: CommonServicesTable, reading: Reading) -> Environment:
    # What a directory of one world names does not exist in another: requests would go astray, or to real registers.
    ours = reading.node.environment
    asked = table.environment or ours
    if (asked == "production") != (ours == "production"):
        text = f"is {asked!r}, and that of the node is {ours!r}: production goes with production only"
        reading.complaints.add(f"{_KEY}.environment", text)
    return Environment[asked.upper()]


def _name_servers(table: CommonServicesTable, reading: Reading) -> tuple[NameServer, ...]:
    try:
        return tuple(map(read_name_server, table.name_servers))
    except OperatorError as error:
        reading.complaints.add(f"{_KEY}.name_servers", str(error))
        return ()


def _certificates(files: Sequence[Path], reading: Reading, name: str) -> tuple[x509.Certificate, ...]:
    paths = (reading.folder / path for path in files)
    return tuple(found for path in paths for found in read_certificates(path, reading.complaints, f"{_KEY}.{name}"))
