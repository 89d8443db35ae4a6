"""
Which rules are played on which document: one main file for each kind of document and line.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from oots.edm.specification import SPECIFICATIONS
from oots.resources import schemas


class Kind(Enum):
    """What a set of rules is about; the value is how its file is called."""

    REQUEST = "edm-req"
    RESPONSE = "edm-resp"
    ERROR = "edm-err"
    HEADER = "ebms"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules for one kind of document in one line."""

    kind: Kind
    line: str
    """Such as `oots-edm:v2.0`."""
    folder: Path | None = None
    """Where its files are; None for those of this project."""
    file: str | None = None
    """Its main file in that folder, when it is not called as ours are."""
    lists: Path | None = None
    """Where the code lists are that it asks; None for those of this project."""

    @property
    def name(self) -> str:
        """Name it as its file is called, such as `edm-req-2.0`."""
        return Path(self.file).stem if self.file else f"{self.kind.value}-{self.line.removeprefix('oots-edm:v')}"

    @property
    def path(self) -> Path:
        """Where its main file is."""
        return (self.folder or schemas() / "schematron") / (self.file or f"{self.name}.sch")


def rule_sets() -> tuple[RuleSet, ...]:
    """Give the rule sets of this project that are there, of all kinds and lines."""
    every = (RuleSet(kind=kind, line=line) for kind in Kind for line in SPECIFICATIONS)
    return tuple(rule_set for rule_set in every if rule_set.path.is_file())
