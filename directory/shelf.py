"""
`Shelf`: what a directory holds, in its database, part by part and revision by revision.

Whether something may be put there is judged in `loading`.
"""

import hashlib
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from directory.declarations import SHARED, Contents, MemberState, SharedRequirements, name_of
from directory.tables import CURRENT, REVISION
from oots.errors import DamagedContent
from oots.store.database import Database

Edition = tuple[tuple[str, int], ...]
"""Which revision of each part counts: the same edition is the same content."""

NOTHING: Final[Edition] = ()


class Shelf:
    """That of one database.  Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def edition(self) -> Edition:
        """Tell which revisions count now."""
        with self._database.reading() as connection:
            return _edition(connection)

    def read(self) -> tuple[Edition, Contents]:
        """Give all that counts now."""
        with self._database.reading() as connection:
            return _edition(connection), contents_in(connection)


def contents_in(connection: Connection) -> Contents:
    """Give all that counts now; raises `DamagedContent` for what this program has not written."""
    joined = select(REVISION.c.part, REVISION.c.content).join(CURRENT, CURRENT.c.number == REVISION.c.number)
    contents = Contents()
    try:
        for row in connection.execute(joined.order_by(REVISION.c.part)):
            shape = SharedRequirements if row.part == SHARED else MemberState
            contents = contents.with_part(shape.model_validate_json(row.content, strict=True))
    except ValidationError as error:
        raise DamagedContent("the content of the directory is not what this program writes; load it again") from error
    return contents


def lock(connection: Connection) -> None:
    """Let others who load wait for the end of the transaction: what is judged must not change before it is put."""
    # SQLite has one writer at a time anyway.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {CURRENT.name} IN EXCLUSIVE MODE"))


def put(connection: Connection, part: SharedRequirements | MemberState, *, at: datetime) -> int:
    """Add a revision of a part, which counts from now on; gives its number."""
    content = part.model_dump_json(exclude_defaults=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    row = {"part": name_of(part), "loaded_at": at, "sha256": digest, "content": content}
    number = connection.execute(insert(REVISION).returning(REVISION.c.number), row).scalar_one()
    dialect = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    upsert = dialect(CURRENT).values(part=row["part"], number=number)
    connection.execute(upsert.on_conflict_do_update(index_elements=["part"], set_={"number": number}))
    return int(number)


def _edition(connection: Connection) -> Edition:
    rows = connection.execute(select(CURRENT.c.part, CURRENT.c.number).order_by(CURRENT.c.part))
    return tuple((row.part, row.number) for row in rows)
