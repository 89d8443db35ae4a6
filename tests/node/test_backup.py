"""Backups: whole whatever goes on meanwhile, or not there at all; and what is refused before anything is written."""

import json
import shutil
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import inspect, select, text

from oots.errors import OperatorError, StoreUnavailable
from oots.node.backup import back_up
from oots.node.manifest import Manifest, read_manifest
from oots.node.restore import restore
from oots.node.services import Service
from oots.store.key_file import RETIREMENT_DELAY, make_key_file, retire, rotate
from tests.node.killed_backups import killed_backup, killed_restore
from tests.node.node_folders import change
from tests.node.stored_nodes import (
    NOW,
    NewNode,
    StoredNode,
    forget,
    gateway_stores,
    readable,
    remembered,
    send,
)
from tests.store.processes import exit_codes, started

ON_SQLITE = pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""

ALL = {f"m{number}@alpha" for number in range(5)}


@pytest.fixture
def shelf(quick_folder: Path) -> Path:
    """Give a folder for backups."""
    shelf = quick_folder / "shelf"
    shelf.mkdir()
    return shelf


def silent(*_: object) -> None:
    """Say nothing."""


def made(stored: StoredNode, folder: Path) -> Manifest:
    return back_up(stored.node, folder, now=NOW, tell=silent)


def restored(stored: StoredNode, folder: Path) -> Manifest:
    return restore(stored.node, folder, tell=silent)


def test_what_was_stored_is_in_another_node_afterwards(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path
) -> None:
    manifest = made(stored_node, shelf / "backup")
    other = new_stored_node()

    assert restored(other, shelf / "backup") == manifest == read_manifest(shelf / "backup")

    assert readable(other) == readable(stored_node) == ALL
    assert remembered(other) == remembered(stored_node) == ["message m0@alpha"]


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_empty_tables_of_a_newer_version_make_room(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path
) -> None:
    made(stored_node, shelf / "backup")
    other = new_stored_node()
    with other.database(Service.GATEWAY).opened() as opened, opened.changing_schema() as connection:
        connection.execute(text("CREATE TABLE newer (id int PRIMARY KEY)"))

    restored(other, shelf / "backup")

    with other.database(Service.GATEWAY).opened() as opened, opened.reading() as connection:
        assert "newer" not in inspect(connection).get_table_names()
    assert readable(other) == ALL


@ON_SQLITE
def test_a_log_that_another_database_left_behind_is_not_applied(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path
) -> None:
    made(stored_node, shelf / "backup")
    other = new_stored_node()
    path = other.database(Service.GATEWAY).file
    assert path is not None
    log = path.with_name("gateway.db-wal")
    with gateway_stores(other) as stores:
        send(stores, 7)
        content = log.read_bytes()
    path.unlink()
    log.write_bytes(content)

    restored(other, shelf / "backup")

    assert readable(other) == ALL


def test_a_manifest_says_what_is_there_and_which_keys_it_takes(stored_node: StoredNode, shelf: Path) -> None:
    manifest = made(stored_node, shelf / "backup")

    gateway, keys = manifest.services[Service.GATEWAY], stored_node.node.keys()
    assert (gateway.blobs, gateway.rows["outgoing"], gateway.rows["event"]) == (5, 5, 5)
    assert gateway.keys == {keys.current.id: 10}
    assert (manifest.keys, manifest.search_key) == ({keys.current.id}, keys.search.id)
    assert (manifest.made_at, manifest.party_id) == (NOW, "AP_FI_01")


def test_nobody_else_can_open_a_backup_and_no_key_is_in_it(stored_node: StoredNode, shelf: Path) -> None:
    made(stored_node, shelf / "backup")

    paths = [shelf / "backup", *(shelf / "backup").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600, 0o700}
    content = b"".join(path.read_bytes() for path in paths if path.is_file())
    assert b"payload of" not in content
    assert stored_node.node.keys().current.secret.reveal() not in content


@ON_SQLITE
def test_an_empty_folder_becomes_the_backup(stored_node: StoredNode, shelf: Path) -> None:
    (shelf / "backup").mkdir(mode=0o755)

    made(stored_node, shelf / "backup")

    assert stat.S_IMODE((shelf / "backup").stat().st_mode) == 0o700
    assert [path.name for path in shelf.iterdir()] == ["backup"]


