"""
The command `oots demo`: its options, what it prints, and how it ends.
"""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

from oots.cli.demo.timeline import Step
from oots.errors import OotsError, OperatorError

if TYPE_CHECKING:
    from oots.cli.demo.showcase import Showcase


class Line(Enum):
    """What `--line` takes; the standard's identifiers are longer."""

    V1_2 = "v1.2"
    V2_0 = "v2.0"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave after the exchange.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep every message, and the document, as bytes in DIR.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the timeline as JSON.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65000, help="First of nine ports on loopback; 0 takes any that are free.")
    ] = 8700,
    line: Annotated[Line, typer.Option(help="Line of the exchange data model.")] = Line.V2_0,
) -> None:
    """
    Two member states on this machine, and one exchange between them.

    Someone from Finland moves to Portugal: the municipality asks the Finnish population register for the birth record.
    Everything is real except people and registers.  Then the pages stay open while a person is at the terminal.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_demo(once=once, keep=keep, json=json, port=port, line=line))
    except (OotsError, OSError) as error:
        what = "cannot go on" if isinstance(error, (OperatorError, OSError)) else "failed"
        typer.secho(f"{what}: {error}", err=True, fg="red")
        if isinstance(error, OSError):
            _give_up_printing()
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError) as stopped:
        typer.echo("Stopped.", err=True)
        number = signal.SIGINT if isinstance(stopped, KeyboardInterrupt) else signal.SIGTERM
        raise typer.Exit(128 + number) from None


async def _demo(*, once: bool, keep: Path | None, json: Path | None, port: int, line: Line) -> None:
    started = time.perf_counter()
    # Here, not at the top: `oots --help` should not wait for them.
    from oots.cli.demo.keep import KeepFolder, write_json
    from oots.cli.demo.printed import print_document, print_step
    from oots.cli.demo.run import Storyteller
    from oots.cli.demo.timeline import Timeline
    from oots.cli.demo.world import ports_from, running_world

    _leave_on_signals()
    folder = KeepFolder(keep) if keep else None
    untold: list[OSError] = []

    def tell(step: Step) -> None:
        # No service should fail because the terminal is gone or the disk is full.
        try:
            print_step(step)
            if folder:
                folder.keep(step)
        except OSError as error:
            untold.append(error)

    timeline = Timeline(tell)
    ports = ports_from(port)
    typer.echo("Making keys and registers, starting two member states ...")
    async with running_world(ports[1:], record=timeline.record) as world:
        teller = Storyteller(world, timeline, lines=[f"oots-edm:{line.value}"])
        typer.echo(f"Ready after {time.perf_counter() - started:.1f} s.\n")
        try:
            told = await teller.tell()
        except OotsError:
            if json:
                write_json(json, timeline.steps, None, timeline.elapsed_ms)
            raise
        if untold:
            raise untold[0]
        path = folder.keep_evidence(told.document.title, told.document.content) if folder else None
        if json:
            evidence = {"path": str(path) if path else None, "sha256": told.document.sha256}
            write_json(json, timeline.steps, evidence, told.total_ms)
        print_document(told, path)
        if not once and sys.stdin.isatty():
            await _show(teller.showcase(), ports[0])


async def _show(showcase: "Showcase", port: int) -> None:
    from oots.cli.demo.pages import create_app
    from oots.cli.demo.pki import LOOPBACK
    from oots.net.server import running

    async with running(create_app(showcase), host=LOOPBACK, port=port) as pages:
        typer.echo(f"\nLook at it: {pages.url}/   (press Enter or Ctrl-C to leave)")
        entered = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, entered.set)
        try:
            await entered.wait()
        finally:
            loop.remove_reader(sys.stdin)
        # What was typed is ours: left alone, it would be the next command of the shell.
        sys.stdin.readline()


def _give_up_printing() -> None:
    # What could not be printed would be tried again when the interpreter ends, and end it with a code of its own.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave_on_signals() -> None:
    # Otherwise the process would end at once, and leave its folder behind; a terminal that is closed sends SIGHUP.
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if task is not None and signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
