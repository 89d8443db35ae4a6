"""`oots serve` as one process: how it starts, what signals do to it, and how it ends."""

import os
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.cli.node_processes import OOTS, environment, init, oots, served, token


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    folder = tmp_path_factory.mktemp("served") / "node"
    return folder, init(folder, "AP_FI_01", "FI")


@pytest.fixture
def node(made: tuple[Path, int], tmp_path: Path) -> tuple[Path, int]:
    return shutil.copytree(made[0], tmp_path / "node"), made[1]


def until_alive(port: int) -> bool:
    """Wait until a service answers its health check."""
    for _ in range(300):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/live").is_success
        except httpx.TransportError:
            time.sleep(0.1)
    return False


def test_settings_that_are_refused_are_all_told_in_words(node: tuple[Path, int]) -> None:
    folder, _ = node

    refused = oots("serve", "--config", folder / "oots.toml", OOTS_NODE__ADDRESS="http://a", OOTS_GATEWAY__PORT="1")

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0] == "The node does not start:"
    assert [line.split(":")[0] for line in refused.stderr.splitlines()[1:]] == [
        "OOTS_GATEWAY__PORT",
        "OOTS_NODE__ADDRESS",
    ]


def test_the_settings_may_be_named_by_a_variable(node: tuple[Path, int]) -> None:
    refused = oots("serve", "provider", OOTS_CONFIG=str(node[0] / "none.toml"))

    assert f"{node[0] / 'none.toml'}: cannot be read" in refused.stderr


def test_a_port_that_is_taken_is_told_in_words(node: tuple[Path, int]) -> None:
    folder, port = node
    with socket.create_server(("127.0.0.1", port + 3)):
        refused = oots("serve", "provider", "--config", folder / "oots.toml")

    assert refused.returncode == 1
    assert "something listens there already" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_standard_streams_nothing_else_is_taken_for_them(node: tuple[Path, int]) -> None:
    folder, port = node
    command = [*OOTS, "serve", "provider", "gateway", "--config", str(folder / "oots.toml")]
    script = '"$@" <&- >&- 2>&- & echo $!; wait $!'
    shell = ["sh", "-c", script, "sh", *command]
    with subprocess.Popen(shell, stdout=subprocess.PIPE, env=environment(), text=True) as started:
        assert started.stdout is not None
        number = int(started.stdout.readline())
        try:
            assert until_alive(port + 1)
            streams = [str(Path(f"/proc/{number}/fd/{stream}").readlink()) for stream in range(3)]
        finally:
            os.kill(number, signal.SIGTERM)

    assert streams == ["/dev/null"] * 3
    assert started.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_whoever_waits_is_answered_first(node: tuple[Path, int], number: int) -> None:
    folder, port = node

    def wait_for_a_message() -> httpx.Response:
        return httpx.get(
            f"http://127.0.0.1:{port + 1}/deliveries?action=ExecuteQueryRequest&wait=30",
            headers={"Authorization": f"Bearer {token(folder, 'provider')}"},
            timeout=40,
        )

    with served(folder, "gateway") as gateway, ThreadPoolExecutor() as threads:
        waiting = threads.submit(wait_for_a_message)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        code = gateway.stop(number)
        answer = waiting.result()

    assert (code, answer.status_code, answer.json()) == (0, 200, {"deliveries": []})
    assert gateway.lines()[-1]["message"] == "AP_FI_01 has stopped"


def test_a_second_signal_ends_it_at_once(node: tuple[Path, int]) -> None:
    folder, port = node
    head = f"POST /messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token(folder, 'provider')}\r\n"
    body = 'Content-Type: multipart/form-data; boundary="b"\r\nContent-Length: 10\r\n\r\n'
    with served(folder, "gateway") as gateway, socket.create_connection(("127.0.0.1", port + 1)) as slow:
        slow.sendall(f"{head}{body}".encode())
        time.sleep(0.2)
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_until_it_says("what is in hand is finished first")
        with pytest.raises(subprocess.TimeoutExpired):
            gateway.process.wait(0.5)

        assert gateway.stop(signal.SIGTERM) == -signal.SIGTERM


def test_a_hangup_reads_the_peers_again_and_ends_nothing(node: tuple[Path, int]) -> None:
    folder, _ = node
    with served(folder, "gateway") as gateway:
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_until_it_says("was read again; number of peers: 1")
        (folder / "peers.toml").write_text("peers = 1")
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_until_it_says("the peers stay as they were")


def test_what_waits_outlives_the_process(node: tuple[Path, int]) -> None:
    folder, _ = node
    with served(folder, "gateway"):
        database = folder / "data" / "gateway.db"
        assert database.stat().st_mode & 0o777 == 0o600

    with served(folder, "gateway") as again:
        pass

    assert not [line for line in again.lines() if line["level"] in {"warning", "error"}]


def test_a_database_of_another_schema_is_refused_with_what_to_do(node: tuple[Path, int]) -> None:
    folder, _ = node
    (folder / "data" / "gateway.db").unlink()

    done = oots("serve", "gateway", "--config", folder / "oots.toml")

    assert done.returncode == 1
    assert "run `oots db upgrade`" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_upgrade_of_a_new_database_makes_it_and_that_of_a_current_one_nothing(node: tuple[Path, int]) -> None:
    folder, _ = node
    database = folder / "data" / "gateway.db"
    database.unlink()

    first, second = (oots("db", "upgrade", "--config", folder / "oots.toml") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith(f"gateway, {database}: 0001, 0002")
    assert "nothing to do" in second.stdout


def test_without_the_access_point_a_hangup_does_nothing(node: tuple[Path, int]) -> None:
    with served(node[0], "provider", OOTS_PROVIDER__GATEWAY_URL="http://127.0.0.1:9") as provider:
        provider.process.send_signal(signal.SIGHUP)
        provider.wait_until_it_says("cannot collect messages from the gateway")

    assert provider.lines()[-1]["message"] == "AP_FI_01 has stopped"
