"""
What `oots demo` prints: a line for each step while it happens, and the document at the end.
"""

from pathlib import Path

import typer

from oots.cli.demo.run import Told
from oots.cli.demo.timeline import COMPONENTS, Step, in_words
from oots.journal.events import Component

_COLOURS = {Component.REQUESTER: "cyan", Component.PROVIDER: "green", Component.GATEWAY: "yellow"}


def print_step(step: Step) -> None:
    """Print a step: milliseconds, who, what, and exchange and message by the start of their ids."""
    event = step.event
    who = f"{event.node[3:5]} {COMPONENTS[event.component]}"
    ids = [
        event.exchange_id and f"exchange {event.exchange_id[:8]}",
        event.message_id and f"message {event.message_id[:8]}",
    ]
    typer.echo(
        f"{step.at_ms:7.1f} ms  "
        + typer.style(f"{who:<16}", fg=_COLOURS[event.component])
        + in_words(event)
        + typer.style("  " + " ".join(filter(None, ids)), dim=True)
    )


def print_document(told: Told, path: Path | None) -> None:
    """Print what came, and that it is what was issued."""
    document = told.document
    typer.echo(f"\nThe document is here after {told.total_ms:.0f} ms: {document.title}, {document.size} bytes")
    typer.echo(f"SHA-256 {document.sha256}, as the register issued it")
    if path:
        typer.echo(f"kept as {path}")
