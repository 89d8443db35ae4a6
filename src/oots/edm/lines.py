"""
Which line of the exchange data model an exchange follows, and in which one a broken request is answered (edm.md 7.5).

What a document itself says tells `slots.line_of`; that header and document agree is checked by whoever has both.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from oots.edm.model import DistributedAs, EvidenceRequest
from oots.edm.request_content import RequestContent
from oots.edm.specification import SPECIFICATIONS, V2_0
from oots.errors import NoCommonLine

LINES: Final = tuple(SPECIFICATIONS)
"""The lines that are spoken here, the oldest first."""

_LINE: Final = re.compile(r"oots-edm:v([0-9]{1,3})\.([0-9]{1,3})")


def choose_line(announced: Iterable[str], ours: Collection[str] = LINES) -> str:
    """
    Give the highest line that both sides speak.

    `announced` is what the provider's access service conforms to in the directory; one that says nothing speaks 2.0.
    Raises `NoCommonLine`.
    """
    theirs = [line.strip() for line in announced] or [V2_0]
    common = [line for line in LINES if line in theirs and line in ours]
    if not common:
        named = ", ".join(line for line in theirs if _LINE.fullmatch(line)) or "none that is known"
        raise NoCommonLine(f"the provider speaks {named}; we speak {', '.join(ours)}")
    return common[-1]


def in_line(request: EvidenceRequest, line: str) -> EvidenceRequest:
    """
    Give a request in a line, with those of its wishes that the line has a place for.

    Languages, companions and fallback forms are wishes that a provider may leave unmet anyway (edm.md 2.1.8), so they
    are no reason not to ask.  All else stays, and is refused by `documents.write` where the line cannot carry it.
    """
    content = SPECIFICATIONS[line].request_content
    forms = request.evidence_type.distributions
    language = request.language or next((code for form in forms for code in form.languages), None)
    carried = tuple(_carried(form, content, request.language) for form in forms[: content.max_distributions])
    return replace(
        request,
        specification=line,
        language=language if content.has_language else None,
        evidence_type=replace(request.evidence_type, distributions=carried),
    )


def _carried(form: DistributedAs, content: RequestContent, language: str | None) -> DistributedAs:
    languages = form.languages or ((language,) if language else ())
    return replace(
        form,
        languages=languages if "Language" in content.distributed_as else (),
        associated_documents=(
            form.associated_documents if "AssociatedDocumentRequest" in content.distributed_as else ()
        ),
    )


def answer_line(specification_id: str | None, specification_identifier: str | None) -> str:
    """
    Give the line in which a request is refused: its own, else the nearest that is spoken here.

    The property of the header counts before the slot of the document; a request that has neither is of 1.x, which does
    not know the property.
    """
    for said in (specification_id, specification_identifier):
        version = _version(said)
        if version is not None:
            older = [line for line in LINES if (_version(line) or (0, 0)) <= version]
            return older[-1] if older else LINES[0]
    return LINES[0]


def _version(line: str | None) -> tuple[int, int] | None:
    found = _LINE.fullmatch(line or "")
    return None if found is None else (int(found[1]), int(found[2]))
