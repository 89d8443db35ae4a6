"""
The command `oots serve`: which services, from which settings, and how it ends.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from oots.node.services import Service

DEFAULT_CONFIG: Final = Path("oots.toml")
CONFIG_VARIABLE: Final = "OOTS_CONFIG"


def serve(
    services: Annotated[
        list[Service] | None, typer.Argument(help="Which services; all of the node when none is named.")
    ] = None,
    config: Annotated[
        Path, typer.Option(metavar="FILE", envvar=CONFIG_VARIABLE, help="The settings of the node.")
    ] = DEFAULT_CONFIG,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None,
        typer.Option(help="How much is logged; otherwise as the settings say."),
    ] = None,
) -> None:
    """
    Run the services of a node until SIGTERM or Ctrl-C.

    What is in hand is finished first; a second signal ends it at once.  SIGHUP reads the peers
    again, our TLS certificate and key, and the roots.
    Logs are JSON, one object a line, on stderr.
    """
    from datetime import UTC, datetime

    import uvloop

    from oots.errors import OperatorError
    from oots.node.logs import log_event, write_logs
    from oots.node.serving import serve as serve_node
    from oots.node.settings import read_node

    try:
        node = read_node(config, os.environ, now=datetime.now(UTC), services=services or ())
        write_logs(sys.stderr, log_level or node.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve_node(node, record=log_event))
    except OperatorError as error:
        typer.secho(f"The node does not start:\n{error}", err=True, fg="red")
        raise typer.Exit(1) from None
