"""
What changes when something is loaded: by kind of declaration, what comes, what goes, what is another afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from directory.declarations import SHARED, Contents, MemberState, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Of one kind of declaration in one part."""

    part: str
    kind: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All that are not as they were."""
        return (*self.added, *self.removed, *self.changed)

    def __str__(self) -> str:
        signs = (("+", self.added), ("-", self.removed), ("~", self.changed))
        return "\n".join(f"{self.part} {self.kind} {sign} {name}" for sign, names in signs for name in names)


def difference(before: Contents, after: Contents) -> tuple[Change, ...]:
    """Give what is not the same; nothing when all is."""
    return tuple(_changes(before, after))


def _changes(before: Contents, after: Contents) -> Iterator[Change]:
    yield from _change(SHARED, SHARED, _named(before.requirements), _named(after.requirements))
    for country in sorted({*before.member_states, *after.member_states}):
        old, new = before.member_states.get(country), after.member_states.get(country)
        for kind in MemberState.model_fields:
            if kind != "country":
                yield from _change(country, kind, _of_kind(old, kind), _of_kind(new, kind))


def _of_kind(state: MemberState | None, kind: str) -> Mapping[str, Part]:
    return {} if state is None else _named(getattr(state, kind))


def _named(parts: tuple[Part, ...]) -> Mapping[str, Part]:
    return {str(getattr(part, "id", None) or getattr(part, "short_name", "")): part for part in parts}


def _change(part: str, kind: str, old: Mapping[str, Part], new: Mapping[str, Part]) -> Iterator[Change]:
    change = Change(
        part=part,
        kind=kind,
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in new if name in old and new[name] != old[name]),
    )
    if change.added or change.removed or change.changed:
        yield change
