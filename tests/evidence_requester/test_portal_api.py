"""The API for portals over ASGI: what it takes, what it refuses, and how it says so."""

import hashlib
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from evidence_requester.app import MAX_BODY_BYTES, create_app
from evidence_requester.exchange import Exchange, Failure
from evidence_requester.states import State
from oots.cli.demo import story
from oots.codes import EdmCode
from oots.journal.events import Event, EventName
from tests.evidence_requester.desks import SETTINGS, durability_of, keep
from tests.evidence_requester.exchanges_of_the_story import NOW, PDF, PROVIDER, an_exchange, new_id
from tests.validation.rules_at_hand import loaded_rules

NOBODYS = "00000000-0000-4000-8000-000000000000"
pytestmark = pytest.mark.anyio

TOKEN = SETTINGS.api_token
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
NAMES = ("Kielonmäki", "Aino", "1991", "7KQ2M9XW4TDR")


@pytest.fixture
def journal() -> list[Event]:
    return []


@pytest.fixture
def app(journal: list[Event], quick_folder: Path) -> Iterator[FastAPI]:
    """Give a requester whose Access Point is not there, and which does no work."""
    durability = durability_of(f"sqlite:///{quick_folder}/requester.db", quick_folder)
    app = create_app(
        SETTINGS, durability=durability, rules=loaded_rules(), record=journal.append, now=lambda: NOW, new_id=new_id
    )
    yield app
    app.state.requester._books.stores.close()


