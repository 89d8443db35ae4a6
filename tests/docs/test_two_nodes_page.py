"""`docs/two-nodes.md` is true: its commands, executed one after the other, print what it shows."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from oots.node.new_node import PORTS
from tests.cli.node_processes import environment, free_ports

PAGE = Path(__file__).parents[2] / "docs" / "two-nodes.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST_PORTS = (8443, 9443)
END_OF_OUTPUT = "--- end of the output of a block ---"
MASKS = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", "<date>"),
    (r"\d+(\.\d+)? (s|GiB|days)\b", r"<n> \2"),
    (r'"bytes": \d+', '"bytes": <n>'),
    (r"(database: )/\S*/(finland|portugal)/", r"\1<folder>/\2/"),
    (r"all \d+ data keys are wrapped by \S+", "all <n> data keys are wrapped by <key>"),
    (r"\d+ to do now, \d+ later", "<n> to do now, <n> later"),
    (r"(?m)^(ok|warn)( +)(disk|clock): .*(\n      .*)?", r"<machine> \3"),
)


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl (Debian package curl)")
    text = with_free_ports(PAGE.read_text(encoding="utf-8"))
    blocks = BLOCK.findall(text)
    commands = [content for kind, content in blocks if kind == "sh"]

    printed = run("".join(f"{block}echo\necho '{END_OF_OUTPUT}'\n" for block in commands), tmp_path)

    assert len(printed) == len(commands)
    for (command, shown), output in zip(with_expected(blocks), printed, strict=True):
        assert masked(output) == masked(shown), f"after these commands:\n{command}"
    assert (tmp_path / "birth-record.pdf").read_bytes().startswith(b"%PDF-")


def with_free_ports(text: str) -> str:
    """Replace the ports of both nodes wherever they stand."""
    free = {
        first + number: port + number for first in FIRST_PORTS for port in [free_ports()] for number in range(PORTS)
    }
    return re.sub(r"\b[89]44[3-6]\b", lambda found: str(free[int(found[0])]), text)


def with_expected(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give each block of commands with the output that is shown after it."""
    following = [*blocks[1:], ("sh", "")]
    return [
        (content, after if after_kind == "text" else "")
        for (kind, content), (after_kind, after) in zip(blocks, following, strict=True)
        if kind == "sh"
    ]


def run(script: str, folder: Path) -> list[str]:
    """Execute a script in an empty folder, with our programs in the path; give what each block printed."""
    variables = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, problems = process.communicate(timeout=120)
    finally:
        end_what_was_left(process.pid)
    assert process.returncode == 0, f"{problems}\n{output[-2000:]}"
    return output.split(f"{END_OF_OUTPUT}\n")[:-1]


def end_what_was_left(session: int) -> None:
    """End the nodes of a page that did not come to its end."""
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def masked(text: str) -> list[str]:
    """Leave out what differs from run to run; two nodes at the same time are in no order."""
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text)
    return sorted(line for line in text.splitlines() if line)
