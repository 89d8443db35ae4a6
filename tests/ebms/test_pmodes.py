"""Which agreement a message falls under: everything that was agreed on has to be as it was agreed on."""

from dataclasses import replace

import pytest

from oots.codes import PARTY_TYPE_OOTS, Action
from oots.ebms.messages import Party, PartyId, Property, Service, UserMessage
from oots.ebms.pmode import PMode, PModes, oots_pmodes
from oots.errors import ProcessingModeMismatch, ValueInconsistent
from tests.ebms.header import MESSAGE

XX, YY, ZZ = (PartyId(value=f"AP_{name}_01", type=PARTY_TYPE_OOTS) for name in ("XX", "YY", "ZZ"))
OURS = oots_pmodes(
    YY, [(XX, "https://xx.example/as4"), (ZZ, "https://zz.example/as4")], own_address="https://yy.example"
)


def from_party(**changes: str | None) -> Party:
    """Change the sender."""
    party_id = replace(MESSAGE.sender.party_id, **{key: value for key, value in changes.items() if key != "role"})
    return Party(party_id=party_id, role=changes.get("role") or MESSAGE.sender.role)


@pytest.mark.parametrize("action", Action)
def test_every_action_of_a_peer_has_a_pmode(action: Action) -> None:
    pmode = OURS.match_incoming(replace(MESSAGE, action=action.value))

    assert (pmode.initiator.party_id, pmode.responder.party_id, pmode.action) == (XX, YY, action.value)


OTHERWISE = {
    "another sender": replace(MESSAGE, sender=from_party(value="AP_QQ_01")),
    "a sender in other case": replace(MESSAGE, sender=from_party(value="ap_xx_01")),
    "a sender of another type": replace(MESSAGE, sender=from_party(type="urn:other")),
    "a sender without type": replace(MESSAGE, sender=from_party(type=None)),
    "a sender in another role": replace(MESSAGE, sender=from_party(role="urn:other")),
    "another receiver": replace(MESSAGE, receiver=replace(MESSAGE.receiver, party_id=ZZ)),
    "a receiver in another role": replace(MESSAGE, receiver=replace(MESSAGE.receiver, role="urn:other")),
    "a message of our own": replace(MESSAGE, sender=MESSAGE.receiver, receiver=MESSAGE.sender),
    "a message from us to us": replace(MESSAGE, sender=MESSAGE.receiver),
    "another service": replace(MESSAGE, service=replace(MESSAGE.service, value="LifecycleManager")),
    "a service of another type": replace(MESSAGE, service=Service(value=MESSAGE.service.value, type="urn:other")),
    "a service without type": replace(MESSAGE, service=Service(value=MESSAGE.service.value)),
    "another action": replace(MESSAGE, action="SubmitObjectsRequest"),
    "an action in other case": replace(MESSAGE, action="executequeryrequest"),
    "an agreement": replace(MESSAGE, agreement="urn:agreement"),
}


@pytest.mark.parametrize("message", OTHERWISE.values(), ids=OTHERWISE)
def test_no_pmode_for(message: UserMessage) -> None:
    with pytest.raises(ProcessingModeMismatch):
        OURS.match_incoming(message)


def test_a_message_between_two_others_is_not_ours() -> None:
    elsewhere = PMode(
        initiator=MESSAGE.sender,
        responder=replace(MESSAGE.receiver, party_id=ZZ),
        service=MESSAGE.service,
        action=MESSAGE.action,
        address="https://zz.example/as4",
    )

    with pytest.raises(ProcessingModeMismatch):
        PModes(YY, [elsewhere]).match_incoming(replace(MESSAGE, receiver=elsewhere.responder))


@pytest.mark.parametrize("missing", [["originalSender"], ["finalRecipient"], ["originalSender", "finalRecipient"]])
def test_all_four_corners_have_to_be_named(missing: list[str]) -> None:
    properties = tuple(item for item in MESSAGE.properties if item.name not in missing)

    with pytest.raises(ValueInconsistent, match=" and ".join(missing)):
        OURS.match_incoming(replace(MESSAGE, properties=properties))


def test_corners_are_named_in_exact_case() -> None:
    properties = (Property(name="OriginalSender", value="1"), Property(name="finalRecipient", value="2"))

    with pytest.raises(ValueInconsistent):
        OURS.match_incoming(replace(MESSAGE, properties=properties))


def test_an_agreement_that_was_made_is_asked_for() -> None:
    agreed = PMode(
        initiator=MESSAGE.sender,
        responder=MESSAGE.receiver,
        service=MESSAGE.service,
        action=MESSAGE.action,
        address="https://yy.example",
        agreement="urn:agreement",
    )
    pmodes = PModes(YY, [agreed])

    assert pmodes.match_incoming(replace(MESSAGE, agreement="urn:agreement")) is agreed
    with pytest.raises(ProcessingModeMismatch):
        pmodes.match_incoming(MESSAGE)


@pytest.mark.parametrize("action", Action)
def test_what_goes_out_goes_to_the_address_of_the_peer(action: Action) -> None:
    pmode = OURS.match_outgoing(XX, action.value)

    assert (pmode.initiator.party_id, pmode.address) == (YY, "https://xx.example/as4")


def test_nothing_goes_out_to_strangers_or_for_unknown_actions() -> None:
    with pytest.raises(ProcessingModeMismatch):
        OURS.match_outgoing(PartyId(value="AP_QQ_01", type=PARTY_TYPE_OOTS), Action.REQUEST.value)
    with pytest.raises(ProcessingModeMismatch):
        OURS.match_outgoing(XX, "SubmitObjectsRequest")


def test_all_attempts_lie_within_the_time_that_a_user_waits() -> None:
    schedule = OURS.match_outgoing(XX, Action.REQUEST.value).retry_after_seconds

    assert schedule[0] == 0
    assert list(schedule) == sorted(schedule)
