"""
Complaints about a settings file: collected while it is read, so that the operator sees all of them at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from oots.errors import OperatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong under one key, and what is expected there."""

    source: str
    """The file, or the variable that overrides it."""
    key: str | None
    """Dotted; missing when the file as a whole is meant, or a variable says it already."""
    text: str
    blocks: bool = True
    """Whether nothing may start with it; an expiry date of somebody else's certificate stops nobody."""

    def __str__(self) -> str:
        return f"{self.source}: {self.text}" if self.key is None else f"{self.source}: {self.key}: {self.text}"


class SettingsRefused(OperatorError):
    """The settings of a node cannot be used; one line for each complaint."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(map(str, self.complaints)))


class Complaints:
    """Those about one file; the first one under a key is enough."""

    def __init__(self, file: str, *, variables: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take the name of the file, and the variables that stand for some of its keys."""
        self._file = file
        self._variables = variables
        self._found: dict[str | None, Complaint] = {}

    @property
    def found(self) -> tuple[Complaint, ...]:
        """All of them, in the order in which they came up."""
        return tuple(self._found.values())

    @property
    def block(self) -> bool:
        """Tell whether the file cannot be used."""
        return any(complaint.blocks for complaint in self._found.values())

    def anew(self) -> "Complaints":
        """Give complaints about the same file, none so far."""
        return Complaints(self._file, variables=self._variables)

    def add(self, key: str | None, text: str, *, blocks: bool = True) -> None:
        """Complain."""
        variable = self._variable_of(key)
        complaint = Complaint(source=variable or self._file, key=None if variable else key, text=text, blocks=blocks)
        before = self._found.get(key)
        if before is None or (blocks and not before.blocks):
            self._found[key] = complaint

    def refuse(self, *others: "Complaints") -> None:
        """Raise `SettingsRefused` with everything that these and `others` found, if any of it blocks."""
        all_of_them = (self, *others)
        if any(complaints.block for complaints in all_of_them):
            raise SettingsRefused(item for complaints in all_of_them for item in complaints.found if item.blocks)

    def _variable_of(self, key: str | None) -> str | None:
        # A variable may stand for the key, or for a list or table that the key is in.
        while key:
            if key in self._variables:
                return self._variables[key]
            key = key.rpartition("." if "." in key else "[")[0]
        return None
