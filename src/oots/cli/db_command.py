"""
The commands `oots db …`: the databases of a node.
"""

import typer

from oots.cli.of_node import Config, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG

db = typer.Typer(help="The databases of a node.", no_args_is_help=True)


@db.callback()
def databases() -> None:
    """The databases of a node."""


@db.command()
def upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """
    Bring the database of each service to what this version needs: all missing steps or none.

    Stop the services first: they refuse to start on another schema, and do not look again while they run.
    """
    from directory.loading import upgrade as upgrade_directory
    from oots.node.databases import databases_of
    from oots.store.migrate import upgrade as upgrade_schema

    with refusals_told():
        node = read(config)
        for database in databases_of(node):
            with database.made() as made:
                applied = upgrade_schema(made, database.package)
                typer.echo(f"{database.name}, {made.place}: {', '.join(applied) if applied else 'nothing to do'}")
        if node.directory:
            applied = upgrade_directory(node.directory.settings.database)
            typer.echo(f"directory: {', '.join(applied) if applied else 'nothing to do'}")
