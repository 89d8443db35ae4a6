"""
What a node says while it runs: one JSON object a line, without personal data.

An exception is told by its class and the places it passed: its text may quote what somebody sent.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from oots.journal.events import Event

FIELDS: Final = ("message_id", "conversation_id", "exchange_id", "job_id", "kind", "key", "facts")
"""What a line has beside its text, when it was logged with `extra`."""

MAX_CHARACTERS: Final = 4000
"""Of a text in a line: what a peer sent may be quoted in it, and collectors of logs cut long lines anywhere."""

_TALKATIVE: Final = ("uvicorn", "httpx", "httpcore", "asyncio", "alembic")
"""Libraries whose everyday remarks are not ours to repeat: addresses with identifiers are among them."""

_encode = json.JSONEncoder(default=str).encode
"""In ASCII: Unicode has line ends and control characters that JSON would leave as they are."""

log = logging.getLogger("oots.journal")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _short(record.getMessage()),
        }
        line |= {name: _short(value) for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return _encode(line)


def write_logs(stream: TextIO, level: str) -> None:
    """Have everything that is logged in this process written to `stream`, from `level` on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
    # A record that cannot be written is dropped: the complaint about it would show its arguments.
    logging.raiseExceptions = False
    # What no line shows need not be looked up: the logging manual, "Optimization".
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _short(item) for name, item in value.items()}
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return f"{value[:MAX_CHARACTERS]} ..."
    return value


def log_event(event: Event) -> None:
    """Log what happened to a message or exchange: its facts, never its documents."""
    log.info(
        "%s: %s",
        event.component.value,
        event.name.value,
        extra={
            "message_id": event.message_id,
            "conversation_id": event.conversation_id,
            "exchange_id": event.exchange_id,
            "facts": dict(event.facts) or None,
        },
    )