@pytest.fixture
async def portal(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://requester", headers=AUTHORIZED) as client:
        yield client


def kept(app: FastAPI, state: State, *documents: bytes, **changes: Any) -> Exchange:
    return keep(app.state.requester._books, an_exchange(state, **changes), *documents)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Give status and detail of a problem, which has the form of RFC 9457 and names nobody."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == answer.status_code
    assert not any(name in answer.text for name in NAMES)
    return answer.status_code, body["detail"]


CALLS = [
    ("POST", "/v1/journeys"),
    ("POST", "/v1/journeys/1/requests"),
    ("GET", "/v1/exchanges/1"),
    ("GET", "/v1/exchanges/1/files/0"),
    ("POST", "/v1/exchanges/1/ack"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        TOKEN,
        f"Basic {TOKEN}",
        f"bearer {TOKEN}",
        f"Bearer {TOKEN}x",
        "Bearer é",
    ],
)
async def test_who_is_not_the_portal_learns_nothing(
    portal: httpx.AsyncClient, method: str, path: str, shown: str
) -> None:
    headers = {b"Authorization": shown.encode()}

    answer = await portal.request(method, path, headers=headers, json=story.journey())

    assert problem(answer) == (401, "the bearer token of the portal is missing or wrong")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_health_is_for_everybody(portal: httpx.AsyncClient) -> None:
    answer = await portal.get("/health/live", headers={"Authorization": ""})

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_a_journey_is_begun(portal: httpx.AsyncClient, app: FastAPI) -> None:
    answer = await portal.post("/v1/journeys", json=story.journey())

    assert answer.status_code == 201
    journey = app.state.requester.journeys.journey(answer.json()["journey_id"])
    assert journey.procedure == "S1"
    assert journey.subject.family_name == "Kielonmäki"


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Give a body with the value at a path of names replaced, or, for `...`, left out."""
    name, _, rest = path.partition(".")
    if rest:
        return body | {name: changed(body[name], rest, value)}
    if value is ...:
        return {key: item for key, item in body.items() if key != name}
    return body | {name: value}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("procedure", ...),
        ("procedure", "no such code"),
        ("procedure", "S1\n"),
        ("subject", ...),
        ("subject", []),
        ("subject.level_of_assurance", ...),
        ("subject.level_of_assurance", "Kielonmäki"),
        ("subject.family_name", ""),
        ("subject.family_name", " \n"),
        ("subject.family_name", "Kielonmäki" * 100),
        ("subject.given_name", ["Aino"]),
        ("subject.date_of_birth", "1991-02-30"),
        ("subject.date_of_birth", "14.5.1991"),
        ("subject.identifier", "7KQ2M9XW4TDR"),
        ("subject.identifier.scheme", ...),
        ("subject.nickname", "Aino"),
    ],
)
async def test_a_journey_that_is_wrong_is_refused_with_the_field_and_without_its_value(
    portal: httpx.AsyncClient, path: str, value: object
) -> None:
    answer = await portal.post("/v1/journeys", json=changed(story.journey(), path, value))

    status, detail = problem(answer)
    assert status == 422
    assert detail.startswith(f"body.{path}: ")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"procedure": "S1"', b"\xff\xfe", b"null"])
async def test_what_is_no_json_object_is_refused(portal: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await portal.post("/v1/journeys", content=body, headers=headers)

    assert problem(answer)[0] in {400, 422}


async def test_a_body_beyond_the_limit_is_refused(portal: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    for content in (b" " * (MAX_BODY_BYTES + 1), endless()):
        answer = await portal.post("/v1/journeys", content=content, headers={"Content-Type": "application/json"})

        assert answer.status_code == 413


async def begun(portal: httpx.AsyncClient, **subject: Any) -> str:
    journey = story.journey()
    journey["subject"] |= subject
    return str((await portal.post("/v1/journeys", json=journey)).json()["journey_id"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("requirement", ...),
        ("requirement.names", {"english": "Proof of birth"}),
        ("evidence_type.identifier", ""),
        ("evidence_type.titles.EN", " "),
        ("evidence_type.languages", "EN"),
        ("provider.access_point", ...),
        ("provider.identifier.value", None),
        ("possibility_for_preview", ...),
        ("possibility_for_preview", "maybe"),
        ("explicit_request_given", ...),
        ("return_location", "https://portal.example"),
    ],
)
async def test_a_request_that_is_wrong_is_refused_with_the_field(
    portal: httpx.AsyncClient, path: str, value: object
) -> None:
    journey_id = await begun(portal)

    body = changed(story.request(PROVIDER), path, value)
    answer = await portal.post(f"/v1/journeys/{journey_id}/requests", json=body)

    status, detail = problem(answer)
    assert status == 422
    assert detail.startswith(f"body.{path}")


@pytest.mark.parametrize(
    ("subject", "path", "value"),
    [
        ({"family_name": "Kielonmäki\x00"}, "procedure", None),
        ({"given_name": "\x1b[31mAino"}, "procedure", None),
        ({}, "requirement.names", {}),
        ({}, "evidence_type.titles", {}),
        ({}, "provider.names", {}),
        ({}, "evidence_type.identifier", "no uuid"),
    ],
    ids=["nul", "escape", "no requirement", "no title", "no provider", "no uuid"],
)
async def test_what_no_document_can_carry_is_refused_before_anything_is_opened(
    portal: httpx.AsyncClient, app: FastAPI, journal: list[Event], subject: dict[str, Any], path: str, value: object
) -> None:
    journey_id = await begun(portal, **subject)
    request = story.request(PROVIDER)

    answer = await portal.post(
        f"/v1/journeys/{journey_id}/requests", json=request if value is None else changed(request, path, value)
    )

    status, detail = problem(answer)
    assert status == 422
    assert detail
    assert app.state.requester.exchanges.ids() == ()
    assert journal == []


async def asked(
    portal: httpx.AsyncClient, journey_id: str, *, key: str | None = None, **changes: Any
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await portal.post(
        f"/v1/journeys/{journey_id}/requests", json=story.request(PROVIDER) | changes, headers=headers
    )


async def test_a_request_is_kept_and_then_answered_for(portal: httpx.AsyncClient, journal: list[Event]) -> None:
    answer = await asked(portal, await begun(portal))

    exchange = answer.json()
    assert answer.status_code == 202
    assert (exchange["state"], exchange["code"], exchange["final"]) == ("pending", None, False)
    assert [event.name for event in journal] == [EventName.EXPLICIT_REQUEST_GIVEN]


async def test_a_second_click_of_a_button_gives_the_same_exchange(
    portal: httpx.AsyncClient, journal: list[Event]
) -> None:
    journey_id = await begun(portal)

    first, second = [await asked(portal, journey_id, key="button 1") for _ in range(2)]

    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert len(journal) == 1


async def test_a_button_that_asks_for_something_else_is_a_conflict(portal: httpx.AsyncClient) -> None:
    journey_id = await begun(portal)
    await asked(portal, journey_id, key="button 1")

    status, detail = problem(await asked(portal, journey_id, key="button 1", explicit_request_given=False))

    assert (status, detail) == (409, "the Idempotency-Key was used in this journey before, for another request")


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "a\tb"])
async def test_a_key_that_is_no_printable_text_is_refused(portal: httpx.AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    journey_id = await begun(portal)

    answer = await portal.post(f"/v1/journeys/{journey_id}/requests", json=story.request(PROVIDER), headers=headers)

    status, detail = problem(answer)
    assert (status, detail.partition(":")[0]) == (422, "header.idempotency-key")


async def test_within_a_journey_that_is_over_nothing_can_be_asked(portal: httpx.AsyncClient, app: FastAPI) -> None:
    journey_id = await begun(portal)
    books = app.state.requester._books
    with books.stores.database.writing() as connection:
        books.journeys.end(connection, journey_id, now=NOW)

    assert problem(await asked(portal, journey_id)) == (409, "the journey is over: the person has to begin a new one")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/v1/journeys/{NOBODYS}/requests"),
        ("GET", f"/v1/exchanges/{NOBODYS}"),
        ("GET", f"/v1/exchanges/{NOBODYS}?wait=1"),
        ("GET", f"/v1/exchanges/{NOBODYS}/files/0"),
        ("POST", f"/v1/exchanges/{NOBODYS}/ack"),
        ("GET", "/v1/exchanges/%2e%2e"),
        ("GET", "/v1/nothing"),
    ],
)
async def test_what_is_not_there_is_not_found(portal: httpx.AsyncClient, method: str, path: str) -> None:
    assert problem(await portal.request(method, path, json=story.request(PROVIDER)))[0] == 404


async def test_a_method_that_is_not_offered_is_a_problem_too(portal: httpx.AsyncClient) -> None:
    assert problem(await portal.delete("/v1/exchanges/1"))[0] == 405


@pytest.mark.parametrize("wait", ["-1", "31", "nan", "inf", "soon"])
async def test_nobody_waits_longer_than_half_a_minute(portal: httpx.AsyncClient, app: FastAPI, wait: str) -> None:
    exchange = kept(app, State.SENT)

    status, detail = problem(await portal.get(f"/v1/exchanges/{exchange.id}", params={"wait": wait}))

    assert status == 422
    assert detail.startswith("query.wait: ")


async def test_an_exchange_is_told_with_everything_a_portal_needs(portal: httpx.AsyncClient, app: FastAPI) -> None:
    exchange = kept(app, State.RECEIVED, PDF)

    assert (await portal.get(f"/v1/exchanges/{exchange.id}")).json() == {
        "exchange_id": exchange.id,
        "journey_id": exchange.conversation_id,
        "state": "available",
        "final": False,
        "message_id": exchange.message_id,
        "code": None,
        "edm_code": None,
        "detail": None,
        "documents": [
            {
                "identifier": "c7c9a1de-13ee-4b57-9f4a-1e40b5a8b0f2",
                "title": "birth-record.pdf",
                "media_type": "application/pdf",
                "bytes": len(PDF),
                "sha256": hashlib.sha256(PDF).hexdigest(),
                "issuing_date": "2026-11-23",
                "issuing_authority": {"EN": "Population register"},
            }
        ],
    }


async def test_a_failure_is_told_with_our_word_and_the_code_abroad(portal: httpx.AsyncClient, app: FastAPI) -> None:
    failure = Failure(code="not_matched", edm_code=EdmCode.OBJECT_NOT_FOUND, detail="nobody")
    exchange = kept(app, State.FAILED, failure=failure)

    told = (await portal.get(f"/v1/exchanges/{exchange.id}")).json()

    assert (told["code"], told["edm_code"], told["detail"]) == ("not_matched", "EDM:ERR:0004", "nobody")
    assert told["final"] is True


async def test_a_document_is_given_as_bytes_with_its_digest(portal: httpx.AsyncClient, app: FastAPI) -> None:
    content = bytes(range(256)) * 4096
    exchange = kept(app, State.RECEIVED, content)

    answer = await portal.get(f"/v1/exchanges/{exchange.id}/files/0")

    assert answer.content == content
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-sha256"] == hashlib.sha256(content).hexdigest()
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("number", ["1", "-1", "99999999999999999999"])
async def test_a_document_that_is_not_there_is_not_found(portal: httpx.AsyncClient, app: FastAPI, number: str) -> None:
    exchange = kept(app, State.RECEIVED, PDF)

    assert problem(await portal.get(f"/v1/exchanges/{exchange.id}/files/{number}"))[0] == 404


async def test_a_document_is_handed_over_once_and_forgotten(
    portal: httpx.AsyncClient, app: FastAPI, journal: list[Event]
) -> None:
    exchange = kept(app, State.RECEIVED, PDF)

    acknowledged = await portal.post(f"/v1/exchanges/{exchange.id}/ack")

    assert (acknowledged.status_code, acknowledged.json()["state"]) == (200, "delivered")
    assert acknowledged.json()["documents"] == []
    assert problem(await portal.get(f"/v1/exchanges/{exchange.id}/files/0")) == (
        404,
        "there is no such document, or it was handed over before",
    )
    assert [(event.name, event.facts) for event in journal] == [(EventName.EVIDENCE_DELIVERED, {"documents": "1"})]


@pytest.mark.parametrize("state", sorted(set(State) - {State.RECEIVED, State.DELIVERED}, key=str))
async def test_only_documents_that_came_can_be_acknowledged(
    portal: httpx.AsyncClient, app: FastAPI, journal: list[Event], state: State
) -> None:
    exchange = kept(app, state)

    status, detail = problem(await portal.post(f"/v1/exchanges/{exchange.id}/ack"))

    assert (status, detail) == (422, f"an exchange that is {state.value} cannot take 'acknowledged'")
    assert journal == []


async def test_a_second_acknowledgement_is_answered_like_the_first(
    portal: httpx.AsyncClient, app: FastAPI, journal: list[Event]
) -> None:
    exchange = kept(app, State.RECEIVED, PDF)

    first, second = [await portal.post(f"/v1/exchanges/{exchange.id}/ack") for _ in range(2)]

    assert (second.status_code, second.json()) == (200, first.json())
    assert len(journal) == 1


async def test_a_fault_of_our_own_is_a_problem_without_its_reason(
    portal: httpx.AsyncClient, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = kept(app, State.SENT)
    app.state.requester.exchanges = None

    with caplog.at_level(logging.ERROR):
        answer = await portal.get(f"/v1/exchanges/{exchange.id}")

    assert problem(answer) == (500, "the request could not be processed; the log says why")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "a request of the portal could not be processed"
    ]
