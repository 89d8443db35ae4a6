"""Keys of a whole node: rotated in all of its databases, and retired when none of them needs one."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from oots.errors import OperatorError
from oots.journal.events import Component, EventName
from oots.journal.table import event_tables
from oots.node.key_rotation import key_usage, new_key, retire_key, wrap_anew
from oots.node.services import Service
from oots.node.settings import Node
from oots.store import data_keys
from oots.store.key_file import RETIREMENT_DELAY
from oots.store.tables import new_metadata
from tests.node.node_folders import NOW, change, read
from tests.node.stored_nodes import StoredNode, gateway_stores, provider_stores, readable, remember, remembered, send

LATER = NOW + RETIREMENT_DELAY + timedelta(seconds=1)


def silent(*_: object) -> None:
    """Say nothing."""


def rotated(node: Node) -> str:
    """Rotate as the command does; give the id of the key before."""
    old = node.keys().current.id
    new_key(node, now=NOW)
    wrap_anew(node, now=NOW, tell=silent)
    return old


def test_all_data_keys_of_all_databases_are_wrapped_by_the_new_key(stored_node: StoredNode) -> None:
    old = rotated(stored_node.node)

    current = stored_node.node.keys().current.id
    assert key_usage(stored_node.node) == {"gateway": {current: 10}, "provider": {current: 1}}
    assert current != old
    assert len(readable(stored_node)) == 5
    assert remembered(stored_node) == ["message m0@alpha"]


def test_services_that_run_go_on_with_the_new_key(stored_node: StoredNode) -> None:
    with gateway_stores(stored_node) as stores:
        rotated(stored_node.node)
        send(stores, 7)

    assert key_usage(stored_node.node)["gateway"] == {stored_node.node.keys().current.id: 12}
    assert "m7@alpha" in readable(stored_node)


def test_the_journal_of_each_database_says_so(stored_node: StoredNode) -> None:
    rotated(stored_node.node)

    table = event_tables(new_metadata()).event
    current = stored_node.node.keys().current.id
    for opened, component, count in (
        (gateway_stores, Component.GATEWAY, "10"),
        (provider_stores, Component.PROVIDER, "1"),
    ):
        with opened(stored_node) as stores, stores.database.reading() as connection:
            found = connection.execute(select(table).where(table.c.name == EventName.KEY_ROTATED.value)).one()
        assert (found.component, found.node) == (component.value, "AP_FI_01")
        assert found.facts == {"key": current, "data_keys": count}


def test_how_far_it_is_is_told(stored_node: StoredNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_keys, "BATCH", 4)
    told: list[tuple[str, int, int]] = []
    new_key(stored_node.node, now=NOW)

    wrap_anew(stored_node.node, now=NOW, tell=lambda *what: told.append(what))

    of_gateway = [(done, total) for what, done, total in told if what == "data keys of the gateway"]
    assert of_gateway == [(0, 10), (4, 10), (8, 10), (10, 10), (10, 10)]


def test_a_rotation_that_was_cut_short_is_ended_without_another_key(stored_node: StoredNode) -> None:
    node = stored_node.node
    old = node.keys().current.id
    current = new_key(node, now=NOW).current.id
    with provider_stores(stored_node) as stores:
        remember(stores, "new")
    assert key_usage(node)["provider"] == {old: 1, current: 1}

    wrap_anew(node, now=NOW, tell=silent)

    assert node.keys().current.id == current
    assert key_usage(node) == {"gateway": {current: 10}, "provider": {current: 2}}


def test_a_key_is_retired_when_no_database_needs_it(stored_node: StoredNode) -> None:
    old = rotated(stored_node.node)

    retire_key(stored_node.node, old, now=LATER)

    assert stored_node.node.keys().others == ()
    assert len(readable(stored_node)) == 5


def test_a_key_that_one_database_still_needs_is_not_retired(stored_node: StoredNode) -> None:
    node = stored_node.node
    old = node.keys().current.id
    new_key(node, now=NOW)

    with pytest.raises(OperatorError, match="10 of the gateway, 1 of the provider; run `oots keys rotate --finish`"):
        retire_key(node, old, now=LATER)

    assert [key.id for key in node.keys().others] == [old]


def test_the_current_key_and_unknown_ones_are_not_retired(stored_node: StoredNode) -> None:
    with pytest.raises(OperatorError, match="is the current one"):
        retire_key(stored_node.node, stored_node.node.keys().current.id, now=LATER)
    with pytest.raises(OperatorError, match="has no key 'unheard-of'"):
        retire_key(stored_node.node, "unheard-of", now=LATER)


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_nothing_is_begun_while_a_database_is_not_there(stored_node: StoredNode) -> None:
    before = stored_node.node.keys()
    path = stored_node.database(Service.PROVIDER).file
    assert path is not None
    shutil.move(path, path.with_suffix(".elsewhere"))

    with pytest.raises(OperatorError, match=r"provider\.db is not there"):
        new_key(stored_node.node, now=NOW)

    assert stored_node.node.keys().current.id == before.current.id
    assert not path.exists()


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_keys_in_the_environment_do_not_rotate(stored_node: StoredNode) -> None:
    text = (stored_node.folder / "keys" / "at-rest.json").read_text()
    change(stored_node.config, 'key_file = "keys/at-rest.json"', "")
    node = read(stored_node.folder, {"OOTS_NODE__KEYS": text})

    assert key_usage(node)["provider"] == {node.keys().current.id: 1}
    for act in (lambda: new_key(node, now=NOW), lambda: retire_key(node, "x", now=LATER)):
        with pytest.raises(OperatorError, match="the keys are in the variable OOTS_NODE__KEYS, which no command can"):
            act()
