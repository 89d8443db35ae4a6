"""
The command `oots backup DIR`: what it says about the copy that it made.
"""

from pathlib import Path
from typing import Annotated

import typer

from oots.cli.of_node import Config, Progress, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """
    A consistent copy of all that the node stores: databases and payloads, while the services run.

    It is as encrypted as the original.  Keys, secrets and settings are not in it: keep copies of those elsewhere.
    """
    from datetime import UTC, datetime

    from oots.node.backup import back_up

    with refusals_told("No backup was made: "):
        made = back_up(read(config), folder, now=datetime.now(UTC), tell=Progress())
    typer.echo(f"The backup is in {folder}: {len(made.files)} files, {made.size / (1 << 20):.1f} MiB.")
    typer.echo("Keys, secrets and settings are not in it.  Without these keys of the key file it cannot be read:")
    for key in sorted({*made.keys, made.search_key}):
        typer.echo(f"  {key}")
