"""What our rule files say, and what is known of the published rules, held against each other.  No rule runs here."""

import csv
from dataclasses import dataclass
from typing import Final

from oots.resources import schemas
from oots.validation.schematron.reading import read_rules
from oots.validation.schematron.rule_sets import Kind, RuleSet
from tests.conformance.changes import BOTH, Line

KIND_OF: Final = {"REQ": Kind.REQUEST, "RESP": Kind.RESPONSE, "ERR": Kind.ERROR, "ebMS": Kind.HEADER}
"""By the third part of a rule's id."""
OUR_HEADER_CHECKS: Final = "OOTS-HEADER-"
"""How the ids of our own checks begin: of what the header must be, under numbers that nobody names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is known of a rule in one line; read from `rules.csv`."""

    severity: str
    """`fatal`, `warning`, `caution`, `info`; empty where there is nothing to say."""
    status: str
    """
    `known`; `inferred`: its text was not seen, and it is at most a warning; `dead`: as published it matches nothing,
    and what it means is at most a warning; `gone`: it speaks of what the line no longer has; `xsd`: only the schema
    enforces it; `none`: a number without assertion; `unknown`: a number without text; `absent`: not in this line.
    """

    @property
    def is_written(self) -> bool:
        """Tell whether our rule files have it."""
        return self.status in ("known", "inferred", "dead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a rule file says under an id."""

    severity: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRule:
    """A row of `rules.csv`."""

    rule: str
    lines: dict[Line, Published]
    note: str


def published_rules() -> tuple[PublishedRule, ...]:
    """Read `rules.csv`: every id that is known to exist in one of the two lines."""
    with (schemas() / "schematron" / "rules.csv").open(encoding="utf-8", newline="") as table:
        return tuple(
            PublishedRule(rule=row["rule"], lines={line: _published(row[line]) for line in BOTH}, note=row["note"])
            for row in csv.DictReader(table)
        )


def _published(cell: str) -> Published:
    match cell.split():
        case []:
            return Published(severity="", status="absent")
        case ["fatal" | "warning" | "caution" | "info" as severity]:
            return Published(severity=severity, status="known")
        case ["warning" | "caution" | "info" as severity, "inferred" | "dead" as status]:
            return Published(severity=severity, status=status)
        case ["gone" | "xsd" | "none" | "unknown" as status]:
            return Published(severity="", status=status)
    raise ValueError(f"{cell!r} says nothing about a rule")


def kind_of(rule: str) -> Kind:
    """Tell the kind of document that a rule speaks about."""
    return Kind.HEADER if rule.startswith(OUR_HEADER_CHECKS) else KIND_OF[rule.split("-")[2]]


def assertions(kind: Kind, line: Line) -> dict[str, list[Assertion]]:
    """Read what a rule file and the files it includes say, by id."""
    path = RuleSet(kind=kind, line=f"oots-edm:v{line}").path
    found: dict[str, list[Assertion]] = {}
    for pattern in read_rules(path, path.parent).patterns:
        for assertion in (assertion for rule in pattern.rules for assertion in rule.assertions):
            sentence = " ".join("".join(str(part) for part in assertion.message).split())
            found.setdefault(assertion.id, []).append(Assertion(severity=assertion.severity.value, sentence=sentence))
    return found
