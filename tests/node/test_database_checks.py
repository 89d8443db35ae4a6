"""What `oots doctor` says about databases, payloads, keys and jobs that are not well."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from oots.node.checks.check import Check, Status
from oots.node.checks.databases import check_databases
from oots.node.databases import databases_of
from oots.node.services import Service
from oots.store.key_file import RETIREMENT_DELAY, retire, rotate
from oots.store.tables import new_metadata
from oots.work import Jobs, job_table
from tests.node.stored_nodes import NOW, NewNode, StoredNode, gateway_stores, provider_stores

ON_SQLITE = pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)


def checks(stored: StoredNode) -> Mapping[str, Check]:
    return {check.name: check for check in check_databases(stored.node)}


def test_a_node_that_is_well_has_only_good_checks(stored_node: StoredNode) -> None:
    found = checks(stored_node)

    bad = {name: check.text for name, check in found.items() if check.status is not Status.OK}
    assert {name: text for name, text in bad.items() if "the server has fsync off" not in text} == {}
    assert {"gateway database", "gateway keys", "gateway payloads", "provider jobs"} <= set(found)


def test_looking_changes_nothing_and_makes_no_folder(new_stored_node: NewNode) -> None:
    stored = new_stored_node()

    checks(stored)

    assert [path.name for path in (stored.folder / "data").iterdir() if path.is_dir()] == []


@ON_SQLITE
def test_a_database_that_is_not_there_is_told_and_not_made(stored_node: StoredNode) -> None:
    path = file_of(stored_node)
    path.unlink()

    check = checks(stored_node)["provider database"]

    assert (check.status, check.advice) == (Status.FAIL, "oots db upgrade")
    assert not path.exists()


@ON_SQLITE
def test_an_old_schema_is_told(stored_node: StoredNode) -> None:
    path = file_of(stored_node)
    path.write_bytes(b"")

    check = checks(stored_node)["provider database"]

    assert (check.status, check.advice) == (Status.FAIL, "oots db upgrade")
    assert "has schema none" in check.text


@ON_SQLITE
def test_a_damaged_database_is_told(stored_node: StoredNode) -> None:
    file_of(stored_node).write_bytes(b"no database" * 1000)

    check = checks(stored_node)["provider database"]

    assert check.status is Status.FAIL
    assert "is damaged, or no database; restore a backup" in check.text


@ON_SQLITE
def test_a_database_that_others_may_open_is_told(stored_node: StoredNode) -> None:
    file_of(stored_node).chmod(0o640)

    check = checks(stored_node)["provider privacy"]

    assert check.status is Status.WARN
    assert "provider.db" in check.text


def test_payloads_of_another_database_are_told(stored_node: StoredNode, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    blobs = stored_node.folder / "data" / "gateway-blobs"
    blobs.rename(other.folder / "data" / "gateway-blobs")

    check = checks(stored_node)["gateway payloads"]

    assert check.status is Status.FAIL
    assert "lacks 5 payloads that the database names" in check.text
    assert checks(other)["gateway payloads"].status is Status.OK


@ON_SQLITE
def test_keys_that_are_gone_are_told(stored_node: StoredNode) -> None:
    path, old = stored_node.folder / "keys" / "at-rest.json", stored_node.node.keys().current.id
    rotate(path, now=NOW)
    assert (checks(stored_node)["gateway keys"].status, checks(stored_node)["gateway keys"].advice) == (
        Status.WARN,
        "oots keys rotate --finish",
    )

    retire(path, old, in_use=(), now=NOW + RETIREMENT_DELAY + timedelta(seconds=1))

    check = checks(stored_node)["gateway keys"]
    assert check.status is Status.FAIL
    assert check.text == f"10 data keys are wrapped by keys that are not there: {old}"


def test_dead_jobs_are_told(stored_node: StoredNode) -> None:
    die(stored_node, "deliver")

    check = checks(stored_node)["provider jobs"]

    assert (check.status, check.advice) == (Status.WARN, "oots jobs list")
    assert check.text.startswith("1 jobs are dead, the oldest since ")


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_a_server_that_may_lose_a_commit_is_told(stored_node: StoredNode) -> None:
    stored_node.variables["OOTS_PROVIDER__DATABASE"] += "&options=-csynchronous_commit%3Doff"

    check = checks(stored_node)["provider durability"]

    assert check.status is Status.FAIL
    # The server of the tests has the other one off itself.
    assert check.advice == "turn fsync, synchronous_commit on in postgresql.conf"


def file_of(stored: StoredNode) -> Path:
    """Give the provider's database, in one file."""
    path = stored.database(Service.PROVIDER).file
    assert path is not None
    with gateway_stores(stored), provider_stores(stored):
        pass
    return path


def die(stored: StoredNode, kind: str) -> int:
    """Let the provider have a job that is dead; give its id."""
    (database,) = [database for database in databases_of(stored.node) if database.service is Service.PROVIDER]
    with database.opened() as opened:
        jobs = Jobs(opened, job_table(new_metadata()))
        with opened.writing() as connection:
            jobs.enqueue(connection, kind, "m1@alpha")
            (job,) = jobs.claim(connection, [kind], owner="test")
            jobs.fail(connection, job, "the portal is not there")
    return job.id
