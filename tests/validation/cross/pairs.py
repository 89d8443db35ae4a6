"""What a row of the tables of pairs is.  The tables stand in the modules beside it, one for each kind of check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from oots.edm.specification import V2_0
from oots.validation.findings import Finding, Severity
from tests.validation.cross.messages import LINES, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One thing that a check looks at: as it is where all agrees, and as it is where it alone does not."""

    rule: str
    name: str
    check: Callable[[Exchange, Any], Iterable[Finding]]
    agrees: Callable[[Exchange], Any]
    differs: Callable[[Exchange], Any]
    severity: Severity = Severity.FATAL
    lines: tuple[str, ...] = LINES


WARNING: Final[dict[str, Any]] = {"severity": Severity.WARNING}
ONLY_2_0: Final[dict[str, Any]] = {"lines": (V2_0,)}


def row(rule: str, name: str, *values: Callable[..., Any], **others: Any) -> Pair:
    """Give a pair from its check, what agrees and what differs."""
    check, agrees, differs = values
    return Pair(rule=rule, name=name, check=check, agrees=agrees, differs=differs, **others)
