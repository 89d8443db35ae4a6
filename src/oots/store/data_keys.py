"""
Data keys: one for each message or exchange, wrapped by a key of the key file.  Without it, its content is gone.

AES-GCM wraps, and not AES Key Wrap (RFC 3394), because it binds a wrapped key to its scope: one that was copied into
the row of another message does not open.  A key-encryption key does nothing else, so that its random nonces are good
for billions of messages.

Every method works inside the transaction of its caller: a key comes and goes together with what it protects.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from oots.errors import DamagedContent, NotFound
from oots.store.node_keys import NodeKeys
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import UtcDateTime

BATCH: Final = 500
"""Data keys that are wrapped anew in one transaction: others wait for milliseconds only."""


def data_key_table(metadata: MetaData) -> Table:
    """Add the table of data keys to `metadata`."""
    return Table(
        "data_key",
        metadata,
        Column("scope", Text, primary_key=True, comment="the message or exchange whose content it encrypts"),
        Column("kek_id", Text, nullable=False, index=True, comment="the key of the key file that wraps it"),
        Column("wrapped", LargeBinary, nullable=False, comment="nonce, encrypted key, tag"),
        Column("created_at", UtcDateTime, nullable=False),
    )


class DataKeys:
    """The data keys of one database."""

    def __init__(self, table: Table, keys: Callable[[], NodeKeys]) -> None:
        """Take the keys from `keys`, such as `KeyFile(path).keys`, each time they are needed."""
        self._table = table
        self._keys = keys
        # Built once: to build a statement takes longer than to execute it.
        of_scope = table.c.scope == bindparam("this_scope")
        self._insert = insert(table)
        self._select = select(table.c.kek_id, table.c.wrapped).where(of_scope)
        self._delete = delete(table).where(of_scope)

    def create(self, connection: Connection, scope: str, *, now: datetime) -> DataKey:
        """Make the key of a new message or exchange; that it has none yet is for the caller to know."""
        key = DataKey(SecretKey.new())
        self.add(connection, scope, key, now=now)
        return key

    def add(self, connection: Connection, scope: str, key: DataKey, *, now: datetime) -> None:
        """Keep a key that was made before the transaction, for blobs that were written before it."""
        current = self._keys().current
        wrapped = current.secret.seal(key.reveal(), scope)
        row = {"scope": scope, "kek_id": current.id, "wrapped": wrapped, "created_at": now}
        connection.execute(self._insert, row)

    def load(self, connection: Connection, scope: str) -> DataKey:
        """Give the key; raises `NotFound` when it was erased, `DamagedContent` when it is not as we wrote it."""
        row = connection.execute(self._select, {"this_scope": scope}).one_or_none()
        if row is None:
            raise NotFound(f"the content of {scope!r} was deleted, or was never there")
        return self._unwrap(scope, row.kek_id, row.wrapped)

    def erase(self, connection: Connection, scope: str) -> None:
        """
        Make everything that was encrypted with the key unreadable, once the transaction commits.

        Copies of the row in write-ahead logs, dead tuples and backups are wrapped by a key that will be retired.
        """
        connection.execute(self._delete, {"this_scope": scope})

    def in_use(self, connection: Connection) -> dict[str, int]:
        """Give how many data keys each key-encryption key wraps."""
        kek_id = self._table.c.kek_id
        rows = connection.execute(select(kek_id, func.count()).group_by(kek_id))
        return {row[0]: row[1] for row in rows}

    def rewrap_all(self, begin: Callable[[], AbstractContextManager[Connection]]) -> int:
        """
        Wrap all data keys with the current key-encryption key, and give how many had another one.

        Each batch is a transaction that `begin` opens: after a crash, what is left is done by the next call.
        """
        total = 0
        while True:
            with begin() as connection:
                count = self._rewrap_some(connection)
            if not count:
                return total
            total += count

    def _rewrap_some(self, connection: Connection) -> int:
        scope, kek_id, wrapped = self._table.c.scope, self._table.c.kek_id, self._table.c.wrapped
        others = [key.id for key in self._keys().others]
        rows = connection.execute(
            select(scope, kek_id, wrapped).where(kek_id.in_(others)).order_by(scope).limit(BATCH)
        ).all()
        if rows:
            # A row that was erased or wrapped anew in the meantime is left as it is.
            unchanged = (scope == bindparam("of_scope"), kek_id == bindparam("by_kek"))
            change = update(self._table).where(*unchanged)
            change = change.values(kek_id=bindparam("with_kek"), wrapped=bindparam("anew"))
            connection.execute(change, [self._rewrap(*row) for row in rows])
        return len(rows)

    def _rewrap(self, scope: str, kek_id: str, wrapped: bytes) -> dict[str, object]:
        key, current = self._unwrap(scope, kek_id, wrapped), self._keys().current
        anew = current.secret.seal(key.reveal(), scope)
        return {"of_scope": scope, "by_kek": kek_id, "with_kek": current.id, "anew": anew}

    def _unwrap(self, scope: str, kek_id: str, wrapped: bytes) -> DataKey:
        try:
            return DataKey(SecretKey(self._keys().named(kek_id).secret.open(wrapped, scope)))
        except InvalidTag as error:
            raise DamagedContent(
                f"the data key of {scope!r} does not open: its row was altered, or the key file is of another node"
            ) from error
