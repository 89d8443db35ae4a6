"""`oots bench gateway` in small: a few short messages, through the same processes."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

from oots.cli.bench.gateway_bench import bench_gateway
from oots.cli.bench.gateway_report import GatewayCase, GatewayReport, Posted, Round
from oots.cli.bench.post_load import post_all
from oots.cli.bench.processes import Usage
from oots.errors import OperatorError
from tests.store.databases import SQLITE_AND_POSTGRESQL

FIGURES = {"per_second", "cpu_ms", "p50_ms", "p99_ms", "rss_mb", "floor_per_second", "floor_cpu_ms"}


@pytest.fixture(scope="module")
def report() -> GatewayReport:
    return bench_gateway(
        seconds=0, rounds=1, sizes={"1kB": 1000}, settle_seconds=0, tell=print, progress=lambda _: None
    )


@pytest.mark.parametrize("database", SQLITE_AND_POSTGRESQL)
@pytest.mark.parametrize("connections", [1, 16])
def test_messages_are_received_and_compared_with_the_floor(
    report: GatewayReport, database: str, connections: int
) -> None:
    found = {case.case: case for case in report.cases}
    case = found.get(f"1kB-{database}-{connections}")
    if case is None:
        pytest.skip("needs PostgreSQL (Debian package postgresql)")

    assert {metric for metric, _, _ in case.figures()} == FIGURES
    assert all(value > 0 for _, value, _ in case.figures())
    assert len(case.gateway.rounds[0].latencies) == len(case.floor.rounds[0].latencies) == connections
    assert 0 < case.cpu_ratio < 1, "AS4 costs something"


def test_an_idle_gateway_and_an_idle_node_say_what_they_hold(report: GatewayReport) -> None:
    assert 20 < report.idle_mb["gateway"] < report.idle_mb["node"] < 1000


def test_json_and_table_have_a_line_for_each_case(report: GatewayReport) -> None:
    written = report.as_json()

    cases = {case.case for case in report.cases}
    assert {item["case"] for item in written["results"]} == cases | {"idle-gateway", "idle-node"}  # type: ignore[attr-defined]
    assert {(item["case"], item["against"]) for item in written["ratios"]} == {  # type: ignore[attr-defined]
        (case, against) for case in cases for against in ("floor", "floor-cpu")
    }
    assert cases <= {line.split(" ")[0] for line in report.as_text().splitlines()}


def test_figures_are_the_medians_of_rounds_and_the_ratios_those_of_neighbours() -> None:
    def posted(*rounds: tuple[float, float]) -> Posted:
        return Posted(
            rounds=tuple(
                Round(wall_seconds=wall, cpu_seconds=cpu, latencies=(0.001, 0.002, 0.003, 0.004))
                for wall, cpu in rounds
            )
        )

    # Everything was twice as slow in the second round, for both.
    ours, floor = posted((1.0, 0.4), (2.0, 0.8), (1.0, 0.4)), posted((0.5, 0.1), (1.0, 0.2), (0.5, 0.1))
    case = GatewayCase(case="10kB-sqlite-1", gateway=ours, floor=floor, rss_mb=100)

    assert {metric: value for metric, value, _ in case.figures()} == pytest.approx(
        {"per_second": 4, "cpu_ms": 100, "p50_ms": 3, "p99_ms": 4, "rss_mb": 100, "floor_per_second": 8,
         "floor_cpu_ms": 25}
    )  # fmt: skip
    assert (case.ratio, case.cpu_ratio) == (pytest.approx(0.5), pytest.approx(0.25))


def test_a_process_is_asked_for_all_its_threads_and_children() -> None:
    ours = Usage(os.getpid())
    before = ours.cpu_seconds()
    busy = threading.Thread(target=sum, args=(range(3_000_000),))
    busy.start()
    busy.join()

    assert ours.cpu_seconds() > before + 0.005
    assert 5 < ours.rss_mb() <= ours.peak_rss_mb()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in {usage.pid for usage in ours.children()}
        child.kill()


def test_a_process_that_is_not_there_is_refused_with_a_sentence() -> None:
    with pytest.raises(OperatorError, match="while it runs"):
        Usage(2**22 + 1)


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(OperatorError, match="the server breaks off: ConnectionRefusedError"):
        post_all(port, [b""], connections=1, tls=ssl.create_default_context(), cpu_seconds=time.process_time)


def test_a_server_that_does_not_serve_tls_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def hang_up() -> None:
            plain.accept()[0].close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()

        with pytest.raises(OperatorError, match="the server breaks off"):
            post_all(
                plain.getsockname()[1], [b""], connections=1, tls=ssl.create_default_context(),
                cpu_seconds=time.process_time,
            )  # fmt: skip
        hanging_up.join()
