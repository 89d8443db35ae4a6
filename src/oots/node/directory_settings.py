"""
The table `[directory]`: the settings of a directory of one's own.

What it holds is public and comes from seeds, so it is neither encrypted nor part of a backup.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from directory.naming import REPOSITORY_1
from directory.settings import DirectorySettings
from gateway.settings import Listener
from oots.common_services.signature import Signer
from oots.errors import OperatorError
from oots.node.certificates import signing_fault, validity_fault
from oots.node.gateway_settings import key_pair
from oots.node.reading import Reading
from oots.node.services import Service
from oots.node.storage import read_durability
from oots.node.tables import DirectoryTable, KeyTable
from oots.store.durability import Durability

_KEY: Final = "directory.signing_key"
_REPOSITORY_KEY: Final = "directory.repository"
_REPOSITORY: Final = re.compile(r"https://sr(\.[a-z]+)?\.oots\.tech\.ec\.europa\.eu")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryService:
    """A directory, ready to be started."""

    settings: DirectorySettings = field(repr=False)
    listener: Listener
    durability: Durability
    """Only the database is used."""


def read_directory(table: DirectoryTable, reading: Reading) -> DirectoryService | None:
    """Give the settings, or None after a complaint."""
    _check_repository(table.repository, reading)
    listener = reading.plain_listener(table.listener, "directory.listener")
    signer = _signer(table.signing_key, reading)
    durability = read_durability(Service.DIRECTORY, table, reading)
    if signer is None or durability is None:
        return None
    settings = DirectorySettings(
        database=durability.database,
        signer=signer,
        repository=table.repository,
        name=table.name,
        fresh_seconds=table.fresh_seconds,
    )
    return DirectoryService(settings=settings, listener=listener, durability=durability)


def _check_repository(repository: str, reading: Reading) -> None:
    # What one world names does not exist in another: requests would go astray, or to real registers.
    ours = reading.node.environment
    if not _REPOSITORY.fullmatch(repository):
        text = "is no Semantic Repository; expected: an address such as https://sr.acc.oots.tech.ec.europa.eu"
        reading.complaints.add(_REPOSITORY_KEY, text)
    elif (repository == REPOSITORY_1) != (ours == "production"):
        reading.complaints.add(_REPOSITORY_KEY, f"is that of another environment than {ours!r}, which is the node's")


def _signer(table: KeyTable, reading: Reading) -> Signer | None:
    pair = key_pair(table, reading, _KEY)
    if pair is None:
        return None
    for text in (signing_fault(pair.certificate), validity_fault(pair.certificate, reading.now)):
        if text:
            reading.complaints.add(_KEY, f"the certificate {text}")
            return None
    try:
        if isinstance(pair.private_key, rsa.RSAPrivateKey):
            raise OperatorError("an RSA key signs no answers; expected: EC on the curve P-256")
        return Signer(pair.private_key, (pair.certificate, *pair.chain))
    except OperatorError as error:
        reading.complaints.add(_KEY, str(error))
        return None
