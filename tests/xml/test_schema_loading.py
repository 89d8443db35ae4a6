"""Schemas are loaded by whichever thread needs one first, and never by two at once."""

import threading
import time
from typing import Any

import pytest
from lxml import etree

from oots.resources import schemas
from oots.xml import load_schema


def test_schemas_are_loaded_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the lock libxml2 fails or crashes once in many times; so what is looked at is who is inside it.
    load, inside, most = etree.XMLSchema, 0, 0

    def watched(document: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.02)
        loaded = load(document)
        inside -= 1
        return loaded

    monkeypatch.setattr(etree, "XMLSchema", watched)
    path = schemas() / "ebms" / "ebms-header.xsd"
    threads = [threading.Thread(target=load_schema, args=(path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
