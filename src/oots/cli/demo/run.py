"""
One exchange of the story, from the press of the button to the document, and what it left to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from oots.cli.demo import story
from oots.cli.demo.showcase import MemberState, Showcase, ShownDocument, ShownExchange
from oots.cli.demo.timeline import Timeline
from oots.cli.demo.world import MemberStateNode, World
from oots.edm.lines import LINES
from oots.edm.model import MultilingualString
from oots.errors import OotsError
from oots.net.portal_client import PortalClient


class StoryFailed(OotsError):
    """The exchange did not end with the document that the register issued; the text names the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story told to its end."""

    exchange_id: str
    document: ShownDocument
    total_ms: float


class Storyteller:
    """Plays the person and the portal: everything else is done by the nodes."""

    def __init__(self, world: World, timeline: Timeline, *, lines: Sequence[str] = LINES) -> None:
        """`lines` are those that the provider announces: the exchange follows the highest."""
        self._world = world
        self._timeline = timeline
        self._lines = lines
        self._told: dict[str, Told] = {}

    async def tell(self) -> Told:
        """Have one exchange; raises `StoryFailed` with the step that went wrong."""
        node = self._world.portugal
        portal = PortalClient(node.requester_url, node.requester_token)
        try:
            self._timeline.start()
            journey_id = await portal.open_journey(story.journey())
            opened = await portal.request(journey_id, self._request())
            answered = await portal.exchange(opened["exchange_id"])
            if answered["state"] != "available":
                raise StoryFailed(_why(answered))
            content = await portal.file(answered["exchange_id"], 0)
            document = self._shown(answered["documents"][0], content)
            await portal.acknowledge(answered["exchange_id"])
            total_ms = self._timeline.elapsed_ms
        finally:
            await portal.aclose()
        if not document.is_as_issued:
            raise StoryFailed("the document that came is not the one that the register issued: its SHA-256 differs")
        told = Told(exchange_id=answered["exchange_id"], document=document, total_ms=total_ms)
        self._told[told.exchange_id] = told
        return told

    def _request(self) -> dict[str, Any]:
        return story.request(self._world.finland.provider.settings, lines=self._lines)

    def showcase(self) -> Showcase:
        """Give what the pages show."""
        return Showcase(
            story=story.SENTENCE,
            requester=_member_state(self._world.portugal),
            provider=_member_state(self._world.finland),
            timeline=self._timeline,
            exchanges=self.exchanges,
            run_again=self.tell,
        )

    def exchanges(self) -> list[ShownExchange]:
        """Give all exchanges as they stand now."""
        return [self._shown_exchange(exchange_id) for exchange_id in self._world.portugal.requester.exchanges.ids()]

    def _shown_exchange(self, exchange_id: str) -> ShownExchange:
        exchange = self._world.portugal.requester.exchanges.exchange(exchange_id)
        told = self._told.get(exchange_id)
        return ShownExchange(
            id=exchange.id,
            conversation_id=exchange.conversation_id,
            state=exchange.state,
            procedure=exchange.procedure,
            evidence_type=exchange.evidence_type,
            specification=exchange.specification,
            partner=exchange.access_point.value,
            opened_at=exchange.opened_at,
            total_ms=told.total_ms if told else None,
            failure=exchange.failure.code if exchange.failure else None,
            document=told.document if told else None,
        )

    def _shown(self, described: dict[str, Any], content: bytes) -> ShownDocument:
        number = described["identifier"]
        issued = described["issuing_date"]
        return ShownDocument(
            number=number,
            title=described["title"],
            media_type=described["media_type"],
            content=content,
            sha256=sha256(content).hexdigest(),
            issued_sha256=self._world.finland.provider.issued.sha256_of(number),
            issuing_authority=tuple(
                MultilingualString(text=text, lang=lang) for lang, text in described["issuing_authority"].items()
            ),
            issuing_date=date.fromisoformat(issued) if issued else None,
        )


def _member_state(node: MemberStateNode) -> MemberState:
    return MemberState(
        country=node.country,
        party_id=node.party.value,
        roles=("access point", "evidence requester", "evidence provider"),
        running_since=node.running_since,
    )


def _why(exchange: dict[str, Any]) -> str:
    reason = " ".join(str(exchange[name]) for name in ("code", "edm_code", "detail") if exchange[name])
    return f"the exchange ended as {exchange['state']!r} instead of 'available': {reason or 'no answer came in time'}"
