"""
The commands `oots keys …`: the keys for encryption at rest, and their rotation.
"""

from typing import Annotated

import typer

from oots.cli.of_node import Config, Progress, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG

keys = typer.Typer(help="The keys for encryption at rest.", no_args_is_help=True)


@keys.callback()
def keys_at_rest() -> None:
    """The keys for encryption at rest."""


@keys.command("list")
def list_(config: Config = DEFAULT_CONFIG) -> None:
    """Say which keys there are, since when, and how much each wraps in which database."""
    from oots.node.key_rotation import key_usage

    with refusals_told():
        node = read(config)
        found, usage = node.keys(), key_usage(node)
    for key in (found.current, *found.others):
        counts = ", ".join(f"{wrapped.get(key.id, 0)} of the {name}" for name, wrapped in usage.items())
        role = "current" if key is found.current else "older"
        typer.echo(f"{key.id}  {role:7}  since {key.created:%Y-%m-%d %H:%M} UTC  wraps data keys: {counts}")
    typer.echo(
        f"{found.search.id}  search   since {found.search.created:%Y-%m-%d %H:%M} UTC  stays as long as the node"
    )


@keys.command()
def rotate(
    finish: Annotated[bool, typer.Option("--finish", help="Make no new key: only end what was cut short.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """
    Add a new key, and wrap all data keys of all databases with it.

    The services may run, and take the new key by themselves.
    """
    from datetime import UTC, datetime

    from oots.node.key_rotation import new_key, wrap_anew

    now = datetime.now(UTC)
    with refusals_told():
        node = read(config)
        if not finish:
            typer.echo(f"{new_key(node, now=now).current.id} is the current key.")
        changed = wrap_anew(node, now=now, tell=Progress())
        older = node.keys().others
    for name, count in changed.items():
        typer.echo(f"{name}: {count} data keys are wrapped with it now.")
    typer.echo(f"Copy {node.key_file} to where you keep it safe.")
    if older:
        ids = ", ".join(key.id for key in older)
        typer.echo(f"Backups from before still need the keys that they name.  Kept for that: {ids}.")
        typer.echo("When no such backup is needed any more, in an hour or later: oots keys retire ID")


@keys.command()
def retire(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="An older key, as `oots keys list` names it.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """
    Remove an older key that wraps nothing any more; backups that need it cannot be read from then on.

    All databases of these settings are asked.  Others that use the same key file, with settings of their own, are not.
    """
    from datetime import UTC, datetime

    from oots.node.key_rotation import retire_key

    with refusals_told():
        node = read(config)
        retire_key(node, key_id, now=datetime.now(UTC))
    typer.echo(f"{key_id} is gone from {node.key_file}, and with it what only backups from before could still show.")
