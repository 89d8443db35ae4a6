"""Pairs of messages that come in time and once, and of messages that do not."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from oots.validation.cross.arrival import OLDEST, TOLERANCE, x23_issue_date_time, x24_request_id
from tests.validation.cross.pairs import WARNING, row

PAIRS: Final = (
    row(
        "X23",
        "the request was issued in the future",
        lambda on, early: x23_issue_date_time(on.request, received_at=on.request.issue_date_time - early),
        lambda _: TOLERANCE,
        lambda _: TOLERANCE + timedelta(seconds=1),
        **WARNING,
    ),
    row(
        "X23",
        "the response was issued long ago",
        lambda on, late: x23_issue_date_time(on.response, received_at=on.response.issue_date_time + late),
        lambda _: OLDEST,
        lambda _: OLDEST + timedelta(seconds=1),
        **WARNING,
    ),
    row(
        "X24",
        "the request came before",
        lambda on, request: x24_request_id(request, seen={on.first.id}),
        lambda on: on.second,
        lambda on: replace(on.second, id=on.first.id.upper().replace("URN:UUID", "urn:uuid")),
    ),
)
