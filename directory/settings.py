"""The directory's settings as values: which environment it is of, and how long its answers may be used again."""

from dataclasses import dataclass

from oots.common_services.signature import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """Everything that tells one directory from another."""

    database: str
    """`sqlite:///path` or `postgresql+psycopg://user@host/name`; what stands in it is public, and not encrypted."""
    signer: Signer
    """Signs every answer."""
    repository: str
    """The environment's Semantic Repository, such as `https://sr.acc.oots.tech.ec.europa.eu`: URLs begin with it."""
    name: str = "Directory"
    """On its pages."""
    fresh_seconds: int = 3600
    """Whoever asked need not ask the same again for so long."""
    look_seconds: float = 1.0
    """After so long it is looked whether something else was loaded."""
