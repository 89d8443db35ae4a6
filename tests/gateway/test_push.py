"""Back ends are told of messages that came for them, until they know."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from gateway_nodes import BACKEND, FINLAND, World, node, packed, post, settings_of
from mailboxes import NewMailbox
from messages import NOW, REQUEST, an_incoming
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.pushing import PUSH, TRIES, Pushing, wait
from gateway.settings import Push
from oots.ebms.messages import PartyId
from oots.net.notifier import Notice, NotNotified
from oots.net.server import running
from oots.work import State

pytestmark = pytest.mark.anyio

SILENT = Journal(node="AP_FI_01", record=lambda _: None)
PUSHED = replace(BACKEND, push=Push(url="https://portal.example/told", key=bytes(24)))
ANSWERS_ONLY = replace(PUSHED, name="requester", receives=frozenset({"ExecuteQueryResponse"}))


@dataclass(slots=True)
class Portal:
    """What is told, and how often it fails before."""

    failures: int = 0
    notices: list[Notice] = field(default_factory=list)

    def notify(self, notice: Notice) -> None:
        self.notices.append(notice)
        if self.failures:
            self.failures -= 1
            raise NotNotified("it was answered with HTTP 503")


@pytest.fixture
def mailbox(new_mailbox: NewMailbox) -> Mailbox:
    return new_mailbox(SILENT, backends=[PUSHED, ANSWERS_ONLY])


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def do(mailbox: Mailbox, portal: Portal) -> Callable[[], State | None]:
    """Do the job that is due, as the worker does."""
    pushing = Pushing(mailbox.jobs, [PUSHED, ANSWERS_ONLY], waits=mailbox.inbox.waits, notify=portal.notify)

    def once() -> State | None:
        with mailbox.jobs.database.writing() as connection:
            jobs = mailbox.jobs.claim(connection, [PUSH], owner="me")
        return pushing(jobs[0]) if jobs else None

    return once


Do = Callable[[], State | None]


def test_a_back_end_is_told_once_what_waits_for_it(world: World, mailbox: Mailbox, portal: Portal, do: Do) -> None:
    message = an_incoming(world)
    mailbox.inbox.keep(message)
    mailbox.inbox.keep(replace(message, receipt=b"second"))

    assert (do(), do()) == (State.GONE, None)
    (notice,) = portal.notices
    assert (notice.url, notice.key) == ("https://portal.example/told", bytes(24))
    assert json.loads(notice.body) == {
        "type": "delivery.waiting",
        "timestamp": NOW.isoformat(),
        "data": {
            "message_id": "m1@pt.example",
            "action": "ExecuteQueryRequest",
            "conversation_id": message.message.conversation_id,
        },
    }
    assert "." not in notice.id


def test_being_told_is_not_having_it(world: World, mailbox: Mailbox, do: Do) -> None:
    mailbox.inbox.keep(an_incoming(world))
    do()

    assert len(mailbox.inbox.deliver(REQUEST, NOW, limit=5)) == 1


def test_a_back_end_that_is_away_is_told_again_under_the_same_id(
    world: World, mailbox: Mailbox, portal: Portal, do: Do
) -> None:
    portal.failures = 1
    mailbox.inbox.keep(an_incoming(world))

    assert do() is State.WAITING
    assert do() is None
    make_due(mailbox)
    assert do() is State.GONE
    first, second = portal.notices
    assert first == second


def test_a_back_end_that_has_the_message_by_now_is_not_told(
    world: World, mailbox: Mailbox, portal: Portal, do: Do
) -> None:
    portal.failures = 1
    mailbox.inbox.keep(an_incoming(world))
    do()
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    make_due(mailbox)

    assert do() is State.GONE
    assert len(portal.notices) == 1


def test_a_back_end_that_wants_no_notices_any_more_gets_none(world: World, mailbox: Mailbox, portal: Portal) -> None:
    mailbox.inbox.keep(an_incoming(world))
    pushing = Pushing(mailbox.jobs, [BACKEND], waits=mailbox.inbox.waits, notify=portal.notify)
    with mailbox.jobs.database.writing() as connection:
        (job,) = mailbox.jobs.claim(connection, [PUSH], owner="me")

    assert pushing(job) is State.GONE
    assert portal.notices == []


def test_a_back_end_that_stays_away_is_told_for_an_hour_and_then_an_operator_is(
    world: World, mailbox: Mailbox, portal: Portal, do: Do
) -> None:
    portal.failures = TRIES
    mailbox.inbox.keep(an_incoming(world))
    states = []
    for _ in range(TRIES):
        states.append(do())
        make_due(mailbox)

    with mailbox.jobs.database.reading() as connection:
        (dead,) = mailbox.jobs.dead(connection)
    assert states == [State.WAITING] * (TRIES - 1) + [State.DEAD]
    assert (dead.key, dead.error) == ("m1@pt.example", "it was answered with HTTP 503")
    waits = [wait(attempt) for attempt in range(1, TRIES)]
    assert timedelta(minutes=60) < sum(waits, timedelta()) < timedelta(minutes=90)
    assert max(waits) == timedelta(minutes=5)


def test_a_message_that_is_not_kept_is_not_told(world: World, new_mailbox: NewMailbox) -> None:
    mailbox = new_mailbox(SILENT, max_messages=0, backends=[PUSHED])
    with pytest.raises(Exception, match="full"):
        mailbox.inbox.keep(an_incoming(world))

    with mailbox.jobs.database.writing() as connection:
        assert mailbox.jobs.claim(connection, [PUSH], owner="me") == []


def make_due(mailbox: Mailbox) -> None:
    """Let the time of every job come."""
    with mailbox.jobs.database.writing() as connection:
        connection.exec_driver_sql("UPDATE job SET run_at = '2026-01-01 00:00:00'")


@asynccontextmanager
async def a_portal(told: "asyncio.Queue[bytes]", *, port: int = 0) -> AsyncIterator[str]:
    async def take(request: Request) -> Response:
        told.put_nowait(await request.body())
        return Response(status_code=204)

    app = Starlette(routes=[Route("/told", take, methods=["POST"])])
    async with running(app, host="127.0.0.1", port=port) as bound:
        yield f"{bound.url}/told"


async def test_a_running_gateway_tells_at_once(world: World, ports: dict[PartyId, int]) -> None:
    told: asyncio.Queue[bytes] = asyncio.Queue()
    async with a_portal(told) as url:
        backend = replace(BACKEND, push=Push(url=url, key=bytes(24)))
        async with node(settings_of(world, FINLAND, ports, backends=(backend,))) as finland:
            await asyncio.sleep(0.2)
            await post(world, finland.address, packed(world))
            async with asyncio.timeout(0.8):
                notice = json.loads(await told.get())

    assert notice["data"]["message_id"] == "m1@pt.example"


async def test_a_notice_outlives_the_gateway(world: World, ports: dict[PartyId, int]) -> None:
    told: asyncio.Queue[bytes] = asyncio.Queue()
    async with a_portal(told) as url:
        port = int(url.split(":")[2].split("/")[0])
    backend = replace(BACKEND, push=Push(url=url, key=bytes(24)))
    settings = settings_of(world, FINLAND, ports, backends=(backend,))
    async with node(settings) as finland:
        await post(world, finland.address, packed(world))

    async with a_portal(told, port=port), node(settings), asyncio.timeout(10):
        notice = json.loads(await told.get())

    assert notice["data"]["message_id"] == "m1@pt.example"
