import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_nodes import (
    CONVERSATION,
    FINLAND,
    PORTUGAL,
    Node,
    World,
    a_submission,
    finished,
    happens,
    node,
    settings_of,
)

from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.errors import NotFound
from oots.journal.events import EventName
from oots.mime.multipart import split
from oots.net.gateway_client import SubmittedPart
from oots.spooled import Spooled
from oots.wssec.keys import fingerprint

pytestmark = pytest.mark.anyio

ACTIONS = [action.value for action in Action]


async def test_a_message_arrives_as_it_was_submitted_and_its_receipt_is_verified(
    world: World, ports: dict[PartyId, int]
) -> None:
    contents = [Spooled(b"<query:QueryRequest/>" * 1000), Spooled(bytes(range(256)) * 2000)]
    submission = a_submission(
        parts=(
            SubmittedPart(content_id="request@pt.example", mime_type=MIME_REGREP),
            SubmittedPart(
                content_id="annex@pt.example",
                mime_type="application/pdf",
                properties=(Property(name="PayloadName", value="annex.pdf"),),
            ),
        )
    )
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(settings_of(world, FINLAND, ports)) as finland,
    ):
        message_id = await portugal.client.submit(submission, contents)
        (delivery,) = await finland.client.deliveries(ACTIONS, wait=10)
        fetched = [await finland.client.payload(message_id, number, max_bytes=1 << 20) for number in range(2)]
        await finland.client.acknowledge(message_id)
        status = await finished(portugal, message_id)
        with pytest.raises(NotFound):
            await finland.client.payload(message_id, 0, max_bytes=1 << 20)

    assert [content.read() for content in fetched] == [content.read() for content in contents]
    assert (delivery.message_id, delivery.sender, delivery.receiver) == (message_id, PORTUGAL, FINLAND)
    assert (delivery.action, delivery.conversation_id) == ("ExecuteQueryRequest", CONVERSATION)
    assert [(item.name, item.value) for item in delivery.properties] == [
        ("originalSender", "500000000"),
        ("finalRecipient", "0245437-2"),
        ("ExchangeId", "6b2f0a1c-7a43-4f3b-9d3e-111111111111"),
        ("SpecificationId", "oots-edm:v2.0"),
    ]
    assert [(part.content_id, part.mime_type, part.size) for part in delivery.parts] == [
        ("request@pt.example", MIME_REGREP, 21_000),
        ("annex@pt.example", "application/pdf", 512_000),
    ]
    assert delivery.parts[1].properties == (Property(name="PayloadName", value="annex.pdf"),)
    assert delivery.certificate == fingerprint(world.identities[PORTUGAL].keys.certificate)
    assert (status.state, status.attempts, status.failure) == ("acknowledged", 1, None)
    assert [step.state for step in status.history] == ["submitted", "sending", "acknowledged"]


async def test_the_journals_of_both_sides_tell_the_whole_way(world: World, ports: dict[PartyId, int]) -> None:
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(settings_of(world, FINLAND, ports)) as finland,
    ):
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        await finished(portugal, message_id)
        await finland.client.deliveries(ACTIONS, wait=10)
        await finland.client.acknowledge(message_id)

    sent, received = portugal.events, finland.events
    assert [event.name for event in sent] == [EventName.AS4_SUBMITTED, EventName.AS4_SENT, EventName.AS4_RECEIPT]
    assert [event.name for event in received] == [EventName.AS4_RECEIVED, EventName.AS4_DELIVERED]
    assert {
        (event.message_id, event.conversation_id, event.exchange_id, event.action) for event in sent + received
    } == {(message_id, CONVERSATION, "6b2f0a1c-7a43-4f3b-9d3e-111111111111", "ExecuteQueryRequest")}
    # What left is what came, and the receipt that was given is the one that was checked.
    assert sent[1].documents["soap.xml"] == received[0].documents["soap.xml"]
    assert sent[2].documents["receipt.xml"] == received[0].documents["receipt.xml"]
    wire = sent[1].documents["message.mime"]
    boundary = wire[2 : wire.index(b"\r\n")].decode()
    assert (
        split(f"multipart/related; boundary={boundary}", [wire], new_spooled=Spooled).root
        == sent[1].documents["soap.xml"]
    )


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_large_payload_goes_through_encrypted_files_that_are_gone_afterwards(
    world: World, ports: dict[PartyId, int], tmp_path: Path
) -> None:
    folders = {party_id: tmp_path / party_id.value for party_id in ports}
    for folder in folders.values():
        folder.mkdir()
    content = Spooled(bytes(range(256)) * 20_000)
    settings = [settings_of(world, own, ports, spool_folder=folder) for own, folder in folders.items()]
    blobs = [of_one.durability.blob_folder for of_one in settings]
    async with node(settings[0]) as portugal, node(settings[1]) as finland:
        message_id = await portugal.client.submit(a_submission(), [content])
        await finland.client.deliveries(ACTIONS, wait=10)
        assert any(files_in(folder) for folder in blobs)
        fetched = await finland.client.payload(message_id, 0, max_bytes=10 << 20)
        await finland.client.acknowledge(message_id)
        await finished(portugal, message_id)

    assert fetched.read() == content.read()
    assert not any(files_in(folder) for folder in (*folders.values(), *blobs))


