"""
The demo's world as those see it who play in it: portals, services behind an access point, and the journals.
"""

import copy
import sqlite3
import threading
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from evidence_provider.answer import Answer, answer
from evidence_provider.invented_people import DEMO_CITIZEN, NAMESAKES
from evidence_provider.register import Register, RegisteredPerson
from evidence_requester.api import JourneyBody, RequestBody
from evidence_requester.exchange import Exchange, Journey, OpenExchange
from evidence_requester.request import open_exchange, party, properties, submission
from evidence_requester.states import Event as Happening
from evidence_requester.tables import JOB
from oots.cli.demo import story
from oots.cli.demo.world import MemberStateNode, World
from oots.codes import MIME_REGREP, Action
from oots.edm.documents import read_answer, write
from oots.edm.model import ErrorResponse, EvidenceResponse, NaturalPerson
from oots.edm.specification import V2_0
from oots.journal.events import Event, EventName
from oots.net.gateway_client import GatewayClient, Submission, SubmittedPart
from oots.net.portal_client import PortalClient
from oots.spooled import Spooled
from tests.exchange.back_door import until

NOBODY = RegisteredPerson(
    register_number="010101-901X",
    family_name="Tuntematon",
    given_name="Olematon",
    date_of_birth=date(1901, 1, 2),
    place_of_birth=None,
    birth_name=None,
    gender="Male",
    eidas_value="NEVERGIVEN22",
)
"""In no register."""


def remember(node: MemberStateNode, exchange: OpenExchange, *happenings: Happening) -> None:
    """Have the requester of a node know an exchange, to which some things have happened; its request is not sent."""
    books = node.requester._books
    header = submission(exchange, content_id=f"{new_id()}@pt.example")
    subject = exchange.request.subject
    assert isinstance(subject, NaturalPerson)
    journey = Journey(id=exchange.conversation_id, procedure=exchange.procedure, subject=subject)
    with books.stores.database.writing() as connection:
        books.journeys.open(connection, journey, now=exchange.opened_at)
        books.exchanges.open(connection, exchange, header, write(exchange.request))
        for happening in happenings:
            books.exchanges.move(connection, exchange.id, happening, now=exchange.opened_at)


