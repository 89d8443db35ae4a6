"""
PyPI `as4` as a subject: a subprocess in an environment of its own, since it pins a `cryptography` that we cannot use.
"""

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from oots.cli.bench.measure import Subject
from oots.errors import OperatorError
from oots.pki import certificate_pem, key_pem
from oots.wssec.keys import OwnKeys

_SCRIPT: Final = Path(__file__).with_name("as4_peer.py")


class As4Environment:
    """A running `as4_peer`, with the keys of both ends."""

    def __init__(self, python: Path, *, sender: OwnKeys, receiver: OwnKeys) -> None:
        """Start it; raises `OperatorError` when `python` cannot be started, or has no `as4`."""
        self._python = python
        try:
            # -I: neither settings nor modules of this environment reach the other one.
            self._process = subprocess.Popen(  # noqa: S603  whoever measures names the interpreter
                [python.absolute(), "-I", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise OperatorError(f"{python} cannot be started") from error
        self._ask({"sender": _pem(sender), "receiver": _pem(receiver)})

    def subject(self, payload: bytes) -> Subject:
        """Give the exchange of `payload` as a subject."""
        text = base64.b64encode(payload).decode()

        def measure(seconds: float) -> list[float]:
            runs: list[float] = self._ask({"payload": text, "seconds": seconds})["runs"]
            return runs

        return measure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _ask(self, order: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended; the empty answer says so, and its last words why
        answer = self._process.stdout.readline()
        if not answer:
            raise OperatorError(f"{self._python} ended: {self._end()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _end(self) -> str:
        """End the process, and give its last words."""
        self._process.kill()
        _, words = self._process.communicate()
        return (words.strip().splitlines() or ["it said nothing"])[-1]


def _pem(keys: OwnKeys) -> dict[str, str]:
    return {
        "key": key_pem(keys.private_key).decode(),
        "certificate": certificate_pem(keys.certificate).decode(),
    }
