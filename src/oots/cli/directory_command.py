"""
The commands `oots directory …`: what a directory of one's own holds.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from oots.cli.of_node import Config, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG

directory = typer.Typer(help="The common services: directories that say who provides what.", no_args_is_help=True)

Seeds = Annotated[
    list[Path] | None, typer.Argument(metavar="FILE…", help="Seeds, TOML or JSON: one for each member state.")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="A database, such as sqlite:///directory.db, instead of the one in the settings; a file is made.",
    ),
]


@directory.callback()
def common_services() -> None:
    """The common services: directories that say who provides what."""


@directory.command()
def load(
    files: Seeds = None,
    *,
    config: Config = DEFAULT_CONFIG,
    database: DatabaseUrl = None,
    demo: Annotated[bool, typer.Option("--demo", help="Also the seeds of this program: FI, AT, PT.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Load; without it, only what would change is shown.")] = False,
) -> None:
    """
    Show what seeds would change in a directory, and load them: all or none.

    A member state's seed replaces all that was loaded for it before.  A running directory notices within a second.
    """
    from datetime import UTC, datetime

    from directory.loading import load as load_seeds
    from directory.loading import upgrade
    from directory.seed_files import demo_seeds, read_seed_files
    from oots.store.database import open_database

    if not files and not demo:
        raise typer.BadParameter("name a seed, or say --demo")
    with refusals_told():
        seeds = [*(demo_seeds() if demo else ()), *read_seed_files(files or ())]
        url, in_production = (database, False) if database else _of_node(config)
        upgrade(url)
        with closing(open_database(url)) as opened:
            changes = load_seeds(opened, seeds, at=datetime.now(UTC), dry_run=not yes, in_production=in_production)
    for change in changes:
        typer.echo(str(change))
    typer.echo(_conclusion(sum(len(change.names) for change in changes), yes=yes))


def _of_node(config: Path) -> tuple[str, bool]:
    from oots.errors import OperatorError

    node = read(config)
    if node.directory is None:
        raise OperatorError(f"{config} has no table [directory]; add one, or name a database with --database")
    return node.directory.settings.database, node.environment == "production"


def _conclusion(count: int, *, yes: bool) -> str:
    if count == 0:
        return "Nothing changes: all of it is there already."
    return f"{count} changes are loaded." if yes else f"{count} changes. Nothing was loaded: say --yes to do it."
