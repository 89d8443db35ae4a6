"""
P-Modes: what two Access Points agreed on, and which agreement a message falls under (as4.md 6).

Certificates are not here: a P-Mode names its parties, and a keyring knows their keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from oots.codes import GATEWAY_ROLE, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import Party, PartyId, Service, UserMessage
from oots.errors import ProcessingModeMismatch, ValueInconsistent

FOUR_CORNERS: Final = ("originalSender", "finalRecipient")
"""Message properties without which no message passes (eDelivery four-corner enhancement)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PMode:
    """One leg of a One-Way/Push exchange; security is that of the eDelivery AS4 1.15 Common Profile, always."""

    initiator: Party
    responder: Party
    service: Service
    action: str
    address: str
    """https URL of the responder."""
    agreement: str | None = None
    compress: bool = True
    retry_after_seconds: tuple[float, ...] = (0.0, 60.0, 180.0)
    """When each attempt starts, counted from the first: within T1, so that nobody waits for a dead message."""
    max_payload_bytes: int | None = None
    """Of one payload that comes in, inflated, where it is less than the Access Point takes from anybody."""

    @property
    def key(self) -> tuple[Party, Party, Service, str, str | None]:
        """What a message must repeat to fall under this P-Mode."""
        return self.initiator, self.responder, self.service, self.action, self.agreement


class PModes:
    """All P-Modes of one Access Point."""

    def __init__(self, own: PartyId, pmodes: Iterable[PMode]) -> None:
        self.own = own
        self._by_key = {pmode.key: pmode for pmode in pmodes}

    def match_incoming(self, message: UserMessage) -> PMode:
        """
        Give the P-Mode of a message that came in.

        Raises `ProcessingModeMismatch`, or `ValueInconsistent` when the four corners are not named.
        """
        pmode = self._by_key.get((message.sender, message.receiver, message.service, message.action, message.agreement))
        if pmode is None or message.receiver.party_id != self.own:
            raise ProcessingModeMismatch(
                f"no P-Mode for PartyId {message.sender.party_id.value!r} to {message.receiver.party_id.value!r}"
                f" with service {message.service.value!r} and action {message.action!r}"
            )
        missing = [name for name in FOUR_CORNERS if message.property(name) is None]
        if missing:
            raise ValueInconsistent(f"message property {' and '.join(missing)} is missing")
        return pmode

    def match_outgoing(self, receiver: PartyId, action: str) -> PMode:
        """Give the P-Mode under which we may send `action` to `receiver`; raises `ProcessingModeMismatch`."""
        for pmode in self._by_key.values():
            if (pmode.initiator.party_id, pmode.responder.party_id, pmode.action) == (self.own, receiver, action):
                return pmode
        raise ProcessingModeMismatch(f"no P-Mode to send action {action!r} to PartyId {receiver.value!r}")


def oots_pmodes(own: PartyId, peers: Sequence[tuple[PartyId, str]], *, own_address: str) -> PModes:
    """
    Give the P-Modes of an OOTS Access Point: every action of QueryManager, to and from every peer.

    `peers` are party ids with their https addresses.  All OOTS parties have one role and are initiator and responder.
    """
    me = Party(party_id=own, role=GATEWAY_ROLE)
    legs = []
    for peer, address in peers:
        them = Party(party_id=peer, role=GATEWAY_ROLE)
        legs += [(me, them, address), (them, me, own_address)]
    return PModes(
        own,
        (
            PMode(
                initiator=initiator,
                responder=responder,
                service=Service(value=SERVICE, type=SERVICE_TYPE),
                action=action.value,
                address=address,
            )
            for initiator, responder, address in legs
            for action in Action
        ),
    )
