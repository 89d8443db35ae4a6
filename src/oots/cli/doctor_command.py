"""
The command `oots doctor`: what it prints about a node, and its exit code.
"""

import asyncio
import json as json_
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from oots.cli.serve_command import CONFIG_VARIABLE, DEFAULT_CONFIG

if TYPE_CHECKING:
    from oots.node.checks.check import Check

_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    config: Annotated[
        Path, typer.Option(metavar="FILE", envvar=CONFIG_VARIABLE, help="The settings of the node.")
    ] = DEFAULT_CONFIG,
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of lines.")] = False,
) -> None:
    """
    Say whether a node is well, and what to do where it is not.

    Settings, disk, databases, keys and their expiry, clock, peers, services; then a test request to ourselves
    (procedure 00).
    """
    checks = asyncio.run(_examine(config, tell=not json))
    well = all(check.status.value != "fail" for check in checks)
    if json:
        found = [
            {"name": check.name, "status": check.status.value, "text": check.text, "advice": check.advice}
            for check in checks
        ]
        typer.echo(json_.dumps({"well": well, "checks": found}, indent=2, ensure_ascii=False))
    raise typer.Exit(0 if well else 1)


async def _examine(config: Path, *, tell: bool) -> "list[Check]":
    from datetime import UTC, datetime

    from oots.node.checks.examination import examine

    checks = []
    async for check in examine(config, os.environ, now=lambda: datetime.now(UTC)):
        checks.append(check)
        if tell:
            _print(check)
    return checks


def _print(check: "Check") -> None:
    status = check.status.value
    typer.echo(f"{typer.style(f'{status:5}', fg=_COLOURS[status])} {check.name}: {check.text}")
    if check.advice:
        typer.echo(f"      {check.advice}")
