"""
What commands about a node have in common: its settings file, how far they are, and how a refusal is told.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oots.cli.serve_command import CONFIG_VARIABLE

if TYPE_CHECKING:
    from oots.node.settings import Node

Config = Annotated[Path, typer.Option(metavar="FILE", envvar=CONFIG_VARIABLE, help="The settings of the node.")]


def read(config: Path) -> "Node":
    """Give the node of a settings file; raises `OperatorError`."""
    from datetime import UTC, datetime

    from oots.node.settings import read_node

    return read_node(config, os.environ, now=datetime.now(UTC))


@contextmanager
def refusals_told(beginning: str = "") -> Iterator[None]:
    """Say what was refused and why, and end with exit code 1."""
    from oots.errors import OotsError

    try:
        yield
    except OotsError as error:
        typer.secho(f"{beginning}{error}", err=True, fg="red")
        raise typer.Exit(1) from None


class Progress:
    """Says on stderr how far something is: at a terminal as it goes, elsewhere when it is done."""

    def __init__(self) -> None:
        self._at_terminal = sys.stderr.isatty()
        self._last = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Take how much is done, and of how much."""
        line = f"{what}: done" if done >= total else f"{what}: {100 * done // total} %"
        if line == self._last or not (self._at_terminal or done >= total):
            return
        self._last = line
        end = "\n" if done >= total else "\r"
        # Back at the beginning of the line, and what stood there is erased to its end.
        typer.echo(f"\r{line}\x1b[K{end}" if self._at_terminal else f"{line}\n", err=True, nl=False)
