"""A whole exchange over both nodes leaves no trace of its person in any file, while it runs and when it is over."""

import json
import tempfile
from contextlib import aclosing
from pathlib import Path

import pytest

from evidence_provider.invented_people import DEMO_CITIZEN
from oots.cli.demo.world import ports_from, running_world
from oots.errors import NotFound
from tests.exchange.play import Journal, Play

pytestmark = pytest.mark.anyio

REGISTERS = ("fi.db", "pt.db")
"""Of the authorities: the people are in there, and were before anybody asked."""

PERSON = (
    DEMO_CITIZEN.family_name,
    *DEMO_CITIZEN.given_name.split(),
    DEMO_CITIZEN.birth_name or "",
    DEMO_CITIZEN.place_of_birth or "",
    DEMO_CITIZEN.date_of_birth.isoformat(),
    DEMO_CITIZEN.register_number,
    DEMO_CITIZEN.eidas_value or "",
)
MARKERS = {marker.encode() for name in PERSON for marker in (name, json.dumps(name)[1:-1])} | {
    b"%PDF",
    b"QueryRequest>",
}
"""As UTF-8 and as JSON has it; and what begins a certificate and ends a request, whoever it is about."""


@pytest.fixture(autouse=True)
def nothing_unhandled_and_nobody_named() -> None:
    """Not here: this world is looked at by its test."""


def files_with_markers(folder: Path) -> set[str]:
    """Give the names of the files in which a marker stands; one may go while it is looked for."""
    found = set()
    for path in folder.rglob("*"):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:
            continue
        if any(marker in content for marker in MARKERS):
            found.add(path.name)
    return found


async def test_nobody_is_found_on_the_disks_of_both_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    journal = Journal()
    async with (
        running_world(ports_from(0)[1:], record=journal.record, people=10) as world,
        aclosing(Play(world, journal)) as play,
    ):
        exchange = await play.ask()
        content = await play.portal.file(exchange["exchange_id"], 0)
        assert content.startswith(b"%PDF")
        assert any(tmp_path.rglob("*-blobs/*/*"))
        assert files_with_markers(tmp_path) - set(REGISTERS) == set()
        assert "fi.db" in files_with_markers(tmp_path)

        await play.portal.acknowledge(exchange["exchange_id"])
        with pytest.raises(NotFound):
            await play.portal.file(exchange["exchange_id"], 0)
        assert files_with_markers(tmp_path) - set(REGISTERS) == set()
