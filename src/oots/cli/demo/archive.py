"""
All messages of a timeline in one archive, as bytes.  Showing them is elsewhere.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from typing import Final

from oots.cli.demo.timeline import Step
from oots.errors import CallerError

MAX_ARCHIVE_BYTES: Final = 64 << 20
"""Of everything together, before it is compressed: the archive is made in memory."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(name: str) -> str:
    """Give a name that is one on every system, and no path."""
    return _UNSAFE.sub("-", name).lstrip(".-")[-100:] or "message"


def archive(steps: Iterable[Step]) -> bytes:
    """Give a zip file with a folder for each step that carries something; raises `CallerError` when it is too much."""
    steps = [step for step in steps if step.event.documents]
    total = sum(len(content) for step in steps for content in step.event.documents.values())
    if total > MAX_ARCHIVE_BYTES:
        raise CallerError(f"the messages have {total} bytes together, more than the {MAX_ARCHIVE_BYTES} of one archive")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for step in steps:
            folder = file_name(f"{step.number:03}-{step.event.node}-{step.event.name.value}")
            for name, content in step.event.documents.items():
                entry = zipfile.ZipInfo(f"{folder}/{file_name(name)}", date_time=step.event.at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(entry, content)
    return out.getvalue()
