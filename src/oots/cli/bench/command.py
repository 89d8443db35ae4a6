"""
The command `oots bench`: what it takes, and where its answers go.
"""

import json as json_
import sys
from pathlib import Path
from typing import Annotated

import typer


def bench(
    name: Annotated[str, typer.Argument(help="Which benchmark: exchange.")],
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to measure each case of each subject.")] = 5.0,
    as4_python: Annotated[
        Path,
        typer.Option(envvar="OOTS_AS4_PYTHON", help="Interpreter of an environment with PyPI as4, to compare with."),
    ] = Path(".as4-venv/bin/python"),
) -> None:
    """
    Run a published benchmark, beside what it compares with.

    exchange: pack, unpack, receipt and check of one AS4 message in memory, RSA-2048, 10 kB and 1 MB of XML.
    """
    from oots.cli.bench.exchange import bench_exchange
    from oots.errors import OotsError

    if name != "exchange":
        typer.echo(f"There is no benchmark {name!r}; there is: exchange.", err=True)
        raise typer.Exit(2)
    try:
        report = bench_exchange(seconds=seconds, as4_python=as4_python, tell=_tell, progress=_progress)
    except OotsError as error:
        _tell(f"The benchmark failed: {error}.")
        raise typer.Exit(1) from error
    _progress("")
    typer.echo(json_.dumps(report.as_json(), indent=2) if json else report.as_text())


def _tell(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _progress(step: str) -> None:
    # One line that overwrites itself, for a person; nothing for a file.
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{step}", err=True, nl=False)
