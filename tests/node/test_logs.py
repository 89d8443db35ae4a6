"""One JSON object a line, and nobody's data in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from oots.journal.events import Component, Event, EventName
from oots.node.logs import MAX_CHARACTERS, JsonLines, log_event, write_logs
from oots.work import Job
from tests.node.node_folders import NOW


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    stream = io.StringIO()
    # pytest's own handlers are put back: `write_logs` closes what it replaces.
    root.handlers[:] = []
    write_logs(stream, "info")
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], logging.raiseExceptions = before[0], before[2]
    root.setLevel(before[1])


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_who_and_what(stream: io.StringIO) -> None:
    logging.getLogger("gateway.sender").warning("message %r\nis late", "m1@alpha")

    (line,) = lines(stream)

    assert line["time"].endswith("+00:00")
    assert line | {"time": ""} == {
        "time": "",
        "level": "warning",
        "logger": "gateway.sender",
        "message": "message 'm1@alpha'\nis late",
    }


def test_identifiers_have_fields_of_their_own(stream: io.StringIO) -> None:
    logging.getLogger("a").info("sent", extra={"message_id": "m1@alpha", "exchange_id": "e1"})

    (line,) = lines(stream)

    assert (line["message_id"], line["exchange_id"]) == ("m1@alpha", "e1")
    assert "conversation_id" not in line


def test_an_event_is_logged_with_its_facts_and_without_its_documents(stream: io.StringIO) -> None:
    log_event(
        Event(
            at=NOW,
            node="AP_FI_01",
            component=Component.PROVIDER,
            name=EventName.REQUEST_RECEIVED,
            message_id="m1@alpha",
            conversation_id="c1",
            facts={"bytes": "4711"},
            documents={"request.xml": b"<Person>Aino</Person>"},
        )
    )

    (line,) = lines(stream)

    assert line["message"] == "provider: request_received"
    assert (line["message_id"], line["conversation_id"], line["facts"]) == ("m1@alpha", "c1", {"bytes": "4711"})
    assert "Aino" not in stream.getvalue()


def test_an_exception_is_told_by_its_class_and_place_and_not_by_its_text(stream: io.StringIO) -> None:
    try:
        int("Kielonmäki")
    except ValueError:
        logging.getLogger("a").exception("a number could not be read")

    (line,) = lines(stream)

    assert line["error"] == "ValueError"
    assert line["where"][-1].endswith("test_an_exception_is_told_by_its_class_and_place_and_not_by_its_text")
    assert "Kielonmäki" not in stream.getvalue()


def test_everyday_remarks_of_libraries_are_left_out(stream: io.StringIO) -> None:
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).info("GET /deliveries/m1 200")
    logging.getLogger("uvicorn.error").error("something is wrong")

    assert [line["message"] for line in lines(stream)] == ["something is wrong"]


def test_what_is_below_the_level_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("a").debug("detail")

    assert lines(stream) == []


@pytest.mark.parametrize(
    "ending", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\x1b[2J", "\x9b2J"]
)
def test_no_value_can_forge_a_second_line_or_speak_to_the_terminal(stream: io.StringIO, ending: str) -> None:
    forged = f'm1{ending}{{"level": "info", "message": "all is well"}}'
    extra = {"message_id": forged, "facts": {"code": forged}}
    logging.getLogger("gateway.receiver").warning("message %s refused", forged, extra=extra)

    text = stream.getvalue()

    assert len(text.splitlines()) == 1
    assert text.removesuffix("\n").isprintable()
    assert json.loads(text)["message"] == f"message {forged} refused"
    assert json.loads(text)["message_id"] == json.loads(text)["facts"]["code"] == forged


def test_half_a_character_does_not_make_a_line_disappear() -> None:
    # Not by a logger: pytest would hand the character on to where it cannot be written.
    record = logging.LogRecord("a", logging.WARNING, "a.py", 1, "message %s refused", ("\ud800",), None)

    assert JsonLines().format(record).encode("utf-8")


def test_what_a_peer_sends_cannot_make_a_line_longer_than_collectors_take(stream: io.StringIO) -> None:
    long = "x" * 1_000_000
    extra = {"message_id": long, "facts": {"detail": long}}
    logging.getLogger("a").warning("message %s refused", long, extra=extra)

    (line,) = lines(stream)

    assert len(stream.getvalue()) < 4 * MAX_CHARACTERS
    assert line["facts"]["detail"] == f"{'x' * MAX_CHARACTERS} ..."


def test_a_job_has_fields_of_its_own(stream: io.StringIO) -> None:
    job = Job(id=7, kind="send", key="m1", step="begin", data={"secret": 1}, attempts=1, owner="o")
    logging.getLogger("oots.work.worker").error("job %d failed", job.id, extra=job.log_fields)

    (line,) = lines(stream)

    assert (line["job_id"], line["kind"], line["key"]) == (7, "send", "m1")
