"""
Loading seeds: all of them or none, and only what is right together with what is there already.

A member state's seed replaces all that the member state declared before, as a submission over AS4 would.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from directory.consistency import complaints_about
from directory.declarations import Contents, MemberState, SharedRequirements, name_of
from directory.difference import Change, difference
from directory.seed_files import Complaint, SeedRefused
from directory.shelf import contents_in, lock, put
from oots.store import migrate
from oots.store.database import Database, open_database

Seed = MemberState | SharedRequirements


def upgrade(url: str) -> Sequence[str]:
    """Make the database at this address, or bring it to what this version needs; give the revisions applied."""
    database = open_database(url)
    try:
        return migrate.upgrade(database, "directory")
    finally:
        database.close()


def load(
    database: Database, seeds: Sequence[Seed], *, at: datetime, dry_run: bool = False, in_production: bool = False
) -> tuple[Change, ...]:
    """
    Load seeds, unless it is a dry run, and give what changes by it.

    A part that stays as it is gets no revision.  Raises `SeedRefused` with all complaints, and then nothing changes.
    """
    with database.reading() if dry_run else database.writing() as connection:
        if not dry_run:
            lock(connection)
        before = contents_in(connection)
        after = before
        for seed in seeds:
            after = after.with_part(seed)
        complaints = [
            *_named_twice(seeds),
            *_versions(before, after),
            *complaints_about(after, in_production=in_production),
        ]
        if complaints:
            raise SeedRefused(complaints)
        changes = difference(before, after)
        if not dry_run:
            for seed in seeds:
                if any(change.part == name_of(seed) for change in changes) or before.with_part(seed) != before:
                    put(connection, seed, at=at)
    return changes


def _named_twice(seeds: Sequence[Seed]) -> Iterator[Complaint]:
    names = [name_of(seed) for seed in seeds]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Complaint(source=name, place="", text="is given twice; expected: one file for each member state")


def _versions(before: Contents, after: Contents) -> Iterator[Complaint]:
    """TDD 3.5.2: another content of a code list has a higher version."""
    for country, state in after.member_states.items():
        old = before.member_states.get(country)
        known = {item.short_name: item for item in old.code_lists} if old else {}
        for item in state.code_lists:
            earlier = known.get(item.short_name)
            if earlier is None or item == earlier or item.version > earlier.version:
                continue
            text = f"has other content than version {earlier.version}, which is current, and no higher version"
            yield Complaint(source=country, place=f"code_lists {item.short_name}", text=text)