@ON_SQLITE
def test_a_folder_with_anything_in_it_is_left_alone(stored_node: StoredNode, shelf: Path) -> None:
    (shelf / "thesis.txt").write_text("years of work")

    with pytest.raises(OperatorError, match="is not empty: each backup gets a folder of its own"):
        made(stored_node, shelf)

    assert [path.name for path in shelf.iterdir()] == ["thesis.txt"]


@ON_SQLITE
def test_a_backup_that_fails_leaves_nothing(stored_node: StoredNode, shelf: Path) -> None:
    def full(what: str, *_: object) -> None:
        if what.startswith("payloads"):
            raise StoreUnavailable("the disk is full")

    with pytest.raises(StoreUnavailable):
        back_up(stored_node.node, shelf / "backup", now=NOW, tell=full)

    assert list(shelf.iterdir()) == []


# --- while services run -----------------------------------------------------------------------------------------------


def test_a_message_that_ends_after_its_row_was_copied_keeps_its_payload(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path
) -> None:
    def tell(what: str, done: int, total: int) -> None:
        if what == "database of the gateway" and done == total:
            forget(stores, "m3@alpha")

    with gateway_stores(stored_node) as stores:
        back_up(stored_node.node, shelf / "backup", now=NOW, tell=tell)
        assert len(list(stores.blobs.files())) == 5
        for _ in range(2):
            stores.blobs.sweep(named(stored_node).intersection, unnamed_for=timedelta(0))
        assert len(list(stores.blobs.files())) == 4

    other = new_stored_node()
    restored(other, shelf / "backup")
    assert readable(other) == ALL
    assert readable(stored_node) == ALL - {"m3@alpha"}


def named(stored: StoredNode) -> set[UUID]:
    """Give the ids of the payloads that rows of the access point name."""
    with gateway_stores(stored) as stores, stores.database.reading() as connection:
        columns = stored.database(Service.GATEWAY).blob_columns
        return {blob_id for column in columns for blob_id in connection.scalars(select(column))}


def test_every_row_has_its_payload_in_a_backup_under_load(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path
) -> None:
    done, begun = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with gateway_stores(stored_node) as stores:
                waiting = sorted(ALL)
                for number in count(100):
                    waiting.append(send(stores, number))
                    if number % 2:
                        forget(stores, waiting.pop(0))
                    begun.set()
                    if done.is_set():
                        return
        except BaseException as error:
            failures.append(error)
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    manifests = [made(stored_node, shelf / f"backup-{number}") for number in range(3)]
    done.set()
    thread.join()

    assert failures == []
    other = new_stored_node()
    restored(other, shelf / "backup-2")
    assert len(readable(other)) == manifests[2].services[Service.GATEWAY].rows["outgoing"]
    assert manifests[0].services[Service.GATEWAY].rows["event"] < manifests[2].services[Service.GATEWAY].rows["event"]


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 3, 5, 9])
def test_a_backup_that_was_killed_does_not_look_like_one_and_the_next_takes_its_place(
    stored_node: StoredNode, shelf: Path, step: int
) -> None:
    arguments = (stored_node.folder, stored_node.variables, shelf / "backup", step)
    assert exit_codes([started(killed_backup, *arguments)]) == [-9]
    assert [path.name for path in shelf.iterdir()] == ["backup.unfinished"]

    made(stored_node, shelf / "backup")

    assert [path.name for path in shelf.iterdir()] == ["backup"]


@pytest.mark.parametrize("step", [4, 10, 14])
def test_a_restore_that_was_killed_is_ended_by_the_same_command(
    stored_node: StoredNode, new_stored_node: NewNode, shelf: Path, step: int
) -> None:
    made(stored_node, shelf / "backup")
    other = new_stored_node()
    arguments = (other.folder, other.variables, shelf / "backup", step)
    assert exit_codes([started(killed_restore, *arguments)]) == [-9]

    restored(other, shelf / "backup")

    assert readable(other) == ALL
    assert remembered(other) == ["message m0@alpha"]


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def backup(stored_node: StoredNode, shelf: Path) -> Path:
    made(stored_node, shelf / "backup")
    return shelf / "backup"


