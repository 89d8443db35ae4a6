"""What a token is good for: its own submissions, its own actions, and nothing else."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from gateway_nodes import FINLAND, PORTUGAL, Node, World, a_submission, node, packed, post, settings_of

from gateway.settings import Backend, token_hash
from oots.ebms.messages import PartyId
from oots.net.gateway_api import submission_json

pytestmark = pytest.mark.anyio

REQUESTER, PROVIDER, CASEWORK = ("a token of the requester", "a token of the provider", "a token of the casework")
ANSWERS = frozenset({"ExecuteQueryResponse", "ExceptionResponse"})
BACKENDS = (
    Backend(
        name="requester",
        token_sha256=token_hash(REQUESTER),
        submits=frozenset({"ExecuteQueryRequest"}),
        receives=ANSWERS,
    ),
    Backend(
        name="provider",
        token_sha256=token_hash(PROVIDER),
        submits=ANSWERS,
        receives=frozenset({"ExecuteQueryRequest"}),
    ),
    Backend(name="casework", token_sha256=token_hash(CASEWORK), submits=frozenset({"ExecuteQueryRequest"})),
)


@pytest.fixture
async def finland(world: World, ports: dict[PartyId, int]) -> AsyncIterator[Node]:
    async with node(settings_of(world, FINLAND, ports, backends=BACKENDS)) as finland:
        yield finland


@pytest.fixture
async def http(finland: Node) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=finland.backends.url) as http:
        yield http


def by(token: str, **fields: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | fields


async def submitted(http: httpx.AsyncClient, headers: dict[str, str], message_id: str | None = None) -> httpx.Response:
    message = submission_json().dump_json(a_submission(receiver=PORTUGAL, message_id=message_id)).decode()
    files = [("message", (None, message)), ("payload", ("p", b"<query/>"))]
    return await http.post("/messages", files=files, headers=headers)


async def test_a_back_end_submits_only_its_actions(http: httpx.AsyncClient) -> None:
    assert (await submitted(http, by(REQUESTER))).status_code == 202

    refused = await submitted(http, by(PROVIDER))

    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert refused.json()["detail"] == "this token is not good for submitting action 'ExecuteQueryRequest'"


async def test_a_back_end_sees_only_what_it_submitted_itself(http: httpx.AsyncClient) -> None:
    message_id = (await submitted(http, by(REQUESTER))).json()["message_id"]

    statuses = [
        (await http.get(f"/messages/{message_id}", headers=by(token))).status_code
        for token in (REQUESTER, PROVIDER, CASEWORK)
    ]

    assert statuses == [200, 404, 404]


async def test_back_ends_with_the_same_action_do_not_meet_under_one_message_id(http: httpx.AsyncClient) -> None:
    await submitted(http, by(REQUESTER), "m1@fi.example")

    assert (await submitted(http, by(CASEWORK), "m1@fi.example")).status_code == 409


@pytest.mark.parametrize("query", ["action=ExecuteQueryRequest", "action=ExceptionResponse&action=ExecuteQueryRequest"])
async def test_a_back_end_lists_only_its_actions(http: httpx.AsyncClient, query: str) -> None:
    refused = await http.get(f"/deliveries?{query}", headers=by(REQUESTER))

    assert refused.status_code == 403
    assert refused.json()["detail"] == "this token is not good for receiving action 'ExecuteQueryRequest'"


async def test_a_delivery_is_there_for_those_that_may_receive_it(
    world: World, finland: Node, http: httpx.AsyncClient
) -> None:
    await post(world, finland.address, packed(world))
    path = "/deliveries/m1@pt.example"

    for token in (REQUESTER, CASEWORK):
        assert (await http.get(f"{path}/payloads/0", headers=by(token))).status_code == 404
        assert (await http.post(f"{path}/acknowledge", headers=by(token))).status_code == 404
    assert (await http.get(f"{path}/payloads/0", headers=by(PROVIDER))).content == b"<query/>"
    assert (await http.post(f"{path}/acknowledge", headers=by(PROVIDER))).status_code == 204


async def test_a_key_stands_for_a_message_id(http: httpx.AsyncClient) -> None:
    first = await submitted(http, by(REQUESTER, **{"Idempotency-Key": "case 4711"}))
    again = await submitted(http, by(REQUESTER, **{"Idempotency-Key": '"case 4711"'}))
    by_id = await submitted(http, by(REQUESTER, **{"Idempotency-Key": "case 4711"}), first.json()["message_id"])
    both = await submitted(http, by(REQUESTER, **{"Idempotency-Key": "case 4711"}), "m1@fi.example")
    others = await submitted(http, by(CASEWORK, **{"Idempotency-Key": "case 4711"}))

    assert [answer.status_code for answer in (first, again, by_id, both, others)] == [202, 202, 202, 422, 202]
    assert first.json()["message_id"] == again.json()["message_id"] == by_id.json()["message_id"]
    assert others.json()["message_id"] != first.json()["message_id"]
    assert "case" not in json.dumps(first.json())


async def test_a_key_that_is_too_long_is_refused_by_its_name(http: httpx.AsyncClient) -> None:
    refused = await submitted(http, by(REQUESTER, **{"Idempotency-Key": "x" * 256}))

    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("header.Idempotency-Key")
