"""
The two round trips of a preview: X9 and X10 of its second request, X18, X19 and X25 of what is answered.

Whether a preview is open, used or expired is known by the provider, who hands it in.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from oots.edm.model import ErrorResponse, ErrorSeverity, EvidenceRequest, EvidenceResponse, Identifier
from oots.validation.cross.breaches import fatal, warning
from oots.validation.cross.identifiers import same_identifier
from oots.validation.findings import Finding

MAX_LOCATION: Final = 256
"""Characters of a `rim:StringValueType`."""

_OF_EACH_REQUEST: Final = frozenset({"id", "issue_date_time", "preview_location", "return_location"})
_SETS: Final = frozenset({"requirements", "intermediaries", "provider_classifications"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPreview:
    """A place that a provider sent a user to."""

    location: str
    requester: Identifier
    """Who asked for it."""
    is_used: bool = False
    expires_at: datetime | None = None
    """None when that is not known."""


def check_second_request(
    second: EvidenceRequest, first: EvidenceRequest, issued: IssuedPreview | None, *, now: datetime | None
) -> tuple[Finding, ...]:
    """
    Compare the request that follows a preview with the one that led there, and with the place that was issued.

    `issued` is None when its PreviewLocation was never issued.
    """
    return (*x9_second_request(second, first), *x10_issued_location(second, issued, now=now))


def x9_second_request(second: EvidenceRequest, first: EvidenceRequest) -> Iterator[Finding]:
    """X9: the second request asks for the same as the first."""
    names = [item.name for item in fields(EvidenceRequest) if item.name not in _OF_EACH_REQUEST]
    different = [name for name in names if _comparable(second, name) != _comparable(first, name)]
    if different:
        yield fatal("X9", f"the second request differs from the first in {', '.join(different)}")


def _comparable(request: EvidenceRequest, name: str) -> object:
    value = getattr(request, name)
    return frozenset(value) if name in _SETS else value


def x10_issued_location(
    second: EvidenceRequest, issued: IssuedPreview | None, *, now: datetime | None
) -> Iterator[Finding]:
    """X10: the second request follows a preview of this requester that is still open; `now` None looks at no clock."""
    if issued is None or second.preview_location != issued.location:
        yield fatal("X10", "PreviewLocation was not issued for this request", "PreviewLocation")
        return
    if not same_identifier(second.requester.identifier, issued.requester):
        yield fatal("X10", "PreviewLocation was issued to another requester", "EvidenceRequester")
    if issued.is_used:
        yield fatal("X10", "the preview at PreviewLocation is over", "PreviewLocation")
    if now is not None and issued.expires_at is not None and issued.expires_at <= now:
        yield fatal("X10", "PreviewLocation has expired", "PreviewLocation")


def x18_possibility(request: EvidenceRequest, error: ErrorResponse) -> Iterator[Finding]:
    """
    X18: nobody is sent to a preview space when the request rules a preview out.

    A warning, because some providers send users there to be identified again (flows.md 2.a).
    """
    if not request.possibility_for_preview and any(report.preview_location for report in error.exceptions):
        yield warning("X18", "there is a PreviewLocation, and the request allows no preview", "PreviewLocation")


def x19_preview_location(error: ErrorResponse, known_hosts: Collection[str] | None = None) -> Iterator[Finding]:
    """
    X19: a user may be sent to PreviewLocation.

    One that is no https URL refuses the answer (AT19).  `known_hosts` are those that the provider used before, in lower
    case; without them hosts are not compared.
    """
    for location in [report.preview_location for report in error.exceptions if report.preview_location]:
        host = _https_host(location)
        if host is None:
            yield fatal("X19", "PreviewLocation is no https URL", "PreviewLocation")
        elif known_hosts is not None and host not in known_hosts:
            yield warning(
                "X19", "PreviewLocation leads to a host that this provider did not use before", "PreviewLocation"
            )
        if len(location) > MAX_LOCATION:
            yield warning("X19", f"PreviewLocation is longer than {MAX_LOCATION} characters", "PreviewLocation")


def _https_host(location: str) -> str | None:
    try:
        parts = urlsplit(location)
        return parts.hostname if parts.scheme == "https" else None
    except ValueError:
        return None


def x25_preview(
    request: EvidenceRequest, answer: EvidenceResponse | ErrorResponse, *, has_previewed: bool | None = None
) -> Iterator[Finding]:
    """
    X25: a user who may look at an evidence first did so, and one who need not is not asked to.

    `has_previewed` tells whether the preview took place; a requester who does not know leaves it out, and takes the
    request that follows a preview as the sign of one.
    """
    previewed = request.preview_location is not None if has_previewed is None else has_previewed
    if isinstance(answer, EvidenceResponse):
        if request.possibility_for_preview and answer.evidences and not previewed:
            yield warning("X25", "evidence came before a preview, and the request allows one", "PossibilityForPreview")
    elif not request.possibility_for_preview and _wants_preview(answer):
        yield warning("X25", "a preview is required, and the request allows none", "PossibilityForPreview")


def _wants_preview(error: ErrorResponse) -> bool:
    return any(report.severity is ErrorSeverity.PREVIEW_REQUIRED for report in error.exceptions)
