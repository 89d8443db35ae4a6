"""
`oots bench gateway`: what a message costs an access point that receives it over mutual TLS and keeps it on disk.

The server is the gateway as an operator runs it; the floor is the same server without AS4.  The disk is that of the
system's temporary folder: TMPDIR names another.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from oots.as4 import Packed
from oots.cli.bench.documents import transcript_of_records
from oots.cli.bench.exchange import CASES
from oots.cli.bench.gateway_floor import floor_serving
from oots.cli.bench.gateway_node import PARTY, BenchNode
from oots.cli.bench.gateway_peer import PATH, GatewayPeer
from oots.cli.bench.gateway_report import GatewayCase, GatewayReport, Posted, Round
from oots.cli.bench.own_postgres import own_postgres
from oots.cli.bench.post_load import HOST, post_all, request_bytes
from oots.cli.bench.processes import Usage
from oots.cli.bench.report import machine
from oots.errors import OperatorError
from oots.net.gateway_client import GatewayClient

ROUNDS: Final = 5
CONNECTIONS: Final = (1, 16)

SETTLE_SECONDS: Final = 2.0
"""Until what a process does once after its start is over."""

_WARM_UP: Final = 32
"""Messages before the first round."""

_SAMPLE: Final = 25
"""Of so many answers, one is verified; all are counted."""

_MAX_ROUND: Final = 900
"""Messages that wait for a back end; a gateway takes in 1000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that takes in messages."""

    port: int
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How long to measure, and whom to tell."""

    seconds: float
    rounds: int
    progress: Callable[[str], None] = field(repr=False)


def bench_gateway(
    *,
    seconds: float,
    tell: Callable[[str], None],
    progress: Callable[[str], None],
    rounds: int = ROUNDS,
    sizes: Mapping[str, int] = CASES,
    settle_seconds: float = SETTLE_SECONDS,
) -> GatewayReport:
    """Measure SQLite and, where it is installed, PostgreSQL: every size and number of connections for `seconds`."""
    bench = Bench(seconds=seconds, rounds=rounds, progress=progress)
    versions: dict[str, str | int] = {"sqlite": sqlite3.sqlite_version}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oots-bench-")))
        databases: dict[str, tuple[str | None, str]] = {"sqlite": (None, f"sqlite:///{folder}/floor.db")}
        try:
            server = stack.enter_context(own_postgres())
        except OperatorError as error:
            tell(f"PostgreSQL is left out: {error}.")
        else:
            versions["postgresql"] = server.sql("SHOW server_version").split()[0]
            server.sql("CREATE DATABASE gateway")
            databases["postgresql"] = (server.url("gateway"), server.url("postgres"))
        nodes = {name: BenchNode.make(folder / name, database=urls[0]) for name, urls in databases.items()}
        idle = _idle(nodes["sqlite"], settle_seconds)
        cases = [
            case
            for name, node in nodes.items()
            for case in _measure_node(name, node, databases[name][1], sizes=sizes, bench=bench)
        ]
    return GatewayReport(machine=machine() | versions, idle_mb=idle, cases=cases)


def _idle(node: BenchNode, settle_seconds: float) -> dict[str, float]:
    found = {}
    for name, services in (("gateway", ["gateway"]), ("node", [])):
        with node.serving(*services) as usage:
            time.sleep(settle_seconds)
            found[name] = sum(process.rss_mb() for process in (usage, *usage.children()))
    return found


def _measure_node(
    name: str, node: BenchNode, floor_database: str, *, sizes: Mapping[str, int], bench: Bench
) -> Sequence[GatewayCase]:
    peer, cases = GatewayPeer.of(node.folder, PARTY), []
    for size, length in sizes.items():
        # For each size a new process: the most memory it held is that of this size.
        with (
            node.serving("gateway") as usage,
            floor_serving(node.folder, floor_database) as (floor_port, floor_usage),
        ):
            gateway, floor = Server(port=node.port, usage=usage), Server(port=floor_port, usage=floor_usage)
            load = _Load(node, peer, transcript_of_records(length))
            for connections in CONNECTIONS:
                case = f"{size}-{name}-{connections}"
                posted = load.measure(gateway, floor, connections=connections, bench=bench, case=case)
                cases.append(GatewayCase(case=case, gateway=posted[0], floor=posted[1], rss_mb=usage.peak_rss_mb()))
    return cases


class _Load:
    """Messages for one node, all with the same payload."""

    def __init__(self, node: BenchNode, peer: GatewayPeer, payload: bytes) -> None:
        self._node = node
        self._peer = peer
        self._payload = payload
        self._tls = peer.client_context()

    def measure(
        self, gateway: Server, floor: Server, *, connections: int, bench: Bench, case: str
    ) -> tuple[Posted, Posted]:
        """Post to both in turn, round by round; what the gateway has is taken from it in between."""
        bench.progress(f"{case}: warming up")
        last, measured = self._round(gateway, floor, _WARM_UP, connections), []
        for number in range(bench.rounds):
            count = min(_MAX_ROUND, max(connections, int(last[0].per_second * bench.seconds / bench.rounds)))
            bench.progress(f"{case}: round {number + 1} of {bench.rounds}, {count} messages")
            last = self._round(gateway, floor, count, connections)
            measured.append(last)
        ours, floors = zip(*measured, strict=True)
        return Posted(rounds=ours), Posted(rounds=floors)

    def _round(self, gateway: Server, floor: Server, count: int, connections: int) -> tuple[Round, Round]:
        messages = [self._peer.pack(self._payload) for _ in range(count)]
        requests = [request_bytes(PATH, message.content_type, message.content.read()) for message in messages]
        ours, answers = self._post(gateway, requests, connections)
        for message, answer in list(zip(messages, answers, strict=True))[::_SAMPLE]:
            self._peer.check_receipt(message, answer)
        self._take_from_gateway(messages)
        theirs, _ = self._post(floor, requests, connections)
        return ours, theirs

    def _post(self, server: Server, requests: Sequence[bytes], connections: int) -> tuple[Round, list[bytes]]:
        load = post_all(
            server.port, requests, connections=connections, tls=self._tls, cpu_seconds=server.usage.cpu_seconds
        )
        refused = [answer.status for answer in load.answers if answer.status != HTTPStatus.OK]
        if refused:
            raise OperatorError(f"{len(refused)} of {len(requests)} messages are refused, the first with {refused[0]}")
        latencies = tuple(answer.seconds for answer in load.answers)
        round_ = Round(wall_seconds=load.wall_seconds, cpu_seconds=load.cpu_seconds, latencies=latencies)
        return round_, [answer.body for answer in load.answers]

    def _take_from_gateway(self, messages: Sequence[Packed]) -> None:
        """Be a back end, so that the next round finds the mailbox as it was."""
        asyncio.run(self._acknowledge([message.message.message_id for message in messages]))

    async def _acknowledge(self, message_ids: Sequence[str]) -> None:
        client = GatewayClient(f"http://{HOST}:{self._node.port + 1}", self._node.token("provider"))
        try:
            for start in range(0, len(message_ids), 8):
                await asyncio.gather(*map(client.acknowledge, message_ids[start : start + 8]))
        finally:
            await client.aclose()
