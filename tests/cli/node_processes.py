"""
Nodes as an operator has them: made by `oots init`, run by `oots serve` in processes of their own, and gone afterwards.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oots.node.new_node import PORTS

OOTS = (sys.executable, "-m", "oots")
START_SECONDS = 30.0
STOP_SECONDS = 30.0


def oots(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*OOTS, *map(str, arguments)],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def environment(**variables: str) -> dict[str, str]:
    """Give the environment of a process, without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OOTS_")} | variables


def init(folder: Path, party_id: str, country: str) -> int:
    """Make a node; give its first port."""
    port = free_ports()
    made = oots("init", folder, "--party-id", party_id, "--country", country, "--port", str(port))
    assert made.returncode == 0, made.stderr
    return port


def free_ports() -> int:
    """Give the first of as many ports as a node has, all of them free now."""
    while True:
        first = random.randrange(20000, 32000)
        try:
            with ExitStack() as held:
                for number in range(PORTS):
                    held.enter_context(closing(socket.create_server(("127.0.0.1", first + number))))
        except OSError:
            continue
        return first


def token(folder: Path, name: str) -> str:
    return (folder / "secrets" / f"{name}.token").read_text().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A process of `oots serve`."""

    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def said(self, text: str) -> bool:
        return text in self.log.read_text(encoding="utf-8")

    def wait_until_it_says(self, text: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not self.said(text):
            assert time.monotonic() < until, f"{text!r} was not said:\n{self.log.read_text()}"
            assert self.process.poll() is None, f"the process has ended:\n{self.log.read_text()}"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def served(folder: Path, *services: str, **variables: str) -> Iterator[Served]:
    """Run services of a node; once they are ready, until the context is left."""
    log = folder / f"{'-'.join(services) or 'all'}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*OOTS, "serve", *services, "--config", str(folder / "oots.toml")],
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    running = Served(process=process, log=log)
    try:
        running.wait_until_it_says("is ready")
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