def refused(stored: StoredNode, backup: Path, reason: str) -> None:
    """Expect a refusal, and that nothing was written."""
    with pytest.raises(OperatorError, match=reason):
        restored(stored, backup)
    with gateway_stores(stored) as stores:
        assert list(stores.blobs.files()) == []
    assert readable(stored) == set()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def replace_by_link(path: Path) -> None:
    shutil.move(path, path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


@ON_SQLITE
@pytest.mark.parametrize("damage", [flip, cut, Path.unlink, replace_by_link], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("pattern", ["gateway.*", "gateway-blobs/*/*"])
def test_a_damaged_backup_is_refused(
    backup: Path, new_stored_node: NewNode, damage: Callable[[Path], None], pattern: str
) -> None:
    damage(next(backup.glob(pattern)))

    refused(new_stored_node(), backup, "is damaged|cannot be used for a copy")


@ON_SQLITE
@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"files": {}},
        {"files": {"../../etc/passwd": {"size": 1, "sha256": "0" * 64}}},
        {"files": {"gateway-blobs/ab/../../../x": {"size": 1, "sha256": "0" * 64}}},
        {"services": {"publisher": {}}},
        {"made_at": "2026-11-25T09:00:00"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_manifest_of_another_form_is_refused(
    backup: Path, new_stored_node: NewNode, changes: dict[str, object]
) -> None:
    path = backup / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    refused(new_stored_node(), backup, "is damaged")


@ON_SQLITE
def test_a_backup_without_its_manifest_is_none(backup: Path, new_stored_node: NewNode) -> None:
    (backup / "manifest.json").unlink()

    refused(new_stored_node(), backup, "is no backup")


@ON_SQLITE
def test_a_backup_of_another_node_is_refused(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    change(other.config, 'party_id = "AP_FI_01"', 'party_id = "AP_FI_02"')
    change(other.folder / "peers.toml", "AP_FI_01", "AP_FI_02")

    refused(other, backup, "the backup is of AP_FI_01, and this node is AP_FI_02")


@ON_SQLITE
def test_a_backup_of_other_services_is_refused(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    other.config.write_text(other.config.read_text().partition("[provider]")[0])
    other.variables.pop("OOTS_PROVIDER__DATABASE", None)

    refused(other, backup, "the backup has gateway, provider, and this node has gateway")


@ON_SQLITE
def test_a_backup_whose_keys_are_gone_is_refused(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    path = other.folder / "keys" / "at-rest.json"
    old = other.node.keys().current.id
    now = rotate(path, now=NOW).current.created + RETIREMENT_DELAY
    retire(path, old, in_use=(), now=now)

    refused(other, backup, f"needs keys that this node does not have: {old}; take the key file from the time of")


@ON_SQLITE
def test_a_backup_of_another_search_key_is_refused(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    path = other.folder / "keys" / "at-rest.json"
    foreign = make_key_file(path.with_name("foreign.json"), now=NOW)
    content = json.loads(path.read_text())
    content["search"] = json.loads(path.with_name("foreign.json").read_text())["search"]
    path.write_text(json.dumps(content))

    refused(other, backup, f"this node has {foreign.search.id}")


@ON_SQLITE
def test_a_backup_of_a_newer_version_is_refused(backup: Path, new_stored_node: NewNode) -> None:
    path = backup / "manifest.json"
    content = json.loads(path.read_text())
    content["services"]["gateway"]["revision"] = "9999"
    path.write_text(json.dumps(content))

    refused(new_stored_node(), backup, "the gateway has schema 9999 in the backup, which this program does not know")


def test_a_node_that_holds_something_is_left_as_it_is(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    with gateway_stores(other) as stores:
        send(stores, 7)

    with pytest.raises(OperatorError, match=r"holds something already \(rows: 2 in data_key, 1 in event"):
        restored(other, backup)

    assert readable(other) == {"m7@alpha"}


def test_a_node_that_runs_is_left_as_it_is(backup: Path, new_stored_node: NewNode) -> None:
    other = new_stored_node()
    with gateway_stores(other) as stores:
        with stores.database.reading() as connection:
            connection.execute(text("SELECT 1"))
        with pytest.raises(OperatorError, match="is in use: stop the services first"):
            restored(other, backup)

    assert readable(other) == set()
