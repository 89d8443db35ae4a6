"""
X12, X13 and X16: evidences are of the type, in a form and with the companions that were asked for.

All are warnings: another form is a fallback that providers may take, and the user sees what came.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from oots.edm.model import DistributedAs, Distribution, EvidenceRequest, EvidenceResponse
from oots.edm.specification import V1_2
from oots.validation.cross.breaches import warning
from oots.validation.cross.identifiers import essence
from oots.validation.findings import Finding

_STRUCTURED: Final = frozenset({"application/xml", "application/json"})


def x12_evidence_type(request: EvidenceRequest, response: EvidenceResponse) -> Iterator[Finding]:
    """X12: every main evidence is of the type asked for."""
    for package in response.evidences:
        evidence_type = package.main.metadata.is_conformant_to
        if evidence_type is None or evidence_type.classification != request.evidence_type.classification:
            yield warning("X12", "the evidence is of another type than the one asked for", "IsConformantTo")


def x13_form(request: EvidenceRequest, response: EvidenceResponse) -> Iterator[Finding]:
    """X13: every main evidence has a media type asked for, and a structured one its data model too."""
    for package in response.evidences:
        distribution = package.main.metadata.distribution
        # One without description is told by X14.
        if distribution is not None:
            yield from _form(distribution, request.evidence_type.distributions)


def _form(found: Distribution, asked: tuple[DistributedAs, ...]) -> Iterator[Finding]:
    alike = [form for form in asked if essence(form.format) == essence(found.format)]
    if not alike:
        yield warning("X13", "the evidence has a media type that was not asked for", "Distribution/Format")
    elif essence(found.format) in _STRUCTURED and found.conforms_to not in {form.conforms_to for form in alike}:
        yield warning(
            "X13", "the evidence follows another data model than the one asked for", "Distribution/ConformsTo"
        )


def x16_companions(request: EvidenceRequest, response: EvidenceResponse) -> Iterator[Finding]:
    """X16: documents that accompany an evidence were asked for; 1.2 knows none."""
    if request.specification == V1_2:
        return
    asked = set(chain.from_iterable(form.associated_documents for form in request.evidence_type.distributions))
    for package in response.evidences:
        for companion in package.companions:
            if companion.classification not in asked:
                yield warning("X16", "a document accompanies the evidence that was not asked for", "Classification")
