"""
The payloads of a service: whether their folder can be used, and whether it is the one that its database speaks of.
"""

import os
from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from oots.node.checks.check import Check, fail, ok
from oots.node.databases import ServiceDatabase
from oots.store.database import Database

LATEST: Final = 100
"""Rows of each table whose payloads are looked for."""


def check_payloads(opened: Database, database: ServiceDatabase) -> Check:
    """Look for the payloads that the latest rows name."""
    name, folder = f"{database.name} payloads", database.durability.blob_folder
    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(name, f"{folder} cannot be written to", "give it to the user that runs the node")
    missing = _missing(opened, database)
    if missing:
        text = f"{folder} lacks {missing} payloads that the database names: it is of another database, or damaged"
        return fail(name, text, "put the folder back that belongs to the database, or restore a backup of both")
    return ok(name, f"{folder} has what the database names")


def _missing(opened: Database, database: ServiceDatabase) -> int:
    with opened.reading() as connection:
        named = set(_latest(connection, database))
    missing = {blob for blob in named if not database.has_blob(blob)}
    if not missing:
        return 0
    # Those that were forgotten meanwhile are gone with good reason.
    with opened.reading() as connection:
        return len(set(_still_named(connection, database, missing)))


def _latest(connection: Connection, database: ServiceDatabase) -> Iterator[UUID]:
    for column in database.blob_columns:
        newest_first = [key.desc() for key in column.table.primary_key]
        yield from connection.scalars(select(column).where(column.is_not(None)).order_by(*newest_first).limit(LATEST))


def _still_named(connection: Connection, database: ServiceDatabase, blobs: Collection[UUID]) -> Iterator[UUID]:
    for column in database.blob_columns:
        yield from connection.scalars(select(column).where(column.in_(blobs)))
