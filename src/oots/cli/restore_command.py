"""
The command `oots restore DIR`: what an operator has to know once a backup is back.
"""

from pathlib import Path
from typing import Annotated

import typer

from oots.cli.of_node import Config, Progress, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, as `oots backup` made it.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """
    Put a backup back into the databases of this node, which must be empty.

    Stop the services first, and do it as the user that runs them.  A backup that is damaged, or that needs keys which
    are not here, is refused before anything is written.
    """
    from oots.node.restore import restore as put_back
    from oots.node.restore import to_upgrade

    with refusals_told("Nothing was restored, or not all: "):
        node = read(config)
        manifest = put_back(node, folder, tell=Progress())
        older = to_upgrade(node, manifest)
    since = f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    for service, copy in manifest.services.items():
        rows = sum(copy.rows.values())
        typer.echo(f"{service.value}: {rows} rows and {copy.blobs} payloads, as they were on {since}")
    typer.echo(f"\nWhat came after {since} is lost here: messages, exchanges, and their journal.")
    typer.echo("Messages that waited then are sent again; peers know them by their ids and drop the copies.")
    typer.echo("Peers may also send again what they sent since, and it is taken as new: tell your partners.")
    typer.echo("Answers to requests that were sent since are refused: those users have to ask again.\n")
    if older:
        typer.echo("Then: oots db upgrade, since the backup is of an older version.")
    typer.echo("Then: oots doctor, oots serve.")
