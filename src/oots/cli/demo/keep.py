"""
`--keep DIR` and `--json FILE`: the messages of a run as bytes, and its timeline as JSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from oots.cli.demo.timeline import Step
from oots.errors import OperatorError


class KeepFolder:
    """A folder with one subfolder for each step that carried documents, numbered as in the timeline."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperatorError(f"cannot make the folder {folder}: {error.strerror}") from error
        self.folder = folder

    def keep(self, step: Step) -> None:
        """Write the documents of a step."""
        if not step.event.documents:
            return
        name = f"{step.number:02d}-{step.event.node}-{step.event.component.value}-{step.event.name.value}"
        folder = self.folder / _safe(name)
        folder.mkdir(exist_ok=True)
        for file_name, content in step.event.documents.items():
            (folder / _safe(file_name)).write_bytes(content)

    def keep_evidence(self, name: str, content: bytes) -> Path:
        """Write the document that came, and give its path."""
        path = self.folder / _safe(name)
        path.write_bytes(content)
        return path


def write_json(file: Path, steps: Sequence[Step], evidence: Mapping[str, Any] | None, total_ms: float) -> None:
    """Write the timeline in the form of the command-line contract."""
    found = {"steps": [step.as_json() for step in steps], "evidence": evidence, "total_ms": round(total_ms, 1)}
    try:
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"cannot write {file}: {error.strerror}") from error


def _safe(name: str) -> str:
    # Content ids and titles come from abroad: nothing of them climbs out of the folder.
    return re.sub(r"[^A-Za-z0-9._@-]", "_", name).lstrip(".") or "_"
