"""
The two nodes of compose.yaml, set up by its scripts and run as processes, with a PostgreSQL of our own.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from oots.cli.bench.own_postgres import MISSING, OwnPostgres, own_postgres
from oots.errors import OperatorError
from tests.cli.node_processes import free_ports
from tests.docker.composed import DOCKER, NODES, Composed, Running


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """Run a server that keeps its promises, as that of compose does: the doctor looks."""
    try:
        with own_postgres() as server:
            yield server
    except OperatorError as error:
        if str(error) != MISSING:
            raise
        pytest.skip(MISSING)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Composed:
    """Run setup.sh beside a copy of compose.yaml."""
    folder = tmp_path_factory.mktemp("compose") / "docker"
    shutil.copytree(DOCKER, folder, ignore=shutil.ignore_patterns("nodes", ".env"))
    composed = Composed(folder=folder, ports={name: free_ports() for name in NODES})
    composed.set_up()
    return composed


@pytest.fixture(scope="module")
def composed(made: Composed, postgres: OwnPostgres) -> Composed:
    """Have the databases, with the tables in them."""
    made.move_to_this_machine(postgres)
    made.make_databases()
    for name in NODES:
        made.run(f"{name}-upgrade")
    return made


@pytest.fixture(scope="module")
def nodes(composed: Composed) -> Iterator[dict[str, Running]]:
    """Have both nodes running, and well."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(composed.running(name)) for name in NODES}


@pytest.fixture
def socket_folder(postgres: OwnPostgres) -> Path:
    """Give where the server's socket is."""
    return Path(postgres.url("any").rpartition("host=")[2])
