"""
The command line.  Each command lives in a module of its own; what it needs is imported when it runs.
"""

from typing import Annotated

import typer

from oots.cli.backup_command import backup
from oots.cli.bench.command import bench
from oots.cli.db_command import db
from oots.cli.demo.command import demo
from oots.cli.directory_command import directory
from oots.cli.doctor_command import doctor
from oots.cli.init_command import init
from oots.cli.jobs_command import jobs
from oots.cli.keys_command import keys
from oots.cli.restore_command import restore
from oots.cli.serve_command import serve
from oots.cli.standard_streams import have_standard_streams
from oots.cli.validate_command import validate

app = typer.Typer(
    name="oots",
    help="A node of the EU Once-Only Technical System.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(init)
app.command()(serve)
app.command()(doctor)
app.command()(validate)
app.add_typer(db, name="db")
app.command()(backup)
app.command()(restore)
app.add_typer(keys, name="keys")
app.add_typer(jobs, name="jobs")
app.add_typer(directory, name="directory")
app.command()(bench)


def version(show: bool) -> None:
    """Print the version and leave."""
    if show:
        from oots import __version__

        typer.echo(f"oots {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _show_version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """A node of the EU Once-Only Technical System."""
    have_standard_streams()
