"""
Write `docs/rules.md` from the rule files, `rules.csv` and the tables of changes.

Run it as `python -m tests.conformance.write_rules_page`.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oots.validation.cross.catalogue import CHECKS, CrossCheck
from tests.conformance import schema_rows
from tests.conformance.changes import BOTH, Line
from tests.conformance.rule_files import Assertion, PublishedRule, assertions, kind_of, published_rules
from tests.conformance.tables import ROWS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

INTRODUCTION: Final = """\
# The business rules

A document of the Exchange Data Model has to pass an XML schema, and then the business rules of its line,
`oots-edm:v1.2` or `oots-edm:v2.0`.
The rules are published under numbers such as `R-EDM-REQ-C040`: a part of the model (requests, responses, errors, ebMS
headers), a letter (`S` for structure, `C` for content) and a number.
Whoever refuses a document names them, so this page is for looking up.

Our rule files are in `schemas/schematron`: they are Schematron, written from what the rules mean and not copied, one
main file for each kind of document and line.
The sentences below are those that `oots validate` prints.
They say what must be, and never hold a value of the document, because they go into logs and into answers abroad.

## How to read the tables

A column for each line tells how bad a breach is.

| word | means |
| --- | --- |
| fatal | the document is invalid; a request is refused with `EDM:ERR:0003` and the number of the rule |
| warning, caution | somebody should look at it; the document is valid |
| (inferred) | the number is certain, the text of the rule is not: what it most likely says is checked, never as fatal |
| (dead) | as published the rule matches nothing; what it means is checked, never as fatal |
| gone | the rule speaks of something that the line no longer has |
| schema | only the XML schema enforces it |
| no assertion | a number of the rule book that no published rule file tests |
| unknown | the number exists, and its text is not known to us: nothing is checked, and nothing invented |
| – | the line has no such rule |

*Tested* counts the rows of the tables of changes in `tests/conformance`.
A row names a small change of a valid document that the rule refuses, and the nearest change that it accepts; each row
is tried in each of its lines, and no other rule may refuse the document unless the row names it.
What a rule cannot see in one document is checked across documents: the last table, `X1` to `X27`.
Checks called `OOTS-HEADER-` are ours: of most rules of the header only the numbers are known, and these checks say what
the profile and the P-Mode say.
Where the sources are silent, `docs/gaps.md` says what was chosen.

This page is written by `python -m tests.conformance.write_rules_page`, and a test fails when it is not current.
"""

SETS: Final = {
    "R-EDM-REQ-S": "Evidence requests: structure",
    "R-EDM-REQ-C": "Evidence requests: content",
    "R-EDM-RESP-S": "Evidence responses: structure",
    "R-EDM-RESP-C": "Evidence responses: content",
    "R-EDM-ERR-S": "Error responses: structure",
    "R-EDM-ERR-C": "Error responses: content",
    "R-EDM-ebMS-": "Headers of messages",
    "OOTS-HEADER-": "Headers of messages: checks of our own",
}
STATUSES: Final = {"gone": "gone", "xsd": "schema", "none": "no assertion", "unknown": "unknown", "absent": "–"}


def page() -> str:
    """Give the text of the page."""
    rules = published_rules()
    files = {(kind, line): assertions(kind, line) for kind in {kind_of(rule.rule) for rule in rules} for line in BOTH}
    tested = Counter(row.rule for row in (*ROWS, *schema_rows.ROWS))
    parts = [INTRODUCTION, *_totals(rules, tested)]
    for prefix, title in SETS.items():
        parts.append(f"\n## {title}\n\n| rule | 1.2 | 2.0 | what must be | tested |\n| --- | --- | --- | --- | --- |\n")
        parts.extend(
            _line_of(
                rule, {line: files[kind_of(rule.rule), line].get(rule.rule, []) for line in BOTH}, tested[rule.rule]
            )
            for rule in rules
            if rule.rule.startswith(prefix)
        )
    parts.append("\n## Across documents\n\n| check | in a request | in an answer | what must be | lines |\n")
    parts.append("| --- | --- | --- | --- | --- |\n")
    parts.extend(map(_line_across, CHECKS))
    return "".join(parts)


def _line_across(check: CrossCheck) -> str:
    worst = [severity.value if severity else "–" for severity in (check.of_request, check.of_answer)]
    lines = ", ".join(line.removeprefix("oots-edm:v") for line in check.lines)
    return f"| {check.rule} | {worst[0]} | {worst[1]} | {check.sentence} | {lines} |\n"


def _totals(rules: tuple[PublishedRule, ...], tested: Counter[str]) -> Iterator[str]:
    yield "\n## In figures\n\n| rules | checked in 1.2 | checked in 2.0 | inferred or dead | unknown | tested |\n"
    yield "| --- | --- | --- | --- | --- | --- |\n"
    for prefix, title in SETS.items():
        members = [rule for rule in rules if rule.rule.startswith(prefix)]
        checked = [sum(rule.lines[line].is_written for rule in members) for line in BOTH]
        weak = sum(any(rule.lines[line].status in ("inferred", "dead") for line in BOTH) for rule in members)
        unknown = sum(any(rule.lines[line].status == "unknown" for line in BOTH) for rule in members)
        with_rows = sum(rule.rule in tested for rule in members)
        yield f"| {title} | {checked[0]} | {checked[1]} | {weak} | {unknown} | {with_rows} |\n"


def _line_of(rule: PublishedRule, says: dict[Line, list[Assertion]], tested: int) -> str:
    cells = [_severity(rule, line) for line in BOTH]
    return f"| {rule.rule} | {cells[0]} | {cells[1]} | {_meaning(rule, says)} | {tested or '–'} |\n"


def _severity(rule: PublishedRule, line: Line) -> str:
    published = rule.lines[line]
    if not published.is_written:
        return STATUSES[published.status]
    return published.severity if published.status == "known" else f"{published.severity} ({published.status})"


def _meaning(rule: PublishedRule, says: dict[Line, list[Assertion]]) -> str:
    by_line = {line: " ".join(dict.fromkeys(item.sentence for item in items)) for line, items in says.items() if items}
    shortest = min(by_line.values(), key=len, default="")
    if all(sentence.startswith(shortest) for sentence in by_line.values()):
        # What a line adds to it says why it is only a warning there, which is in the note too.
        sentences = [shortest]
    else:
        sentences = [f"In {line}: {sentence}" for line, sentence in by_line.items()]
    if rule.note:
        sentences.append(f"*{rule.note}*")
    return " ".join(sentences).strip().replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
