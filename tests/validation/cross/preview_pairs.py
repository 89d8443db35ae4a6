"""Pairs of what happens around a preview: where a user is sent, and what is asked and answered then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from oots.edm.model import ErrorResponse
from oots.validation.cross.preview import (
    IssuedPreview,
    x9_second_request,
    x10_issued_location,
    x18_possibility,
    x19_preview_location,
    x25_preview,
)
from tests.validation.cross.messages import ANOTHER, LOCATION, Exchange
from tests.validation.cross.pairs import WARNING, row


def invited(on: Exchange, location: str) -> ErrorResponse:
    [report] = on.invitation.exceptions
    return replace(on.invitation, exceptions=(replace(report, preview_location=location),))


def issued(on: Exchange, **changes: Any) -> IssuedPreview:
    found = IssuedPreview(
        location=LOCATION,
        requester=on.first.requester.identifier,
        expires_at=on.second.issue_date_time + timedelta(minutes=5),
    )
    return replace(found, **changes)


PAIRS: Final = (
    row(
        "X9",
        "the second request asks for another person",
        lambda on, second: x9_second_request(second, on.first),
        lambda on: on.second,
        lambda on: replace(on.second, subject=replace(on.second.subject, family_name="Toinen")),
    ),
    row(
        "X10",
        "the preview location was never issued",
        lambda on, preview: x10_issued_location(on.second, preview, now=on.second.issue_date_time),
        issued,
        lambda _: None,
    ),
    row(
        "X10",
        "the preview location is not copied exactly",
        lambda on, preview: x10_issued_location(on.second, preview, now=on.second.issue_date_time),
        issued,
        lambda on: issued(on, location=f"{LOCATION}/"),
    ),
    row(
        "X10",
        "the preview location was issued to another requester",
        lambda on, preview: x10_issued_location(on.second, preview, now=on.second.issue_date_time),
        issued,
        lambda on: issued(on, requester=ANOTHER),
    ),
    row(
        "X10",
        "the preview is over",
        lambda on, preview: x10_issued_location(on.second, preview, now=on.second.issue_date_time),
        issued,
        lambda on: issued(on, is_used=True),
    ),
    row(
        "X10",
        "the preview has expired",
        lambda on, preview: x10_issued_location(on.second, preview, now=on.second.issue_date_time),
        issued,
        lambda on: issued(on, expires_at=on.second.issue_date_time),
    ),
    row(
        "X18",
        "the user is sent to a preview that the request rules out",
        lambda on, request: x18_possibility(request, on.invitation),
        lambda on: on.first,
        lambda on: on.request,
        **WARNING,
    ),
    row(
        "X19",
        "the preview location is no https URL",
        lambda _, error: x19_preview_location(error),
        lambda on: on.invitation,
        lambda on: invited(on, "http://preview.register.example/s/1f0d"),
    ),
    row(
        "X19",
        "the preview location is too long",
        lambda _, error: x19_preview_location(error),
        lambda on: invited(on, LOCATION.ljust(256, "0")),
        lambda on: invited(on, LOCATION.ljust(257, "0")),
        **WARNING,
    ),
    row(
        "X19",
        "the preview location is on a host that was not used before",
        lambda _, error: x19_preview_location(error, {"preview.register.example"}),
        lambda on: invited(on, "https://Preview.register.example:8443/s/1"),
        lambda on: invited(on, "https://preview.register.example.net/s/1"),
        **WARNING,
    ),
    row(
        "X25",
        "evidence comes before a preview",
        lambda on, request: x25_preview(request, on.response),
        lambda on: on.second,
        lambda on: on.first,
        **WARNING,
    ),
    row(
        "X25",
        "a preview is required where the request allows none",
        lambda on, request: x25_preview(request, on.invitation),
        lambda on: on.first,
        lambda on: on.request,
        **WARNING,
    ),
)
