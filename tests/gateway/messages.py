"""Messages for the mailbox: one to be sent, and one that came in."""

from datetime import UTC, datetime

from gateway_nodes import BACKEND, FINLAND, PORTUGAL, World, packed, pmodes

from gateway.incoming import Incoming, kept
from gateway.outgoing import Outgoing, submitted
from gateway.stored import MOST_IN_A_ROW
from oots.as4 import Payload, Received
from oots.codes import Action
from oots.spooled import Spooled

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
REQUEST = [Action.REQUEST.value]
LARGE = b"evidence" * (MOST_IN_A_ROW // 8 + 1)
"""A payload that is a blob; a smaller one stands in its row."""


def an_outgoing(
    world: World,
    message_id: str = "m1@pt.example",
    *,
    content: bytes = b"<query/>",
    backend: str = BACKEND.name,
    digest: str = "d",
    now: datetime = NOW,
) -> Outgoing:
    """Give a message that was just submitted; its attempts are a minute apart."""
    agreed = pmodes(PORTUGAL, {PORTUGAL: "https://pt.example", FINLAND: "https://fi.example"}, (0.0, 60.0))
    message = packed(world, message_id=message_id, contents=[content])
    return submitted(message, agreed.match_outgoing(FINLAND, REQUEST[0]), backend=backend, digest=digest, now=now)


def an_incoming(
    world: World,
    message_id: str = "m1@pt.example",
    *,
    content: bytes = b"x",
    receipt: bytes = b"first",
    soap: bytes = b"<soap/>",
    now: datetime = NOW,
) -> Incoming:
    """Give a message that was just verified."""
    sent = packed(world, message_id=message_id, contents=[content], timestamp=NOW)
    received = Received(
        message=sent.message,
        payloads=tuple(Payload(part=part, content=Spooled(content)) for part in sent.message.parts),
        references=sent.references,
        certificate=world.identities[PORTUGAL].keys.certificate,
        soap=soap,
    )
    return kept(received, receipt, now)
