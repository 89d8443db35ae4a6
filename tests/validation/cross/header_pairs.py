"""Pairs of headers that fit their document, or the header of their request, and of headers that do not."""

from dataclasses import replace
from typing import Final

from oots.codes import Action
from oots.validation.cross.header import correlation_of
from oots.validation.cross.headers import (
    x2_conversation,
    x3_exchange,
    x7_agents,
    x8_access_point,
    x26_action,
    x27_specification,
)
from tests.validation.cross.messages import ANOTHER, ASKED, ASKING, ELSEWHERE, OTHER_UUID, with_property
from tests.validation.cross.pairs import ONLY_2_0, WARNING, row

PAIRS: Final = (
    row(
        "X2",
        "the answer leaves the conversation",
        lambda on, header: x2_conversation(header, correlation_of(on.header(on.request))),
        lambda on: on.header(on.response),
        lambda on: replace(on.header(on.response), conversation_id=OTHER_UUID),
    ),
    row(
        "X2",
        "RefToMessageId names another message",
        lambda on, header: x2_conversation(header, correlation_of(on.header(on.request))),
        lambda on: replace(on.header(on.response), ref_to_message_id=on.header(on.request).message_id),
        lambda on: replace(on.header(on.response), ref_to_message_id="other@ap.example"),
        **WARNING,
    ),
    row(
        "X3",
        "the answer has another ExchangeId",
        lambda on, header: x3_exchange(header, correlation_of(on.header(on.request))),
        lambda on: on.header(on.response),
        lambda on: with_property(on.header(on.response), "ExchangeId", OTHER_UUID),
        **ONLY_2_0,
    ),
    row(
        "X3",
        "the answer has no ExchangeId",
        lambda on, header: x3_exchange(header, correlation_of(on.header(on.request))),
        lambda on: on.header(on.response),
        lambda on: with_property(on.header(on.response), "ExchangeId", None),
        **ONLY_2_0,
        **WARNING,
    ),
    row(
        "X7",
        "the header of the request names another sender",
        lambda on, request: x7_agents(request, on.header(on.request)),
        lambda on: on.request,
        lambda on: replace(on.request, requester=replace(on.request.requester, identifier=ANOTHER)),
    ),
    row(
        "X7",
        "the header of the request names another recipient",
        lambda on, request: x7_agents(request, on.header(on.request)),
        lambda on: on.request,
        lambda on: replace(on.request, provider=replace(on.request.provider, identifier=ANOTHER)),
    ),
    row(
        "X7",
        "the header of the response is not swapped",
        lambda on, response: x7_agents(response, on.header(on.response)),
        lambda on: on.response,
        lambda on: replace(on.response, provider=on.response.requester),
        **WARNING,
    ),
    row(
        "X7",
        "the header of the error is for another recipient",
        lambda on, error: x7_agents(error, on.header(on.invitation)),
        lambda on: on.invitation,
        lambda on: replace(on.invitation, requester=on.invitation.error_provider),
        **WARNING,
    ),
    row(
        "X8",
        "the answer comes from another access point than the one asked",
        lambda on, header: x8_access_point(header, (correlation_of(on.header(on.request)).access_point,)),
        lambda on: on.header(on.response),
        lambda on: replace(on.header(on.response), sender=ELSEWHERE),
    ),
    row(
        "X8",
        "the request comes from an access point that the directory does not name",
        lambda on, named: x8_access_point(on.header(on.request), named),
        lambda _: (ELSEWHERE, ASKING),
        lambda _: (ELSEWHERE, ASKED),
    ),
    row(
        "X26",
        "the action is not that of a request",
        lambda on, header: x26_action(on.request, header),
        lambda on: on.header(on.request),
        lambda on: replace(on.header(on.request), action=Action.RESPONSE.value),
    ),
    row(
        "X26",
        "the action is not that of a response",
        lambda on, header: x26_action(on.response, header),
        lambda on: on.header(on.response),
        lambda on: replace(on.header(on.response), action=Action.EXCEPTION.value),
        **WARNING,
    ),
    row(
        "X26",
        "the action is not that of an error",
        lambda on, header: x26_action(on.invitation, header),
        lambda on: on.header(on.invitation),
        lambda on: replace(on.header(on.invitation), action=Action.RESPONSE.value),
        **WARNING,
    ),
    row(
        "X27",
        "the header of the request names another line",
        lambda on, header: x27_specification(on.request, header),
        lambda on: on.header(on.request),
        lambda on: with_property(on.header(on.request), "SpecificationId", "oots-edm:v3.0"),
    ),
    row(
        "X27",
        "the header of the answer names another line",
        lambda on, header: x27_specification(on.response, header),
        lambda on: on.header(on.response),
        lambda on: with_property(on.header(on.response), "SpecificationId", "oots-edm:v3.0"),
        **WARNING,
    ),
    row(
        "X27",
        "the header of a request of 2.0 is one of 1.x",
        lambda on, header: x27_specification(on.request, header),
        lambda on: on.header(on.request),
        lambda on: with_property(on.header(on.request), "SpecificationId", None),
        **ONLY_2_0,
    ),
)
