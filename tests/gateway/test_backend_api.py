import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from gateway_nodes import FINLAND, PORTUGAL, TOKEN, Node, World, a_submission, happens, node, packed, post, settings_of

from gateway import body
from oots.ebms.messages import PartyId
from oots.errors import CallerError, NotFound, OperatorError
from oots.journal.events import EventName
from oots.net.gateway_api import submission_json
from oots.net.gateway_client import GatewayClient
from oots.spooled import Spooled

pytestmark = pytest.mark.anyio

REQUEST = ["ExecuteQueryRequest"]
FINNISH_SUBMISSION = a_submission(receiver=PORTUGAL, message_id="m1@fi.example")


@pytest.fixture
async def finland(world: World, ports: dict[PartyId, int]) -> AsyncIterator[Node]:
    settings = settings_of(world, FINLAND, ports, retry_after_seconds=(0.0, 3600.0), max_message_bytes=2 << 20)
    async with node(settings) as finland:
        yield finland


@pytest.fixture
async def http(finland: Node) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=finland.backends.url, headers=headers) as http:
        yield http


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Give status and detail of a problem, which must be one in every respect."""
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert sorted(found) == ["detail", "status", "title", "type"]
    assert found["status"] == answer.status_code
    return answer.status_code, found["detail"]


async def submit(http: httpx.AsyncClient, message: Any, *payloads: bytes) -> httpx.Response:
    files = [("message", (None, json.dumps(message)))] + [("payload", ("p", payload)) for payload in payloads]
    return await http.post("/messages", files=files)


def a_message(**changes: Any) -> dict[str, Any]:
    """Give the JSON of a submission."""
    message: dict[str, Any] = json.loads(submission_json().dump_json(FINNISH_SUBMISSION))
    return message | changes


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer"])
async def test_without_a_token_there_is_nothing(finland: Node, authorization: str) -> None:
    questions = [
        ("POST", "/messages"),
        ("GET", "/messages/m1"),
        ("GET", "/deliveries?action=a"),
        ("GET", "/deliveries/m1/payloads/0"),
        ("POST", "/deliveries/m1/acknowledge"),
    ]
    headers = {"Authorization": authorization} if authorization else {}
    async with httpx.AsyncClient(base_url=finland.backends.url, headers=headers) as stranger:
        for method, path in questions:
            answer = await stranger.request(method, path)
            assert problem(answer) == (401, "a bearer token of this gateway is needed")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_that_it_lives_is_told_to_everybody(finland: Node) -> None:
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(f"{finland.backends.url}/health/live")).json() == {"status": "live"}


# --- submissions ------------------------------------------------------------------------------------------------------


async def test_a_submission_is_answered_with_its_id_and_state(http: httpx.AsyncClient) -> None:
    answer = await submit(http, a_message(), b"<query/>")

    assert (answer.status_code, answer.json()) == (202, {"message_id": "m1@fi.example", "state": "submitted"})


async def test_the_same_submission_again_is_answered_with_its_present_state(
    finland: Node, http: httpx.AsyncClient
) -> None:
    await submit(http, a_message(), b"<query/>")
    await happens(finland, EventName.AS4_RETRY)

    answer = await submit(http, a_message(), b"<query/>")

    assert (answer.status_code, answer.json()["state"]) == (202, "awaiting_retry")


async def test_another_submission_under_the_same_id_is_a_conflict(http: httpx.AsyncClient) -> None:
    await submit(http, a_message(), b"<query/>")

    answer = await submit(http, a_message(), b"<other/>")

    assert problem(answer) == (409, "another message was submitted as 'm1@fi.example'")


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"action": None}, "message.action: Input should be a valid string"),
        ({"action": "\n"}, "action is empty, longer"),
        ({"receiver": {"type": "x"}}, "message.receiver.value: Field required"),
        ({"surprise": 1}, "message.surprise: Unexpected keyword argument"),
        ({"parts": [{"content_id": "x"}]}, "message.parts.0.mime_type: Field required"),
        ({"receiver": {"value": "AP_XX_99"}}, "no P-Mode to send action 'ExecuteQueryRequest'"),
        ({"parts": []}, "0 parts are announced, 1 given"),
    ],
)
async def test_a_bad_field_is_named(http: httpx.AsyncClient, changes: dict[str, Any], detail: str) -> None:
    status, found = problem(await submit(http, a_message(**changes), b"<query/>"))

    assert status == 422
    assert found.startswith(detail)


async def test_a_value_that_is_wrong_is_not_repeated(http: httpx.AsyncClient) -> None:
    answer = await submit(http, a_message(action={"name": "Maria"}), b"<query/>")

    assert "Maria" not in answer.text


async def test_what_is_no_form_is_refused(http: httpx.AsyncClient) -> None:
    assert problem(await http.post("/messages", json=a_message()))[0] == 422
    assert problem(await http.post("/messages", content=b"x"))[0] == 422


async def test_a_submission_that_is_too_large_is_refused(http: httpx.AsyncClient) -> None:
    assert problem(await submit(http, a_message(), bytes(3 << 20))) == (413, "more than 2097152 bytes are not taken")


async def test_a_body_that_does_not_come_is_not_waited_for(
    finland: Node, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "SILENCE_SECONDS", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        await asyncio.sleep(1)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await http.post("/messages", content=slow(), headers=headers)

    assert problem(answer) == (408, "the body does not come")
    assert finland.events == []


async def test_a_message_that_was_never_submitted_is_not_found(http: httpx.AsyncClient) -> None:
    assert problem(await http.get("/messages/m9@fi.example"))[0] == 404


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("DELETE", "/messages", 405)])
async def test_what_is_not_offered_is_a_problem_too(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    assert problem(await http.request(method, path))[0] == status


async def test_a_full_mailbox_says_so(world: World, ports: dict[PartyId, int]) -> None:
    async with node(settings_of(world, FINLAND, ports, max_messages=1)) as finland:
        await finland.client.submit(a_submission(receiver=PORTUGAL), [Spooled(b"x")])
        with pytest.raises(OperatorError, match="cannot do this now: the mailbox is full"):
            await finland.client.submit(a_submission(receiver=PORTUGAL), [Spooled(b"x")])


async def test_our_own_fault_is_told_to_the_log_only(
    world: World, ports: dict[PartyId, int], caplog: pytest.LogCaptureFixture
) -> None:
    async with node(settings_of(world, FINLAND, ports, pmodes=None)) as finland:
        with pytest.raises(OperatorError, match="could not be processed; the log says why"):
            await finland.client.submit(FINNISH_SUBMISSION, [Spooled(b"x")])

    assert "AttributeError" in caplog.text


# --- deliveries -------------------------------------------------------------------------------------------------------


async def test_who_waits_gets_a_message_as_soon_as_it_comes(world: World, finland: Node) -> None:
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(finland.client.deliveries(REQUEST, wait=20))
    await asyncio.sleep(0.3)
    await post(world, finland.address, packed(world))
    came = loop.time()

    (delivery,) = await waiting

    assert delivery.message_id == "m1@pt.example"
    assert loop.time() - came < 0.5


async def test_who_waits_in_vain_gets_nothing_in_time(finland: Node) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    assert await finland.client.deliveries(REQUEST, wait=0.3) == ()
    assert 0.3 <= loop.time() - began < 1.3


async def test_a_delivery_has_one_worker(world: World, finland: Node) -> None:
    await post(world, finland.address, packed(world))

    both = await asyncio.gather(*(finland.client.deliveries(REQUEST, wait=0.2) for _ in range(2)))

    assert sorted(map(len, both)) == [0, 1]


async def test_who_has_gone_away_keeps_nothing_from_others(world: World, finland: Node) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await finland.client.deliveries(REQUEST, wait=20)
    await post(world, finland.address, packed(world))

    assert len(await finland.client.deliveries(REQUEST, wait=5)) == 1


async def test_at_most_ten_are_delivered_at_once_and_only_what_was_asked_for(world: World, finland: Node) -> None:
    for number in range(12):
        await post(world, finland.address, packed(world, message_id=f"m{number}@pt.example"))

    assert await finland.client.deliveries(["ExecuteQueryResponse"], wait=0) == ()
    first = await finland.client.deliveries(["ExecuteQueryResponse", *REQUEST], wait=0)
    rest = await finland.client.deliveries(REQUEST, wait=0)
    assert [delivery.message_id for delivery in first + rest] == [f"m{number}@pt.example" for number in range(12)]
    assert len(first) == 10


@pytest.mark.parametrize("query", ["", "?action=a&wait=31", "?action=a&wait=-1", "?action=a&wait=nan", "?wait=1"])
async def test_a_question_for_deliveries_that_cannot_be_is_refused(http: httpx.AsyncClient, query: str) -> None:
    status, detail = problem(await http.get(f"/deliveries{query}"))

    assert status == 422
    assert detail.startswith("query.")


@pytest.mark.parametrize("message_id", ["..", "a/b?c#d%20 e", "x/payloads/0", "m1@pt.example"])
async def test_any_message_id_finds_its_way_through_an_address(world: World, finland: Node, message_id: str) -> None:
    await post(world, finland.address, packed(world, message_id=message_id))
    (delivery,) = await finland.client.deliveries(REQUEST, wait=0)

    assert delivery.message_id == message_id
    assert (await finland.client.payload(message_id, 0, max_bytes=100)).read() == b"<query/>"
    await finland.client.acknowledge(message_id)
    with pytest.raises(NotFound):
        await finland.client.payload(message_id, 0, max_bytes=100)


async def test_a_payload_comes_with_its_type_and_length(world: World, finland: Node, http: httpx.AsyncClient) -> None:
    await post(world, finland.address, packed(world))

    answer = await http.get("/deliveries/m1@pt.example/payloads/0")

    assert answer.headers["content-type"] == "application/x-ebrs+xml"
    assert answer.headers["content-length"] == "8"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_payload_that_is_larger_than_expected_is_not_fetched(world: World, finland: Node) -> None:
    await post(world, finland.address, packed(world, contents=[b"x" * 101]))

    with pytest.raises(CallerError, match="the payload has more than 100 bytes"):
        await finland.client.payload("m1@pt.example", 0, max_bytes=100)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deliveries/m9/payloads/0"),
        ("GET", "/deliveries/m1@pt.example/payloads/1"),
        ("GET", "/deliveries/m1@pt.example/payloads/-1"),
        ("POST", "/deliveries/m9/acknowledge"),
    ],
)
async def test_what_is_not_there_is_not_found(
    world: World, finland: Node, http: httpx.AsyncClient, method: str, path: str
) -> None:
    await post(world, finland.address, packed(world))

    assert problem(await http.request(method, path))[0] == 404


async def test_who_waits_is_let_go_when_the_gateway_stops(world: World, ports: dict[PartyId, int]) -> None:
    loop = asyncio.get_running_loop()
    async with node(settings_of(world, FINLAND, ports)) as finland:
        other = GatewayClient(finland.backends.url, TOKEN)
        waiting = asyncio.create_task(other.deliveries(REQUEST, wait=30))
        await asyncio.sleep(0.3)
        stopping = loop.time()

    assert await waiting == ()
    assert loop.time() - stopping < 5
    await other.aclose()


# --- the client -------------------------------------------------------------------------------------------------------


async def test_a_token_that_is_not_known_is_the_operators_business(finland: Node) -> None:
    client = GatewayClient(finland.backends.url, "wrong")
    with pytest.raises(OperatorError, match="does not know our token"):
        await client.status("m1")
    await client.aclose()


async def test_a_gateway_that_does_not_answer_is_the_operators_business(ports: dict[PartyId, int]) -> None:
    client = GatewayClient(f"http://127.0.0.1:{ports[FINLAND]}", TOKEN)
    with pytest.raises(OperatorError, match="does not answer: ConnectError"):
        await client.deliveries(REQUEST, wait=0)
    with pytest.raises(OperatorError, match="does not answer"):
        await client.submit(a_submission(), [Spooled(b"x")])
    await client.aclose()


def test_a_token_does_not_leave_this_machine_in_the_clear() -> None:
    with pytest.raises(OperatorError, match="not https"):
        GatewayClient("http://gateway.example", TOKEN)


async def test_the_log_has_identifiers_only(world: World, finland: Node, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="gateway")
    await post(world, finland.address, packed(world, contents=[b"Maria"]))
    await finland.client.submit(FINNISH_SUBMISSION, [Spooled(b"Maria")])

    text = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("gateway"))
    assert "'m1@fi.example'" in text
    for personal in ("Maria", "500000000", "0245437-2"):
        assert personal not in text
