"""What is stored stands on disk encrypted only, and is gone from there when its key was erased."""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Column, LargeBinary, String, Table, insert, select

from oots.store.blobs import BlobStore
from oots.store.data_keys import DataKeys, data_key_table
from oots.store.database import Database, open_database
from oots.store.key_file import KeyFile, make_key_file, read_key_file, rotate
from oots.store.sealed_columns import blind_index, seal
from oots.store.sealed_file import new_spooled
from oots.store.secret_key import DataKey
from oots.store.tables import new_metadata
from tests.store.killed import NOW

MARKER: Final = "Zyrianova-Quetzalcoatl"
SCOPE: Final = "m1@alpha"

METADATA: Final = new_metadata()
DATA_KEY: Final = data_key_table(METADATA)
MESSAGE: Final = Table(
    "message",
    METADATA,
    Column("id", String, primary_key=True),
    Column("subject", LargeBinary, nullable=False),
    Column("subject_index", String, nullable=False),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open a database that keeps its write-ahead log until the end of the test."""
    database = open_database(f"sqlite:///{tmp_path / 'node.db'}")
    with database.writing() as connection:
        METADATA.create_all(connection)
    yield database
    database.close()


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    """Give data keys."""
    make_key_file(tmp_path / "keys.json", now=NOW)
    return DataKeys(DATA_KEY, KeyFile(tmp_path / "keys.json").keys)


def store_marker(folder: Path, database: Database, keys: DataKeys) -> DataKey:
    """Send the marker through everything that stores."""
    content = MARKER.encode() * 10_000
    with database.writing() as connection, new_spooled(folder, memory_bytes=1000)() as spooled:
        key = keys.create(connection, SCOPE, now=NOW)
        BlobStore(folder / "blobs").write(spooled.write_all([content]).chunks(), key)
        search_key = read_key_file(folder / "keys.json").search_key("subject")
        row = {
            "id": SCOPE,
            "subject": seal(key, MARKER.encode(), table="message", row=SCOPE, column="subject"),
            "subject_index": blind_index(search_key, MARKER),
        }
        connection.execute(insert(MESSAGE).values(row))
        assert_nowhere(folder, MARKER.encode())
    return key


def assert_nowhere(folder: Path, secret: bytes) -> None:
    """Look for a secret in every byte of every file, the write-ahead log among them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert "node.db-wal" in {path.name for path in files}
    for form in (secret, base64.b64encode(secret), secret.hex().encode(), secret.decode("latin-1").encode("utf-16-le")):
        assert [path.name for path in files if form in path.read_bytes()] == []


def test_neither_content_nor_data_key_stands_on_disk(tmp_path: Path, database: Database, keys: DataKeys) -> None:
    key = store_marker(tmp_path, database, keys)

    assert_nowhere(tmp_path, MARKER.encode())
    assert_nowhere(tmp_path, key.reveal())


def test_a_rotation_leaves_no_data_key_behind(tmp_path: Path, database: Database, keys: DataKeys) -> None:
    key = store_marker(tmp_path, database, keys)
    rotate(tmp_path / "keys.json", now=NOW)
    keys.rewrap_all(database.writing)

    assert_nowhere(tmp_path, key.reveal())


def test_an_erased_key_is_gone_from_the_file_once_the_log_is_written_back(
    tmp_path: Path, database: Database, keys: DataKeys
) -> None:
    store_marker(tmp_path, database, keys)
    with database.reading() as connection:
        wrapped = connection.scalars(select(DATA_KEY.c.wrapped)).one()
    with database.writing() as connection:
        keys.erase(connection, SCOPE)

    with closing(sqlite3.connect(tmp_path / "node.db")) as checkpoint:
        checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert_nowhere(tmp_path, wrapped)
