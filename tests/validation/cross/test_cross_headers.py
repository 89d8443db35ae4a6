"""What a header may leave out or write otherwise without contradicting its document or its request."""

from dataclasses import replace

import pytest

from oots.edm.specification import V1_2, V2_0
from oots.validation.cross import check_correlation, check_header, correlation_of
from oots.validation.cross.headers import x7_agents
from tests.validation.cross.messages import ELSEWHERE, LINES, OTHER_UUID, exchange, with_property


@pytest.mark.parametrize("line", LINES)
def test_all_headers_of_an_exchange_agree(line: str) -> None:
    on = exchange(line)
    correlation = correlation_of(on.header(on.request))

    for document in (on.request, on.response, on.first, on.invitation, on.second):
        assert check_header(document, on.header(document)) == ()
    for answer in (on.response, on.invitation):
        assert check_correlation(on.header(answer), correlation) == ()


def test_an_answer_to_something_else_breaks_every_correlation() -> None:
    on = exchange(V2_0)
    stranger = with_property(on.header(on.response), "ExchangeId", OTHER_UUID)
    stranger = replace(stranger, conversation_id=OTHER_UUID, sender=ELSEWHERE)

    findings = check_correlation(stranger, correlation_of(on.header(on.request)))

    assert [finding.rule for finding in findings] == ["X2", "X3", "X8"]


def test_the_case_of_identifiers_does_not_break_a_correlation() -> None:
    on = exchange(V2_0)
    header = on.header(on.response)
    shouted = with_property(header, "ExchangeId", (header.exchange_id or "").upper())

    correlation = correlation_of(on.header(on.request))

    assert check_correlation(replace(shouted, conversation_id=header.conversation_id.upper()), correlation) == ()


def test_ref_to_message_id_is_not_compared_with_a_message_id_that_nobody_kept() -> None:
    on = exchange(V2_0)
    correlation = replace(correlation_of(on.header(on.request)), message_id=None)

    assert check_correlation(replace(on.header(on.response), ref_to_message_id="m1@ap.example"), correlation) == ()


def test_a_request_of_1_2_has_no_exchange_id_that_its_answer_could_miss() -> None:
    on = exchange(V1_2)
    answer = with_property(on.header(on.response), "ExchangeId", OTHER_UUID)

    assert check_correlation(answer, correlation_of(on.header(on.request))) == ()


def test_x7_a_sender_with_another_scheme_is_another_one() -> None:
    on = exchange(V2_0)
    found = on.request.requester.identifier
    other = replace(on.request, requester=replace(on.request.requester, identifier=replace(found, scheme_id="urn:x")))

    assert [finding.rule for finding in x7_agents(other, on.header(on.request))] == ["X7"]


def test_x7_what_is_not_there_is_left_to_the_rules_of_headers_and_errors() -> None:
    on = exchange(V2_0)

    assert list(x7_agents(on.request, with_property(on.header(on.request), "originalSender", None))) == []
    assert list(x7_agents(replace(on.invitation, requester=None), on.header(on.invitation))) == []


def test_x27_a_header_of_1_2_may_say_its_line_though_it_need_not() -> None:
    on = exchange(V1_2)

    assert check_header(on.request, with_property(on.header(on.request), "SpecificationId", V1_2)) == ()
