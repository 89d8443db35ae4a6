"""The page for operators explains every line of the log, every metric, check and event: these and no others."""

import re
from collections.abc import Iterator

import pytest
from log_calls import ROOT, LogCall, log_calls
from prometheus_client import CollectorRegistry, ProcessCollector
from typer.core import TyperGroup
from typer.main import get_command

from oots.cli import app
from oots.health import checks
from oots.health.counters import COUNTERS, DURATIONS
from oots.health.figures import GAUGES
from oots.journal.events import EventName

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
CALLS = list(log_calls())


def rows(heading: str) -> Iterator[list[str]]:
    """Give the cells of the tables under a heading."""
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, heading
    for line in section[1].splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> str:
    return cell.strip().strip("`")


def explained(heading: str) -> list[str]:
    return [code(cells[0]) for cells in rows(heading)]


def test_every_line_of_the_log_has_a_text_that_can_be_looked_up() -> None:
    assert [call.place for call in CALLS if call.template is None] == []


def test_the_page_explains_every_line_of_the_log_and_no_others() -> None:
    logged = {(call.logger, call.level, call.template) for call in CALLS}
    told = {(code(logger), code(level), code(text)) for logger, level, text, *_ in rows("Log lines")}

    assert {"not explained": logged - told, "explained, and never said": told - logged} == {
        "not explained": set(),
        "explained, and never said": set(),
    }


def test_each_line_of_the_log_says_what_to_do() -> None:
    assert [text for _, _, text, *advice in rows("Log lines") if not advice or not advice[0].strip()] == []


@pytest.mark.parametrize(
    "call", [call for call in CALLS if "message %" in (call.template or "")], ids=lambda c: c.place
)
def test_what_is_said_about_a_message_carries_its_identifiers(call: LogCall) -> None:
    assert "extra" in call.keywords


def test_the_page_explains_every_metric_and_no_others() -> None:
    counted = [item.name for table in (COUNTERS, DURATIONS) for items in table.values() for item in items]
    process = CollectorRegistry()
    ProcessCollector(registry=process)
    of_process = {f"{item.name}{'_total' if item.type == 'counter' else ''}" for item in process.collect()}

    assert set(explained("Metrics")) == {*counted, *GAUGES, *of_process}
    assert len(explained("Metrics")) == len(set(explained("Metrics")))


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r"\b(?:oots|process)_[a-z0-9_]+", PAGE))
    known = set(explained("Metrics"))

    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= known


def test_the_page_explains_every_check_and_no_others() -> None:
    source = (ROOT / "src/oots/health/checks.py").read_text(encoding="utf-8")
    named = set(re.findall(r'Check\(name="(\w+)"', source))

    assert named == {*explained("/health/ready")} - {"stopping"}
    assert len(named) == sum(name.endswith("_check") for name in dir(checks))


def test_the_page_explains_every_event_of_the_journal_and_no_others() -> None:
    assert set(explained("Events")) == {name.value for name in EventName}


def test_every_command_on_the_page_exists() -> None:
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    for first, second in set(re.findall(r"\boots ([a-z]+)(?: ([a-z]+))?(?=[ `\n])", _code())):
        command = commands.commands[first]
        if isinstance(command, TyperGroup):
            assert second in command.commands, f"oots {first} {second}"


def _code() -> str:
    """Give what stands in code on the page: commands, not sentences."""
    return "\n".join(re.findall(r"```sh\n.*?```|`oots [^`\n]+`", PAGE, re.DOTALL))
