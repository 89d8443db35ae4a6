"""
What the Dockerfile says, as far as processes of this machine can obey: what it copies, its environment, its commands.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The last stage of the Dockerfile."""

    environment: dict[str, str]
    entrypoint: list[str]
    command: list[str]
    health_check: list[str]
    user: str
    copied: dict[str, str]
    """Places in the image by what was copied there from the repository."""


def read_image() -> Image:
    """Read the Dockerfile: the instructions of its last stage, each of which stands there once."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.rpartition("\nFROM ")[2].splitlines() if line and not line.startswith("#")]
    said = {line.split()[0]: line.partition(" ")[2].strip() for line in lines}
    copies = [line.split()[1:] for line in lines if line.startswith("COPY ") and "--from" not in line]
    return Image(
        environment=dict(re.findall(r"(\w+)=(\S+)", said["ENV"])),
        entrypoint=json.loads(said["ENTRYPOINT"]),
        command=json.loads(said["CMD"]),
        health_check=json.loads(said["HEALTHCHECK"].partition("CMD ")[2]),
        user=said["USER"],
        copied=dict(copies),
    )


def in_context() -> list[str]:
    """Give what .dockerignore lets into the build: everything is kept out first."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]
