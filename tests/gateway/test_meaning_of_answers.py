from datetime import UTC, datetime, timedelta

import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, packed, pmodes

from gateway.outcome import LASTING, judge
from gateway.outgoing import LEASE, concluded, posting, submitted
from gateway.states import DeliveredBefore, NoAnswer, Outcome, ReceiptAccepted, Refused, State, TemporaryError
from oots.as4 import Packed, Received, pack_receipt
from oots.codes import Action
from oots.ebms.envelope import write_body, write_envelope, write_messaging
from oots.ebms.pmode import PMode
from oots.net.client import ConnectionFailure, PostResult

SOAP = "application/soap+xml; charset=utf-8"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sent(world: World) -> Packed:
    return packed(world)


def outcome(world: World, sent: Packed, result: PostResult | ConnectionFailure, *, attempt: int = 1) -> Outcome:
    on_file = [world.identities[FINLAND].keys.certificate]
    return judge(result, sent=sent, attempt=attempt, on_file=on_file, now=sent.message.timestamp)


def receipt(world: World, sent: Packed, *, ref_to_message_id: str | None = None) -> bytes:
    """Give the receipt that Finland owes for a message."""
    message = packed(world, message_id=ref_to_message_id).message if ref_to_message_id else sent.message
    received = Received(
        message=message,
        payloads=(),
        references=sent.references,
        certificate=world.identities[PORTUGAL].keys.certificate,
        soap=b"",
    )
    keys = world.identities[FINLAND].keys
    return pack_receipt(received, keys=keys, message_id="r@fi.example", suffix="r", now=sent.message.timestamp)


def errors(*found: tuple[str, str]) -> bytes:
    """Give an unsigned error signal, as phase4 sends it, with codes and severities."""
    signal = (
        "<eb:SignalMessage><eb:MessageInfo><eb:Timestamp>2026-05-04T12:00:00Z</eb:Timestamp>"
        "<eb:MessageId>e@fi.example</eb:MessageId><eb:RefToMessageId>m1@pt.example</eb:RefToMessageId>"
        "</eb:MessageInfo>"
        + "".join(
            f'<eb:Error errorCode="{code}" severity="{severity}" shortDescription="Short">'
            "<eb:ErrorDetail>long</eb:ErrorDetail></eb:Error>"
            for code, severity in found
        )
        + "</eb:SignalMessage>"
    )
    return write_envelope(write_messaging(signal, suffix="e"), write_body(suffix="e"), security="")


def answer(body: bytes, status: int = 200, content_type: str = SOAP) -> PostResult:
    return PostResult(status=status, content_type=content_type, body=body)


def test_a_receipt_that_proves_the_message_is_accepted(world: World, sent: Packed) -> None:
    body = receipt(world, sent)

    assert outcome(world, sent, answer(body)) == ReceiptAccepted(soap=body)


def test_a_receipt_for_another_message_is_none(world: World, sent: Packed) -> None:
    found = outcome(world, sent, answer(receipt(world, sent, ref_to_message_id="m2@pt.example")))

    assert found == NoAnswer(code="EBMS:0302", detail="the receipt is for another message")


def test_a_receipt_that_somebody_else_signed_is_none(world: World, sent: Packed) -> None:
    on_file = [world.identities[PORTUGAL].keys.certificate]
    found = judge(answer(receipt(world, sent)), sent=sent, attempt=1, on_file=on_file, now=sent.message.timestamp)

    assert isinstance(found, NoAnswer)
    assert found.code == "EBMS:0302"


def test_a_receipt_counts_only_with_2xx(world: World, sent: Packed) -> None:
    body = receipt(world, sent)

    assert outcome(world, sent, answer(body, 202)) == ReceiptAccepted(soap=body)
    assert outcome(world, sent, answer(body, 500)) == NoAnswer(code="EBMS:0301", detail="HTTP 500 with a receipt")


def test_a_connection_that_fails_is_no_answer(world: World, sent: Packed) -> None:
    found = outcome(world, sent, ConnectionFailure(reason="ConnectError: refused"))

    assert found == NoAnswer(code="EBMS:0005", detail="ConnectError: refused")


@pytest.mark.parametrize("status", [200, 202, 204, 301, 408, 429, 500, 503])
def test_an_empty_body_is_no_answer(world: World, sent: Packed, status: int) -> None:
    found = outcome(world, sent, answer(b"", status))

    assert found == NoAnswer(code="EBMS:0301", detail=f"HTTP {status} with an empty body")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_client_error_says_where_to_look(world: World, sent: Packed, status: int) -> None:
    found = outcome(world, sent, answer(b"<html>no</html>", status, "text/html"))

    assert isinstance(found, NoAnswer)
    assert found.detail.startswith(f"HTTP {status} with no ebMS answer: check the peer's address")


