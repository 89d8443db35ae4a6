"""The provider and the rules: what it sends keeps them, and what it does when there is no verdict."""

import uuid
from dataclasses import replace
from functools import partial
from itertools import chain, count

import pytest

from evidence_provider.answer import refuse
from evidence_provider.settings import ProviderSettings
from oots.codes import Action, EdmCode
from oots.ebms.messages import UserMessage
from oots.edm.documents import read_answer, write
from oots.edm.lines import in_line
from oots.edm.model import (
    ErrorResponse,
    ErrorSeverity,
    EvidenceResponse,
    ExceptionReport,
    NaturalPerson,
    PreviewMethod,
)
from oots.edm.specification import V1_2, V2_0
from oots.errors import CheckOverloaded, UnsupportedCapability
from oots.journal.events import EventName
from oots.validation.findings import Finding
from oots.validation.message_rules import MessageRules
from oots.work import State as JobState
from tests.evidence_provider.desks import Desk, NewDesk
from tests.evidence_provider.requests_of_the_story import NOW, a_request, header_of
from tests.validation.rules_at_hand import loaded_rules, rules_that_hang, rules_without_room

BOTH_LINES = pytest.mark.parametrize("line", [V1_2, V2_0])


def reported(desk: Desk) -> ExceptionReport:
    """Give the exception of the one answer that was submitted."""
    (submitted,) = desk.access_point.submitted
    assert isinstance(submitted.answer, ErrorResponse)
    return submitted.answer.exceptions[0]


@BOTH_LINES
def test_an_answer_has_the_properties_of_its_line(desk: Desk, settings: ProviderSettings, line: str) -> None:
    request = in_line(a_request(settings), line)
    properties = header_of(request).properties if line == V2_0 else ()

    desk.take(request, properties=properties)
    desk.work()

    (submitted,) = desk.access_point.submitted
    assert isinstance(submitted.answer, EvidenceResponse)
    assert submitted.answer.specification == line
    names = [item.name for item in submitted.header.properties]
    assert names == (["ExchangeId", "SpecificationId"] if line == V2_0 else [])
    assert submitted.header.action == Action.RESPONSE.value


def test_an_answer_of_ours_that_breaks_a_rule_is_not_sent_and_our_log_names_the_rule(
    new_desk: NewDesk, settings: ProviderSettings, caplog: pytest.LogCaptureFixture
) -> None:
    ids = chain([str(uuid.uuid4()), "no UUID"], (str(uuid.uuid4()) for _ in count()))
    desk = new_desk(new_id=partial(next, ids))

    delivery = desk.take(a_request(settings))
    desk.work()

    assert reported(desk).code is EdmCode.QUERY
    assert f"the answer to message {delivery.message_id} breaks rules: R-EDM-RESP-" in caplog.text
    assert EventName.EVIDENCE_ISSUED not in desk.names()


def test_a_request_that_breaks_a_recommendation_is_served_and_the_journal_names_it(
    desk: Desk, settings: ProviderSettings
) -> None:
    subject = a_request(settings).subject
    assert isinstance(subject, NaturalPerson)

    desk.take(a_request(settings, subject=replace(subject, identifier=None)))
    desk.work()

    (event,) = [event for event in desk.events if event.name is EventName.RULES_BROKEN]
    assert event.facts == {"rules": "R-EDM-REQ-C038 (warning)"}
    assert desk.names()[-1] is EventName.RESPONSE_SENT


def test_a_request_whose_check_hangs_is_refused_for_time_and_the_next_one_served(
    new_desk: NewDesk, settings: ProviderSettings
) -> None:
    with rules_that_hang() as rules:
        desk = new_desk(rules=rules)

        desk.take(a_request(settings))
        assert desk.work() == [JobState.GONE]

        report = reported(desk)
        assert (report.code, report.detail) == (EdmCode.TIMEOUT, "checking was stopped after 0.2 s")
        desk.take(a_request(settings))
        desk.work()
    assert isinstance(desk.access_point.submitted[1].answer, EvidenceResponse)


def test_a_request_that_nobody_has_time_to_check_waits(new_desk: NewDesk, settings: ProviderSettings) -> None:
    desk = new_desk(rules=rules_without_room())
    delivery = desk.take(a_request(settings))

    with pytest.raises(CheckOverloaded):
        desk.work()

    assert desk.state(delivery) == "received"
    assert desk.access_point.attempts == []
    assert desk.names() == [EventName.REQUEST_RECEIVED]


class OnceWithoutRoom(MessageRules):
    """Rules that have no room for the first header, and room for everything after it."""

    is_full = True

    def of_header(self, message: UserMessage, line: str) -> tuple[Finding, ...]:
        if self.is_full:
            self.is_full = False
            raise CheckOverloaded("too many documents wait to be checked")
        return super().of_header(message, line)


def test_a_request_without_a_verdict_is_not_refused_as_soon_as_there_is_room(
    new_desk: NewDesk, settings: ProviderSettings
) -> None:
    desk = new_desk(rules=OnceWithoutRoom(loaded_rules().workers))
    desk.take(a_request(settings))

    with pytest.raises(CheckOverloaded):
        desk.work()

    assert desk.access_point.attempts == []
    assert desk.names() == [EventName.REQUEST_RECEIVED]


@BOTH_LINES
def test_at44_where_a_line_has_a_preview_method_a_place_to_look_at_comes_with_it(
    settings: ProviderSettings, line: str
) -> None:
    refusal = refuse(
        UnsupportedCapability("there is a preview"),
        request_id="urn:uuid:9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002",
        specification=line,
        requester=a_request(settings).requester,
        settings=settings,
        now=NOW,
        new_id=lambda: "4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001",
    )
    report = ExceptionReport(
        code=EdmCode.AUTHORIZATION,
        severity=ErrorSeverity.PREVIEW_REQUIRED,
        message=EdmCode.AUTHORIZATION.message,
        timestamp=NOW,
        preview_location="https://preview.example/1",
    )

    document = write(replace(refusal, exceptions=(report,)))

    assert (b"PreviewMethod" in document) is (line == V1_2)
    answer = read_answer(document)
    assert isinstance(answer, ErrorResponse)
    assert answer.exceptions[0].preview_method is PreviewMethod.GET
    assert loaded_rules().of_document(document) == ()
