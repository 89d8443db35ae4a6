"""Compose's two nodes exchange a document: its scripts and commands, run without a container engine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from oots.cli.bench.own_postgres import OwnPostgres
from tests.docker.composed import NODES, Composed, Running

pytestmark = pytest.mark.postgres

PUBLIC = {".toml", ".md", ".crt", ".csr"}
DATABASES = {f"{node}_{service}" for node in NODES for service in ("gateway", "requester", "provider")}


def test_setup_closes_what_it_makes_to_everybody_but_the_user_of_the_containers(made: Composed) -> None:
    settings = dict(line.split("=") for line in (made.folder / ".env").read_text().splitlines())
    user, group = map(int, settings["OOTS_USER"].split(":"))
    found = [path for path in (made.folder / "nodes").rglob("*") if not path.is_symlink()]

    assert user != 0
    assert user == os.geteuid() or os.geteuid() == 0
    assert [
        path for path in found if path.stat().st_mode & 0o077 and path.suffix not in {".toml", ".md", ".crt", ".csr"}
    ] == []
    assert {(path.stat().st_uid, path.stat().st_gid) for path in found} == {(user, group)}


def test_setup_leaves_nodes_alone_that_are_there(made: Composed) -> None:
    before = (made.folder / "nodes/finland/peers.toml").read_bytes()

    with pytest.raises(AssertionError, match="the nodes are there already"):
        made.set_up()

    assert (made.folder / "nodes/finland/peers.toml").read_bytes() == before


def test_every_password_is_another_one(composed: Composed) -> None:
    files = [composed.folder / f"nodes/{name}/secrets/databases.pgpass" for name in NODES]
    passwords = [line.split(":")[-1] for file in files for line in file.read_text().splitlines()]

    assert len(set(passwords)) == len(passwords) == len(DATABASES)
    assert all(re.fullmatch("[0-9a-f]{64}", password) for password in passwords)


@pytest.mark.usefixtures("composed")
def test_each_service_has_a_database_that_only_its_role_may_use(postgres: OwnPostgres) -> None:
    owners = postgres.sql("SELECT datname, datdba::regrole, datacl FROM pg_database WHERE datname LIKE '%\\_%'")
    of_ours = [line.split("|") for line in owners.splitlines() if line.split("|")[0] in DATABASES]

    assert {name for name, _, _ in of_ours} == DATABASES
    for name, owner, access in of_ours:
        assert owner == name
        assert access == f"{{{name}=CTc/{name}}}"


@pytest.mark.usefixtures("composed")
def test_without_its_password_nobody_becomes_a_role(socket_folder: Path) -> None:
    command = ["psql", "--no-password", f"--host={socket_folder}", "--username=finland_gateway", "finland_gateway"]
    refused = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)

    assert refused.returncode != 0
    assert "no password supplied" in refused.stderr


def test_a_node_that_does_not_run_is_not_well(composed: Composed) -> None:
    stranger = Composed(folder=composed.folder, ports=dict.fromkeys(NODES, 1))

    assert not stranger.is_well("finland")


@pytest.mark.usefixtures("nodes")
def test_the_portal_gets_a_document_from_the_other_node(composed: Composed, postgres: OwnPostgres) -> None:
    before = untouchable(composed)

    asked = composed.run("ask")

    assert asked.stdout.startswith(b"%PDF-")
    assert re.fullmatch(rb"exchange [0-9a-f-]{36}: available\n", asked.stderr)
    for name in NODES:
        assert int(postgres.sql("SELECT count(*) FROM event", database=f"{name}_gateway")) > 0
    assert untouchable(composed) == before


@pytest.mark.usefixtures("nodes")
@pytest.mark.parametrize("name", NODES)
def test_the_doctor_finds_a_node_of_compose_well(composed: Composed, name: str) -> None:
    examined = composed.execute(name, "oots", "doctor")

    assert examined.returncode == 0, examined.stdout
    assert "went out to ourselves and came back" in examined.stdout
    assert "connection to AP_FI_01: " in examined.stdout
    assert "connection to AP_PT_01: " in examined.stdout


@pytest.mark.usefixtures("nodes")
@pytest.mark.parametrize("name", NODES)
def test_no_database_of_a_service_is_a_file(composed: Composed, name: str) -> None:
    data = composed.folder / "nodes" / name / "data"

    assert composed.environment(name)["OOTS_NODE__DATA_FOLDER"] == str(data)
    assert {path.name for path in data.glob("*.db")} <= {"register.db"}


def test_the_signal_of_docker_stop_ends_a_node_well(composed: Composed, nodes: dict[str, Running]) -> None:
    for name in NODES:
        assert nodes[name].stop() == 0
        assert "has stopped" in nodes[name].log.read_text()
        assert not composed.is_well(name)


def untouchable(composed: Composed) -> dict[str, bytes]:
    """Give all files of the nodes but their data."""
    nodes = composed.folder / "nodes"
    files = (path for path in nodes.rglob("*") if path.is_file() and path.relative_to(nodes).parts[1:2] != ("data",))
    return {str(path): path.read_bytes() for path in files}
