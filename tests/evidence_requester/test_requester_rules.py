"""The requester, lines and rules: what it sends keeps them, and what it does with answers that break some."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from evidence_requester.api import RequestBody
from evidence_requester.app import create_app
from evidence_requester.request import submission
from evidence_requester.states import State
from evidence_requester.tables import EXCHANGE
from oots.cli.demo import story
from oots.edm.documents import write
from oots.edm.specification import V1_2, V2_0
from oots.errors import CallerError, CheckOverloaded, CheckTookTooLong, NoCommonLine
from oots.journal.events import Event, EventName
from tests.evidence_requester.desks import SETTINGS, Desk, NewDesk, durability_of, keep
from tests.evidence_requester.exchanges_of_the_story import NOW, PROVIDER, a_response, an_exchange, new_id
from tests.validation.rules_at_hand import rules_that_hang, rules_without_room

pytestmark = pytest.mark.anyio


# --- lines ------------------------------------------------------------------------------------------------------------


def test_a_request_of_1_2_says_its_language_where_that_line_does_and_nothing_in_the_header() -> None:
    exchange = an_exchange(line=V1_2)

    assert (exchange.specification, exchange.request.language) == (V1_2, "EN")
    assert exchange.request.evidence_type.distributions[0].languages == ()
    assert submission(exchange, content_id="a@b").properties == ()


def test_a_request_of_2_0_says_exchange_and_line_in_the_header() -> None:
    exchange = an_exchange(line=V2_0)

    properties = submission(exchange, content_id="a@b").properties
    assert [(item.name, item.value) for item in properties] == [("ExchangeId", exchange.id), ("SpecificationId", V2_0)]


def test_a_provider_without_a_line_of_ours_is_not_asked(desk: Desk) -> None:
    with pytest.raises(NoCommonLine):
        desk.ask(conforms_to=("oots-edm:v1.0",))

    assert desk.rows(EXCHANGE) == []
    assert desk.names() == []


def test_an_answer_that_names_nothing_is_for_the_one_exchange_of_its_conversation_that_waits(desk: Desk) -> None:
    conversation_id = new_id()

    def waiting() -> str | None:
        found = desk.books.exchanges.correlate(None, None, conversation_id)
        return found and found.id

    assert waiting() is None
    one = keep(desk.books, an_exchange(State.SENT, line=V1_2, conversation_id=conversation_id))
    assert waiting() == one.id
    other = desk.ask(conversation_id, conforms_to=(V1_2,))
    assert waiting() is None
    desk.take(other, a_response(other), conversation_id=conversation_id)
    desk.work("judge")
    assert waiting() == one.id


# --- what goes out ----------------------------------------------------------------------------------------------------


def test_a_request_that_would_break_a_rule_is_refused_and_the_log_names_the_rule(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    wish = RequestBody(**story.request(PROVIDER)).wish()
    wrong = replace(wish.evidence_type, classification="https://sr.example/nothing")

    with pytest.raises(CallerError, match=r"R-EDM-REQ-C027: /query:QueryRequest/.*Semantic Repository"):
        desk.ask(evidence_type=wrong)

    assert "breaks rules: R-EDM-REQ-C027" in caplog.text
    assert desk.rows(EXCHANGE) == []
    assert desk.names() == []


def test_a_request_without_a_verdict_is_not_sent(new_desk: NewDesk) -> None:
    with rules_that_hang() as rules:
        desk = new_desk(rules=rules)

        with pytest.raises(CheckTookTooLong):
            desk.ask()

        assert desk.rows(EXCHANGE) == []
        assert desk.ask().state is State.PENDING


async def test_the_portal_is_told_that_it_may_ask_again(quick_folder: Path) -> None:
    app = create_app(
        SETTINGS,
        durability=durability_of(f"sqlite:///{quick_folder}/portal.db", quick_folder),
        rules=rules_without_room(),
        record=lambda _: None,
        now=lambda: NOW,
        new_id=new_id,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {SETTINGS.api_token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://requester", headers=headers) as portal:
        opened = await portal.post("/v1/journeys", json=story.journey())
        path = f"/v1/journeys/{opened.json()['journey_id']}/requests"
        answer = await portal.post(path, json=story.request(PROVIDER))
    app.state.requester._books.stores.close()

    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("the request could not be checked: ")


# --- what comes in ----------------------------------------------------------------------------------------------------


def broken(desk: Desk) -> list[Event]:
    return [event for event in desk.events if event.name is EventName.RULES_BROKEN]


@pytest.mark.parametrize("line", [V1_2, V2_0])
def test_an_answer_that_breaks_rules_is_used_and_the_journal_names_them(desk: Desk, line: str) -> None:
    exchange = desk.ask(conforms_to=(line,))
    document = a_response(exchange)

    delivery = desk.take(exchange, document, raw=write(document).replace(document.response_id.encode(), b"1"))
    desk.work()

    assert desk.state(exchange) is State.RECEIVED
    (event,) = broken(desk)
    assert event.facts == {"rules": "R-EDM-RESP-C003 (fatal)"}
    assert (event.message_id, event.exchange_id) == (delivery.message_id, exchange.id)


def test_an_answer_that_breaks_no_rule_leaves_no_word_about_it(desk: Desk) -> None:
    exchange = desk.ask()

    desk.take(exchange, a_response(exchange))
    desk.work()

    assert desk.state(exchange) is State.RECEIVED
    assert broken(desk) == []


def test_an_answer_whose_check_hangs_is_used_and_the_journal_says_that_it_was_not_checked(new_desk: NewDesk) -> None:
    exchange = new_desk().ask()
    with rules_that_hang() as rules:
        desk = new_desk(rules=rules)
        desk.take(exchange, a_response(exchange))
        desk.work()

    assert desk.state(exchange) is State.RECEIVED
    assert [event.facts for event in broken(desk)] == [{"rules": "not-checked (warning)"}]


def test_an_answer_that_nobody_has_time_to_check_waits(new_desk: NewDesk) -> None:
    exchange = new_desk().sent()
    desk = new_desk(rules=rules_without_room())
    desk.take(exchange, a_response(exchange))

    with pytest.raises(CheckOverloaded):
        desk.work("judge")

    assert desk.state(exchange) is State.SENT