class Journal:
    """Everything that was recorded, by both nodes and from any thread."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._lock = threading.Lock()

    def record(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)

    def of(self, *names: EventName, **wanted: str) -> list[Event]:
        """Give the events of these names, or of any; `wanted` are values that their fields have."""
        return [
            event
            for event in self.events
            if (not names or event.name in names)
            and all(getattr(event, field) == value for field, value in wanted.items())
        ]

    async def wait_for(self, *names: EventName, **wanted: str) -> Event:
        """Give the first such event, as soon as there is one."""
        await until(lambda: self.of(*names, **wanted))
        return self.of(*names, **wanted)[0]


class Play:
    """A running world, and handles to everything in it."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.portal = _portal(world.portugal)
        self.finnish_portal = _portal(world.finland)
        self.portugal = _gateway(world.portugal, world.portugal.requester.settings.gateway_token)
        self.finland = _gateway(world.finland, world.finland.provider_token)

    async def aclose(self) -> None:
        for client in (self.portal, self.finnish_portal, self.portugal, self.finland):
            await client.aclose()

    # --- as the portal ------------------------------------------------------------------------------------------------

    async def ask(
        self, person: RegisteredPerson = DEMO_CITIZEN, *, subject: dict[str, Any] | None = None, **request: Any
    ) -> dict[str, Any]:
        """Have one exchange through the portal's API, with changes to the story; give it as it ended."""
        journey = story.journey()
        journey["subject"] = subject_of(person) | (subject or {})
        journey_id = await self.portal.open_journey(journey)
        opened = await self.portal.request(journey_id, self.request(**request))
        return await self.portal.exchange(opened["exchange_id"], wait=20)

    def request(self, **changes: Any) -> dict[str, Any]:
        """Give the portal's request of the story; a change to a part of it names what differs in the part."""
        request = copy.deepcopy(story.request(self.world.finland.provider.settings))
        for name, value in changes.items():
            request[name] = request[name] | value if isinstance(value, dict) else value
        return request

    def person_without_birth_record(self) -> RegisteredPerson:
        """Give somebody from the Finnish register who was born abroad."""
        register = self.world.finland.provider.settings.register
        question = (
            "SELECT register_number, family_name, given_name, date_of_birth, eidas_value FROM person "
            "WHERE register_number NOT IN (SELECT register_number FROM birth_record) AND eidas_value IS NOT NULL"
        )
        with closing(sqlite3.connect(register)) as connection:
            number, family_name, given_name, born, eidas_value = connection.execute(question).fetchone()
        return replace(
            NOBODY,
            register_number=number,
            family_name=family_name,
            given_name=given_name,
            date_of_birth=date.fromisoformat(born),
            eidas_value=eidas_value,
        )

    # --- as a service behind the Portuguese access point --------------------------------------------------------------

    def open(self, line: str = V2_0, **changes: Any) -> OpenExchange:
        """Give an exchange of the story that nobody knows of yet; `changes` are fields of its request."""
        body = JourneyBody(**story.journey())
        exchange = open_exchange(
            Journey(id=new_id(), procedure=body.procedure, subject=body.subject.natural_person()),
            replace(RequestBody(**self.request()).wish(), conforms_to=(line,)),
            requester=story.MUNICIPALITY,
            request_id=new_id(),
            exchange_id=new_id(),
            message_id=f"{new_id()}@pt.example",
            now=datetime.now(UTC),
        )
        return replace(exchange, request=replace(exchange.request, **changes))

    async def send(self, exchange: Exchange, document: bytes | None = None, **header: Any) -> str:
        """Send a request, or what is given instead, with changes to its header; give its MessageId."""
        message = replace(submission(exchange, content_id=f"{new_id()}@pt.example"), **header)
        return await self.portugal.submit(message, [Spooled(write(exchange.request) if document is None else document)])

    async def answer_to(self, message_id: str) -> EvidenceResponse | ErrorResponse:
        """Give the Finnish provider's answer to the request of that MessageId, once Portugal has it."""
        request = await self.journal.wait_for(EventName.REQUEST_RECEIVED, message_id=message_id)
        assert request.conversation_id is not None
        received = (EventName.RESPONSE_RECEIVED, EventName.ERROR_RECEIVED)
        event = await self.journal.wait_for(*received, conversation_id=request.conversation_id)
        return read_answer(event.documents["answer.xml"])

    # --- as a service behind the Finnish access point -----------------------------------------------------------------

    async def expect(self, exchange: OpenExchange) -> OpenExchange:
        """Have the Portuguese requester wait for the answer to a request that was never sent."""
        remember(self.world.portugal, exchange, Happening.GATEWAY_ACCEPTED)
        expected = self.state_of(exchange)
        assert isinstance(expected, OpenExchange)
        return expected

    def true_answer(self, exchange: Exchange) -> Answer:
        """Give what the Finnish provider would answer."""
        settings = self.world.finland.provider.settings
        return answer(
            exchange.request,
            replayed=False,
            register=Register(settings.register),
            settings=settings,
            now=datetime.now(UTC),
            new_id=new_id,
        )

    async def reply(
        self,
        exchange: Exchange,
        given: Answer,
        *,
        document: bytes | None = None,
        content_id: str = "answer@fi.example",
        parts: tuple[SubmittedPart, ...] | None = None,
        **header: Any,
    ) -> str:
        """
        Send an answer from Finland, with changes to its header; give its MessageId.

        `document` goes instead of the answer's own, `parts` instead of its documents.
        """
        contents = {item.content_id: item.document.content for item in given.attachments}
        if parts is None:
            parts = tuple(
                SubmittedPart(content_id=item.content_id, mime_type=item.document.media_type)
                for item in given.attachments
            )
        is_error = isinstance(given.document, ErrorResponse)
        message = Submission(
            action=(Action.EXCEPTION if is_error else Action.RESPONSE).value,
            conversation_id=exchange.conversation_id,
            receiver=story.PORTUGAL,
            original_sender=party(self.world.finland.provider.settings.identifier),
            final_recipient=party(story.MUNICIPALITY.identifier),
            properties=properties(exchange),
            parts=(SubmittedPart(content_id=content_id, mime_type=MIME_REGREP), *parts),
        )
        leading = Spooled(write(given.document) if document is None else document)
        others = [contents.get(part.content_id, Spooled(b"something")) for part in parts]
        return await self.finland.submit(replace(message, **header), [leading, *others])

    async def dealt_with(self, message_id: str) -> None:
        """Wait until the back end of the receiver has acknowledged a message, and has done what follows from it."""
        await self.journal.wait_for(EventName.AS4_DELIVERED, message_id=message_id)
        await until(lambda: not self._has_work(message_id))

    def _has_work(self, message_id: str) -> bool:
        found = select(JOB).where(JOB.c.key == message_id)
        services = (self.world.portugal.requester, self.world.finland.provider)
        for database in (service.jobs.database for service in services):
            with database.reading() as connection:
                if connection.execute(found).first() is not None:
                    return True
        return False

    def state_of(self, exchange: Exchange) -> Exchange:
        """Give an exchange as the Portuguese requester knows it now, with its request as long as that is kept."""
        found = self.world.portugal.requester.exchanges.correlate(exchange.id, None)
        assert found is not None
        return found


def new_id() -> str:
    return str(uuid.uuid4())


def subject_of(person: RegisteredPerson) -> dict[str, Any]:
    """Give a person as the portal knows somebody who has signed in."""
    subject = {
        "level_of_assurance": "Substantial",
        "family_name": person.family_name,
        "given_name": person.given_name,
        "date_of_birth": person.date_of_birth.isoformat(),
    }
    if person.eidas_value is not None:
        subject["identifier"] = {"value": f"FI/PT/{person.eidas_value}", "scheme": "eidas"}  # type: ignore[assignment]
    return subject


def traces_of_people(*texts: str) -> list[str]:
    """Give those texts that let on who somebody in the play is."""
    people = (DEMO_CITIZEN, *NAMESAKES, NOBODY)
    traces = {
        trace.casefold()
        for person in people
        for trace in (
            person.family_name,
            *person.given_name.split(),
            person.date_of_birth.isoformat(),
            person.register_number,
            person.eidas_value or person.register_number,
        )
    }
    return [text for text in texts if any(trace in text.casefold() for trace in traces)]


def _portal(node: MemberStateNode) -> PortalClient:
    return PortalClient(node.requester_url, node.requester_token)


def _gateway(node: MemberStateNode, token: str) -> GatewayClient:
    return GatewayClient(node.requester.settings.gateway_url, token)
