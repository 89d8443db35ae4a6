"""PostgreSQL's programs: what they are told, and how their failures are."""

import os
from pathlib import Path

import pytest

from oots.errors import OperatorError, StoreUnavailable
from oots.store.postgresql_programs import dump, must_be_dump, restore

URL = "postgresql+psycopg://oots:correct-horse@db:5433/gateway?sslmode=require"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is the only one in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(programs: Path, name: str, *lines: str) -> None:
    """Put a program there."""
    path = programs / name
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o700)


def test_the_password_is_in_the_environment_and_in_no_argument(programs: Path, tmp_path: Path) -> None:
    put(programs, "pg_dump", f'echo "$@" > {tmp_path}/arguments', f'echo "$PGPASSWORD" > {tmp_path}/password')

    dump(URL, tmp_path / "target", snapshot="0-1", schema='pu"blic')

    arguments = (tmp_path / "arguments").read_text()
    assert "correct-horse" not in arguments
    assert '--snapshot=0-1 --schema="pu""blic"' in arguments
    for part in ("host=db", "port=5433", "user=oots", "dbname=gateway", "sslmode=require"):
        assert part in arguments
    assert (tmp_path / "password").read_text() == "correct-horse\n"
    assert "PGPASSWORD" not in os.environ


def test_a_program_that_is_missing_is_named_with_its_package(programs: Path) -> None:
    with pytest.raises(OperatorError, match=r"pg_dump is missing: install .* \(postgresql-client\)"):
        dump(URL, programs / "target", snapshot="0-1", schema="public")


def test_a_failure_is_told_without_what_the_server_quotes_of_a_row(programs: Path) -> None:
    put(
        programs,
        "pg_restore",
        "echo 'pg_restore: error: COPY failed for table \"event\"' >&2",
        "echo 'DETAIL:  Key (message_id)=(m1@alpha) exists.' >&2",
        "exit 1",
    )

    with pytest.raises(StoreUnavailable) as caught:
        restore(URL, programs / "source", schema="public")

    assert str(caught.value) == 'pg_restore failed: error: COPY failed for table "event"'


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"no dump")

    with pytest.raises(OperatorError, match="pg_restore"):
        must_be_dump(tmp_path / "source")
