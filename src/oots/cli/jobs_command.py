"""
The commands `oots jobs …`: what the services of a node have to do, and what they have given up.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oots.cli.of_node import Config, read, refusals_told
from oots.cli.serve_command import DEFAULT_CONFIG
from oots.node.services import Service

if TYPE_CHECKING:
    from oots.node.databases import ServiceDatabase

jobs = typer.Typer(help="The jobs of the services: what waits, and what is dead.", no_args_is_help=True)

ServiceName = Annotated[Service, typer.Argument(help="Which service.")]
JobId = Annotated[int, typer.Argument(metavar="ID", help="The job, as `oots jobs list` numbers it.")]


@jobs.callback()
def jobs_of_services() -> None:
    """The jobs of the services: what waits, and what is dead."""


@jobs.command("list")
def list_(config: Config = DEFAULT_CONFIG) -> None:
    """Say for each service how much there is to do, and which jobs were tried too often."""
    from oots.node.databases import databases_of
    from oots.node.dead_jobs import jobs_of

    with refusals_told():
        for database in databases_of(read(config)):
            found = jobs_of(database)
            if found is None:
                typer.echo(f"{database.name}: has no jobs in its database yet")
                continue
            backlog = found.backlog
            numbers = f"{backlog.due} to do now, {backlog.later} later, {backlog.leased} in hand, {backlog.dead} dead"
            typer.echo(f"{database.name}: {numbers}")
            for job in found.dead:
                typer.echo(f"  {job.id}  {job.kind} of {job.key} at step {job.step}, dead since {job.since:%F %T} UTC")
                typer.echo(f"      {job.error}")
            if backlog.dead > len(found.dead):
                typer.echo(f"  and {backlog.dead - len(found.dead)} more")


@jobs.command()
def revive(service: ServiceName, job_id: JobId, config: Config = DEFAULT_CONFIG) -> None:
    """Let a dead job be tried again, from the step at which it died."""
    from oots.node import dead_jobs

    with refusals_told():
        dead_jobs.revive(_database(config, service), job_id)
    typer.echo(f"job {job_id} of the {service.value} is tried again")


@jobs.command()
def discard(service: ServiceName, job_id: JobId, config: Config = DEFAULT_CONFIG) -> None:
    """Remove a dead job: what it was for will not be done."""
    from oots.node import dead_jobs

    with refusals_told():
        dead_jobs.discard(_database(config, service), job_id)
    typer.echo(f"job {job_id} of the {service.value} is gone")


def _database(config: Path, service: Service) -> "ServiceDatabase":
    from oots.errors import OperatorError
    from oots.node.databases import databases_of

    for database in databases_of(read(config)):
        if database.service is service:
            return database
    raise OperatorError(f"this node has no {service.value}")