async def test_a_peer_that_is_not_there_yet_gets_the_same_bytes_later(world: World, ports: dict[PartyId, int]) -> None:
    settings = settings_of(world, PORTUGAL, ports, retry_after_seconds=(0.0, 0.5, 1.0, 1.5, 2.0))
    async with node(settings) as portugal:
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        await happens(portugal, EventName.AS4_RETRY)
        async with node(settings_of(world, FINLAND, ports)) as finland:
            status = await finished(portugal, message_id)
            (delivery,) = await finland.client.deliveries(ACTIONS, wait=10)

    (first, *_), (received,) = portugal.happened(EventName.AS4_SENT), finland.happened(EventName.AS4_RECEIVED)
    assert status.state == "acknowledged"
    assert status.attempts > 1
    assert delivery.message_id == message_id
    assert first.documents["soap.xml"] == received.documents["soap.xml"]
    assert status.history[2].state == "awaiting_retry"
    assert status.history[2].detail.startswith("EBMS:0005 ConnectError")


async def test_a_peer_that_never_comes_is_told_to_the_back_end(world: World, ports: dict[PartyId, int]) -> None:
    async with node(settings_of(world, PORTUGAL, ports, retry_after_seconds=(0.0, 0.1, 0.2))) as portugal:
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        status = await finished(portugal, message_id)

    assert (status.state, status.attempts) == ("failed", 3)
    assert status.failure is not None
    assert status.failure.code == "EBMS:0301"
    assert status.failure.detail.startswith("no receipt after 3 attempts; the last one: EBMS:0005 ConnectError")
    assert [event.name for event in portugal.events[-3:]] == [
        EventName.AS4_RETRY,
        EventName.AS4_SENT,
        EventName.AS4_FAILURE,
    ]


async def test_a_peer_without_our_p_mode_refuses_and_its_code_reaches_the_back_end(
    world: World, ports: dict[PartyId, int]
) -> None:
    finnish = settings_of(world, FINLAND, ports)
    without = replace(finnish, pmodes=type(finnish.pmodes)(FINLAND, []))
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(without) as finland,
    ):
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        status = await finished(portugal, message_id)

    assert (status.state, status.attempts) == ("failed", 2)
    assert status.failure is not None
    assert status.failure.code == "EBMS:0010"
    assert "no P-Mode" in status.failure.detail
    assert [event.facts["code"] for event in finland.happened(EventName.AS4_REFUSED)] == ["EBMS:0010"] * 2


async def test_many_messages_both_ways_all_arrive_once(world: World, ports: dict[PartyId, int]) -> None:
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(settings_of(world, FINLAND, ports)) as finland,
    ):
        there = [portugal.client.submit(a_submission(), [Spooled(b"<query/>")]) for _ in range(30)]
        back = [finland.client.submit(a_submission(receiver=PORTUGAL), [Spooled(b"<query/>")]) for _ in range(30)]
        sent = await asyncio.gather(*there), await asyncio.gather(*back)
        for sender, message_ids in zip((portugal, finland), sent, strict=True):
            for message_id in message_ids:
                assert (await finished(sender, message_id)).state == "acknowledged"
        came = await collected(finland, 30), await collected(portugal, 30)

    assert [sorted(ids) for ids in came] == [sorted(ids) for ids in sent]
    assert len(finland.happened(EventName.AS4_RECEIVED)) == len(portugal.happened(EventName.AS4_RECEIVED)) == 30


async def collected(receiver: Node, count: int) -> list[str]:
    message_ids: list[str] = []
    while len(message_ids) < count:
        deliveries = await receiver.client.deliveries(ACTIONS, wait=5)
        assert deliveries
        for delivery in deliveries:
            message_ids.append(delivery.message_id)
            await receiver.client.acknowledge(delivery.message_id)
    return message_ids
