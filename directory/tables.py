"""
The tables of a directory.  How they came to be stands in `migrations`; who fills them, in `shelf`.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from oots.store.tables import UtcDateTime, new_metadata

METADATA: Final = new_metadata()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

REVISION: Final = Table(
    "revision",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of loading, over all parts"),
    Column("part", Text, nullable=False, comment="a country, or the requirements that all share"),
    Column("loaded_at", UtcDateTime, nullable=False),
    Column("sha256", Text, nullable=False, comment="of the content"),
    Column("content", Text, nullable=False, comment="JSON: all that is declared in the part, in its order"),
    sqlite_autoincrement=True,
)

CURRENT: Final = Table(
    "current_revision",
    METADATA,
    Column("part", Text, primary_key=True),
    Column("number", ForeignKey("revision.number"), nullable=False),
)
"""Which revision of each part counts: earlier ones stay, to be seen and taken back."""
