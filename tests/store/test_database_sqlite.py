"""What only SQLite can do to us."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from oots.errors import DamagedContent, StoreUnavailable
from oots.store.database import Database, open_database
from tests.store.processes import exit_codes, started


def opened(path: Path) -> Database:
    database = open_database(f"sqlite:///{path}")
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS note (words TEXT)"))
    return database


def pragma(database: Database, name: str) -> object:
    with database.reading() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def test_the_file_and_its_companions_are_for_their_owner_only(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        database = opened(tmp_path / "a.sqlite")
    finally:
        os.umask(umask)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("a.sqlite", "a.sqlite-wal", "a.sqlite-shm"), "0o600")
    database.close()


def test_a_file_that_others_may_read_is_taken_from_them(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.touch(mode=0o644)

    opened(path).close()

    assert path.stat().st_mode & 0o777 == 0o600


def test_commits_reach_the_disk_and_foreign_keys_count(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.sqlite")

    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == 2
    assert pragma(database, "foreign_keys") == 1
    assert pragma(database, "secure_delete") == 1
    assert pragma(database, "busy_timeout") == 10_000
    database.close()


def test_a_transaction_that_reads_does_not_wait_for_one_that_writes(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.sqlite")

    with database.writing() as writing:
        writing.execute(text("INSERT INTO note VALUES ('one')"))
        assert pragma(database, "user_version") == 0
    database.close()


def test_the_clock_is_the_one_that_was_given(tmp_path: Path) -> None:
    then = datetime(2026, 11, 24, 10, tzinfo=UTC)
    database = open_database(f"sqlite:///{tmp_path}/a.sqlite", clock=lambda: then)

    with database.reading() as connection:
        assert database.now(connection) == then
        assert connection.scalar(select(database.sql_now())) == then
    database.close()


def test_a_full_disk_is_said_and_undoes_the_transaction(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.sqlite")
    with database.writing() as connection:
        connection.execute(text("PRAGMA max_page_count=8"))

    with pytest.raises(StoreUnavailable, match="the disk is full"), database.writing() as connection:
        connection.execute(text("INSERT INTO note VALUES ('small'), (:words)"), {"words": "large" * 10_000})

    with database.writing() as connection:
        assert connection.execute(text("SELECT count(*) FROM note")).scalar_one() == 0
        connection.execute(text("INSERT INTO note VALUES ('small')"))
    database.close()


def test_what_was_deleted_does_not_stand_in_the_log_for_ever(tmp_path: Path) -> None:
    database, log = opened(tmp_path / "a.sqlite"), tmp_path / "a.sqlite-wal"
    with database.writing() as connection:
        connection.execute(text("INSERT INTO note VALUES ('Zyrianova')"))
    with database.writing() as connection:
        connection.execute(text("DELETE FROM note"))
    assert b"Zyrianova" in log.read_bytes()

    database.forget_log()

    assert log.read_bytes() == b""
    assert b"Zyrianova" not in (tmp_path / "a.sqlite").read_bytes()
    database.close()


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file or directory"):
        opened(tmp_path / "nowhere" / "a.sqlite")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="Is a directory"):
        opened(tmp_path)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_text("a letter, much longer than the header of a database" * 10)

    with pytest.raises(DamagedContent, match="damaged, or no database"):
        opened(path)

    assert path.read_text().startswith("a letter")


def test_a_damaged_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = opened(path)
    with database.writing() as connection:
        connection.execute(text("INSERT INTO note VALUES (:words)"), {"words": "large" * 10_000})
    database.close()
    path.write_bytes(path.read_bytes()[:4096] + bytes(4096) + path.read_bytes()[8192:])

    with pytest.raises(DamagedContent), opened(path).reading() as connection:
        connection.execute(text("SELECT * FROM note")).all()


def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    processes = [started(open_once, tmp_path / "a.sqlite") for _ in range(4)]

    assert exit_codes(processes) == [0] * 4


def open_once(path: Path) -> None:
    opened(path).close()


def test_a_path_with_strange_characters_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of ä #1.sqlite"

    opened(path).close()

    assert sqlite3.connect(path).execute("SELECT count(*) FROM note").fetchone() == (0,)
