"""What may differ between the two requests of a preview, and where users may be sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oots.edm.model import Requirement
from oots.edm.specification import V2_0
from oots.validation.cross.preview import (
    IssuedPreview,
    check_second_request,
    x9_second_request,
    x18_possibility,
    x19_preview_location,
    x25_preview,
)
from tests.validation.cross.messages import ANOTHER, LINES, LOCATION, OTHER_UUID, exchange

ON = exchange(V2_0)
MULTIPLE = tuple(Requirement(identifier=f"https://requirements.example/{number}", names=()) for number in range(3))


@pytest.mark.parametrize("line", LINES)
def test_the_second_request_of_a_preview_is_found_in_order(line: str) -> None:
    on = exchange(line)
    issued = IssuedPreview(location=LOCATION, requester=on.first.requester.identifier)

    assert check_second_request(on.second, on.first, issued, now=on.second.issue_date_time) == ()


def test_all_that_is_wrong_with_a_second_request_is_found_at_once() -> None:
    issued = IssuedPreview(
        location=LOCATION, requester=ANOTHER, is_used=True, expires_at=ON.second.issue_date_time - timedelta(minutes=1)
    )

    findings = check_second_request(replace(ON.second, procedure="V2"), ON.first, issued, now=ON.second.issue_date_time)

    assert [finding.rule for finding in findings] == ["X9", "X10", "X10", "X10"]


def test_x9_the_order_within_a_set_does_not_matter() -> None:
    first = replace(ON.first, requirements=MULTIPLE)

    assert list(x9_second_request(replace(ON.second, requirements=MULTIPLE[::-1]), first)) == []
    assert list(x9_second_request(replace(ON.second, requirements=MULTIPLE[:2]), first)) != []


def test_x9_the_finding_names_what_is_different() -> None:
    other = replace(ON.second, procedure="V2", explicit_request_given=not ON.first.explicit_request_given)

    [finding] = x9_second_request(other, ON.first)

    assert finding.message == "the second request differs from the first in procedure, explicit_request_given"


def test_x10_without_a_clock_no_preview_has_expired() -> None:
    long_ago = IssuedPreview(
        location=LOCATION, requester=ON.first.requester.identifier, expires_at=datetime(2001, 1, 1, tzinfo=UTC)
    )

    assert check_second_request(ON.second, ON.first, long_ago, now=None) == ()


@pytest.mark.parametrize(
    "location",
    [
        "http://preview.example/s/1",
        "HTTP://preview.example/s/1",
        "javascript:alert(1)",
        "https:///s/1",
        "https://[::1/s/1",
        "//preview.example/s/1",
    ],
)
def test_x19_nobody_is_sent_to_what_is_no_https_url(location: str) -> None:
    [report] = ON.invitation.exceptions
    error = replace(ON.invitation, exceptions=(report, replace(report, preview_location=location)))

    assert [(item.rule, item.severity.value) for item in x19_preview_location(error)] == [("X19", "fatal")]


def test_an_error_that_sends_nobody_anywhere_has_nothing_to_do_with_previews() -> None:
    [report] = ON.invitation.exceptions
    error = replace(ON.invitation, exceptions=(replace(report, preview_location=None),))

    assert list(x18_possibility(ON.request, error)) == []
    assert list(x19_preview_location(error)) == []


def test_x25_a_provider_knows_better_than_the_request_whether_there_was_a_preview() -> None:
    assert list(x25_preview(ON.first, ON.response, has_previewed=True)) == []
    assert [item.rule for item in x25_preview(ON.second, ON.response, has_previewed=False)] == ["X25"]


def test_x25_without_evidence_there_is_nothing_to_look_at() -> None:
    assert list(x25_preview(ON.first, replace(ON.response, evidences=(), response_id=OTHER_UUID))) == []
