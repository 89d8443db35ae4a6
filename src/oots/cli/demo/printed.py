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
    """Print a step: milliseconds, who, what, and the message by the start of its id."""
    event = step.event
    who = f"{event.node[3:5]} {COMPONENTS[event.component]}"
    message = f"  {event.message_id[:8]}" if event.message_id else ""
    typer.echo(
        f"{step.at_ms:7.1f} ms  "
        + typer.style(f"{who:<16}", fg=_COLOURS[event.component])
        + in_words(event)
        + typer.style(message, dim=True)
    )


def print_document(told: Told, path: Path | None) -> None:
    """Print what came, and that it is what was issued."""
    document = told.document
    typer.echo(f"\nThe document is here after {told.total_ms:.0f} ms: {document.title}, {document.size} bytes")
    typer.echo(f"SHA-256 {document.sha256}, as the register issued it")
    if path:
        typer.echo(f"kept as {path}")
