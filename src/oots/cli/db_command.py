"""
The commands `oots db …`: the databases of a node.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from oots.cli.serve_command import CONFIG_VARIABLE, DEFAULT_CONFIG

db = typer.Typer(help="The databases of a node.", no_args_is_help=True)


@db.callback()
def databases() -> None:
    """The databases of a node."""


@db.command()
def upgrade(
    config: Annotated[
        Path, typer.Option(metavar="FILE", envvar=CONFIG_VARIABLE, help="The settings of the node.")
    ] = DEFAULT_CONFIG,
) -> None:
    """
    Bring the databases to what this version needs: all missing steps or none.

    Stop the services first: they refuse to start on another schema, and do not look again while they run.
    """
    from datetime import UTC, datetime

    from oots.errors import OperatorError
    from oots.node.settings import read_node
    from oots.store.database import open_database
    from oots.store.migrate import upgrade as upgrade_schema

    try:
        node = read_node(config, os.environ, now=datetime.now(UTC), services=())
        durability = node.gateway.settings.durability if node.gateway else None
        if durability is None:
            typer.echo("This node has no database.")
            return
        database = open_database(durability.database)
        try:
            applied = upgrade_schema(database, "gateway")
        finally:
            database.close()
    except OperatorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from None
    typer.echo(f"{database.place}: {', '.join(applied) if applied else 'nothing to do'}")
