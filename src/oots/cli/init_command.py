"""
The command `oots init`: a new node in a folder of its own.
"""

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    party_id: Annotated[str, typer.Option(help="How other access points will call this one.")] = "AP_XX_01",
    country: Annotated[str, typer.Option(help="OOTS code of the country; Greece is EL.")] = "XX",
    authority: Annotated[str, typer.Option(help="Name of the authority.")] = "Test authority",
    address: Annotated[
        str | None, typer.Option(help="Where peers will reach it, such as https://ap.example.fi/as4.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65532, help="First of four ports: peers, services, portals, provider.")
    ] = 8443,
    production: Annotated[bool, typer.Option("--production", help="For production instead of acceptance.")] = False,
) -> None:
    """
    A new node: settings, keys, certificate requests, peers file, first-steps text.

    What is not said gets a value that is good for trying, and can be changed in oots.toml.
    """
    import uuid
    from datetime import UTC, datetime

    from oots.errors import OperatorError
    from oots.node.new_node import Plan, make_node

    try:
        plan = Plan(
            party_id=party_id,
            country=country,
            authority=authority,
            address=address or f"https://localhost:{port}/as4",
            first_port=port,
            environment="production" if production else "acceptance",
        )
        make_node(folder, plan, now=datetime.now(UTC), new_id=lambda: str(uuid.uuid4()))
    except OperatorError as error:
        typer.secho(f"No node was made: {error}", err=True, fg="red")
        raise typer.Exit(1) from None
    typer.echo(f"The node {party_id} is in {folder}.  What to do next stands in {folder / 'FIRST-STEPS.md'}:\n")
    typer.echo(f"  oots serve --config {folder / 'oots.toml'}    starts it")
    typer.echo(f"  oots doctor --config {folder / 'oots.toml'}   says whether all is well")
