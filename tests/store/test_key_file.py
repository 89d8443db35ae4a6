"""Key files: closed to others, replaced as a whole, and never quoted."""

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from oots.errors import OperatorError, StoreUnavailable
from oots.store import key_file
from oots.store.key_file import RETIREMENT_DELAY, KeyFile, make_key_file, read_key_file, retire, rotate
from oots.store.node_keys import NodeKeys, read_keys, write_keys
from tests.store.full_disk import files_no_larger_than

NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SECRET: Final = base64.b64encode(b"no key that anybody should use!!").decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a key file."""
    path = tmp_path / "keys.json"
    make_key_file(path, now=NOW)
    return path


def secrets_of(keys: NodeKeys) -> dict[str, bytes]:
    """Give every key of a key file."""
    return {key.id: key.secret.reveal() for key in (keys.current, *keys.others, keys.search)}


def a_key(**changes: object) -> dict[str, Any]:
    """Give a key as it stands in a key file."""
    return {"id": "k1", "created": "2026-11-24T10:00:00Z", "secret": SECRET} | changes


def a_text(**changes: object) -> str:
    """Give the text of a key file."""
    return json.dumps({"current": "k1", "keys": [a_key()], "search": a_key(id="s1")} | changes)


def test_a_new_key_file_has_two_keys_and_is_for_its_owner_only(path: Path) -> None:
    keys = read_key_file(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]
    assert keys.current.id.startswith("2026-11-24-")
    assert len(set(secrets_of(keys).values())) == 2
    assert keys.others == ()


def test_a_key_file_is_never_made_over_another(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(OperatorError, match="is there already"):
        make_key_file(path, now=NOW)

    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o604, 0o660, 0o610, 0o666, 0o777])
def test_a_key_file_that_is_open_to_others_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    path.chmod(mode)

    with pytest.raises(OperatorError, match=rf"is open to others \(mode {mode:04o}\): close it with chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o640])
def test_a_key_file_is_read_and_rotated_whose_group_may_read_it_and_stays_so(path: Path, mode: int) -> None:
    path.chmod(mode)

    rotate(path, now=NOW)

    assert len(read_key_file(path).others) == 1
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_whoever_rotates_as_root_leaves_the_file_to_its_owner(path: Path) -> None:
    os.chown(path, 1234, 4321)

    rotate(path, now=NOW)

    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def test_a_key_file_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"keys\.json cannot be used for keys: No such file"):
        KeyFile(tmp_path / "keys.json").keys()


def test_something_large_is_no_key_file(path: Path) -> None:
    path.write_bytes(b" " * 100_000)

    with pytest.raises(OperatorError, match="is no key file"):
        read_key_file(path)


def test_keys_are_read_from_the_text_of_a_variable_on_one_line(path: Path) -> None:
    text = path.read_text().replace("\n", " ")

    keys = read_keys(text, origin="OOTS_KEYS")

    assert secrets_of(keys) == secrets_of(read_key_file(path))
    assert secrets_of(read_keys(write_keys(keys), origin="again")) == secrets_of(keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k1",
        "[" * 100_000,
        "[]",
        a_text(current="k2"),
        a_text(current=None),
        a_text(keys=[]),
        a_text(keys=[a_key(), a_key()]),
        a_text(keys={"k1": a_key()}),
        a_text(keys=[SECRET]),
        a_text(search=None),
        a_text(search=a_key(secret=SECRET[:-8])),
        a_text(search=a_key(secret=SECRET[1:])),
        a_text(search=a_key(secret="ä" + SECRET)),
        a_text(search=a_key(created="yesterday " + SECRET)),
        a_text(search=a_key(created="2026-11-24T10:00:00")),
        a_text(search=a_key(id="")),
    ],
    ids=lambda text: text[:90],
)
def test_what_is_no_key_file_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(OperatorError, match="OOTS_KEYS does not hold the keys of a node") as caught:
        read_keys(text, origin="OOTS_KEYS")

    assert SECRET[:8] not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_keys_do_not_show_in_any_text(path: Path) -> None:
    keys = read_key_file(path)
    shown = f"{keys!r} {keys} {KeyFile(path)!r} {keys.current.secret} {keys.search_key('subject')!r}"

    for secret in secrets_of(keys).values():
        assert secret.hex() not in shown
        assert base64.b64encode(secret).decode() not in shown
        assert repr(secret)[2:-1] not in shown


def test_a_rotation_adds_a_current_key_and_keeps_the_others(path: Path) -> None:
    first = read_key_file(path)
    second = rotate(path, now=NOW)
    third = rotate(path, now=NOW)

    assert [key.id for key in third.others] == [first.current.id, second.current.id]
    assert third.search.id == first.search.id
    assert secrets_of(third).items() > secrets_of(second).items() > secrets_of(first).items()
    assert secrets_of(read_key_file(path)) == secrets_of(third)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_on_disk_for_good_before_anybody_sees_it_as_current(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_sync, old, seen = os.fsync, read_key_file(path).current.id, []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        keys = read_key_file(path)
        seen.append((kind, len(keys.others) + 1, keys.current.id == old))
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    rotate(path, now=NOW)

    assert seen == [("file", 1, True), ("folder", 2, True), ("file", 2, True), ("folder", 2, False)]


def test_whoever_uses_a_key_file_sees_a_rotation_at_once(path: Path) -> None:
    key_file = KeyFile(path)
    first = key_file.keys()

    assert key_file.keys() is first
    assert key_file.keys().current.id != rotate(path, now=NOW).search.id
    assert key_file.keys().others[0].id == first.current.id


def test_rotations_at_the_same_time_lose_no_key(path: Path) -> None:
    first, added = read_key_file(path), []
    threads = [threading.Thread(target=lambda: added.append(rotate(path, now=NOW).current.id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = read_key_file(path)
    assert {key.id for key in (keys.current, *keys.others)} == {first.current.id, *added}
    assert len(added) == 8


def test_a_link_to_a_key_file_stays_one(path: Path) -> None:
    link = path.parent / "link.json"
    link.symlink_to(path)

    keys = rotate(link, now=NOW)

    assert link.is_symlink()
    assert read_key_file(path).current.id == keys.current.id


def test_a_key_is_retired_once_nothing_can_need_it(path: Path) -> None:
    old = read_key_file(path).current.id
    current = rotate(path, now=NOW).current.id

    kept = retire(path, old, in_use={current}, now=NOW + RETIREMENT_DELAY)

    assert (kept.current.id, kept.others) == (current, ())
    assert old not in path.read_text()


@pytest.mark.parametrize(
    ("named", "in_use", "after", "complaint"),
    [
        (lambda keys: keys.current.id, [], RETIREMENT_DELAY, "is the current one: rotate first"),
        (lambda keys: keys.others[0].id, ["old"], RETIREMENT_DELAY, "still wraps data keys"),
        (
            lambda keys: keys.others[0].id,
            [],
            RETIREMENT_DELAY - timedelta(seconds=1),
            "within 1:00:00 after",
        ),
        (lambda keys: keys.search.id, [], RETIREMENT_DELAY, "keys.json has no key"),
        (lambda _: "unheard-of", [], RETIREMENT_DELAY, "keys.json has no key 'unheard-of'"),
    ],
)
def test_a_key_that_may_be_needed_is_not_retired(
    path: Path, named: Callable[[NodeKeys], str], in_use: list[str], after: timedelta, complaint: str
) -> None:
    old = read_key_file(path).current.id
    keys = rotate(path, now=NOW)

    with pytest.raises(OperatorError, match=complaint):
        retire(path, named(keys), in_use={old} if in_use else set(), now=NOW + after)

    assert secrets_of(read_key_file(path)) == secrets_of(keys)


def test_a_full_disk_leaves_the_key_file_as_it_was(path: Path) -> None:
    before = secrets_of(read_key_file(path))

    with files_no_larger_than(100), pytest.raises(StoreUnavailable, match="cannot be used for keys: File too large"):
        rotate(path, now=NOW)

    assert secrets_of(read_key_file(path)) == before


def test_a_file_without_room_for_another_key_is_not_rotated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "MAX_BYTES", path.stat().st_size + 200)
    rotate(path, now=NOW)

    with pytest.raises(OperatorError, match="has no room for another key: retire old ones first"):
        rotate(path, now=NOW)

    assert len(read_key_file(path).others) == 1


def test_what_a_killed_rotation_left_is_gone_after_the_next(path: Path) -> None:
    leftover = path.with_name("keys.json.new")
    leftover.write_text("half a fi")
    leftover.chmod(0o644)

    rotate(path, now=NOW)

    assert not leftover.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
