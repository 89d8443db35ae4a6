"""
The command `oots bench`: what it takes, and where its answers go.
"""

import json as json_
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol

import typer


class Name(StrEnum):
    """The benchmarks that there are."""

    EXCHANGE = "exchange"
    GATEWAY = "gateway"
    VALIDATE = "validate"
    WORK = "work"


class Written(Protocol):
    """What a benchmark gives."""

    def as_json(self) -> dict[str, object]:
        """Give what `--json` writes."""

    def as_text(self) -> str:
        """Give a table."""


def bench(
    name: Annotated[Name, typer.Argument(help="Which benchmark.")],
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to measure each case of each subject.")] = 5.0,
    as4_python: Annotated[
        Path,
        typer.Option(envvar="OOTS_AS4_PYTHON", help="Interpreter of an environment with PyPI as4, to compare with."),
    ] = Path(".as4-venv/bin/python"),
    documents: Annotated[
        int, typer.Option(min=1, help="validate: how many documents a worker checks while its memory is watched.")
    ] = 2000,
) -> None:
    """
    Run a published benchmark, beside what it compares with.

    exchange: pack, unpack, receipt and check of one AS4 message in memory, RSA-2048, 10 kB and 1 MB of XML.

    gateway: the same messages received over mutual TLS, kept on disk, receipt returned; SQLite and PostgreSQL.

    validate: request and response of both lines against schemas, rules and code lists; a worker over many documents.

    work: durable jobs, and the take-over of a killed worker's; SQLite and PostgreSQL.
    """
    from oots.errors import OotsError

    try:
        report = _run(name, seconds=seconds, as4_python=as4_python, documents=documents)
    except OotsError as error:
        _tell(f"The benchmark failed: {error}.")
        raise typer.Exit(1) from error
    _progress("")
    typer.echo(json_.dumps(report.as_json(), indent=2) if json else report.as_text())


def _run(name: Name, *, seconds: float, as4_python: Path, documents: int) -> Written:
    match name:
        case Name.EXCHANGE:
            from oots.cli.bench.exchange import bench_exchange

            return bench_exchange(seconds=seconds, as4_python=as4_python, tell=_tell, progress=_progress)
        case Name.GATEWAY:
            from oots.cli.bench.gateway_bench import bench_gateway

            return bench_gateway(seconds=seconds, tell=_tell, progress=_progress)
        case Name.VALIDATE:
            from oots.cli.bench.validate_bench import bench_validate

            return bench_validate(seconds=seconds, documents=documents, progress=_progress)
        case Name.WORK:
            from oots.cli.bench.work_bench import bench_work

            return bench_work(seconds=seconds, tell=_tell, progress=_progress)


def _tell(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _progress(step: str) -> None:
    # One line that overwrites itself, for a person; nothing for a file.
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{step}", err=True, nl=False)