def test_a_body_that_is_no_ebms_with_200_is_an_invalid_receipt(world: World, sent: Packed) -> None:
    found = outcome(world, sent, answer(b"<html>hello</html>", 200, "text/html"))

    assert isinstance(found, NoAnswer)
    assert found.code == "EBMS:0302"


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", ["EBMS:0004", "EBMS:0202", "EBMS:9999"])
def test_an_error_that_may_pass_is_temporary_whatever_the_status(
    world: World, sent: Packed, code: str, status: int
) -> None:
    for attempt in (1, 2, 3):
        found = outcome(world, sent, answer(errors((code, "failure")), status), attempt=attempt)
        assert found == TemporaryError(code=code, detail="Short: long")


@pytest.mark.parametrize("code", sorted(LASTING))
def test_an_error_that_will_not_pass_gets_one_further_attempt(world: World, sent: Packed, code: str) -> None:
    result = answer(errors((code, "failure")))

    assert outcome(world, sent, result) == TemporaryError(code=code, detail="Short: long")
    assert outcome(world, sent, result, attempt=2) == Refused(code=code, detail="Short: long")


def test_of_several_errors_the_one_that_will_not_pass_counts(world: World, sent: Packed) -> None:
    result = answer(errors(("EBMS:0004", "failure"), ("EBMS:0303", "failure"), ("EBMS:0001", "warning")))

    assert outcome(world, sent, result, attempt=2) == Refused(code="EBMS:0303", detail="Short: long")


def test_warnings_without_a_receipt_are_no_answer(world: World, sent: Packed) -> None:
    found = outcome(world, sent, answer(errors(("EBMS:0010", "warning"))))

    assert found == NoAnswer(code="EBMS:0301", detail="warnings came, and no receipt")


def test_a_duplicate_is_delivered_when_we_tried_before_and_a_failure_otherwise(world: World, sent: Packed) -> None:
    result = answer(errors(("EBMS:4001", "failure")))

    assert isinstance(outcome(world, sent, result, attempt=2), DeliveredBefore)
    assert outcome(world, sent, result) == Refused(code="EBMS:4001", detail="Short: long")


# --- the attempts -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pmode() -> PMode:
    known = pmodes(PORTUGAL, {PORTUGAL: "https://pt.example", FINLAND: "https://fi.example"}, (0.0, 60.0, 180.0))
    return known.match_outgoing(FINLAND, Action.REQUEST.value)


NOTHING = NoAnswer(code="EBMS:0301", detail="HTTP 200 with an empty body")


def test_attempts_start_at_the_times_of_the_p_mode_counted_from_the_submission(sent: Packed, pmode: PMode) -> None:
    message = submitted(sent, pmode, backend="b", digest="", now=NOW)
    due_at = [message.due_at]
    for seconds in (1, 62, 185):
        now = NOW + timedelta(seconds=seconds)
        message = concluded(posting(message, now), NOTHING, now)
        due_at.append(message.due_at)

    assert due_at == [NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=180), None]
    assert (message.state, message.attempts) == (State.FAILED, 3)
    assert message.failure is not None
    assert message.failure.code == "EBMS:0301"
    assert message.failure.detail == (
        "no receipt after 3 attempts; the last one: EBMS:0301 HTTP 200 with an empty body"
    )


def test_who_posts_has_the_message_alone_for_the_time_of_a_lease(sent: Packed, pmode: PMode) -> None:
    message = posting(submitted(sent, pmode, backend="b", digest="", now=NOW), NOW)

    assert message.due_at == NOW + LEASE
    assert posting(message, NOW + LEASE).attempts == 2


def test_the_history_tells_every_step(sent: Packed, pmode: PMode) -> None:
    message = posting(submitted(sent, pmode, backend="b", digest="", now=NOW), NOW)
    message = posting(concluded(message, NOTHING, NOW), NOW)
    status = concluded(message, DeliveredBefore(detail="known"), NOW).status()

    assert [(step.state, step.detail) for step in status.history] == [
        ("submitted", ""),
        ("sending", "attempt 1"),
        ("awaiting_retry", "EBMS:0301 HTTP 200 with an empty body"),
        ("sending", "attempt 2"),
        ("acknowledged", "known"),
    ]
