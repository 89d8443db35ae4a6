"""
What a peer's answer means for the message we posted (as4.md 4.2 to 4.5), and when the next attempt is due.  Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from gateway.states import DeliveredBefore, NoAnswer, Outcome, ReceiptAccepted, Refused, TemporaryError
from oots.as4 import Accepted, Packed, read_answer
from oots.codes import DUPLICATE_DETECTED, EbmsCode
from oots.ebms.messages import ErrorReport
from oots.ebms.pmode import PMode
from oots.errors import InvalidReceipt
from oots.net.client import ConnectionFailure, PostResult

LASTING: Final = frozenset(
    code.value
    for code in (
        EbmsCode.VALUE_NOT_RECOGNIZED,
        EbmsCode.VALUE_INCONSISTENT,
        EbmsCode.MIME_INCONSISTENCY,
        EbmsCode.FEATURE_NOT_SUPPORTED,
        EbmsCode.INVALID_HEADER,
        EbmsCode.PROCESSING_MODE_MISMATCH,
        EbmsCode.EXTERNAL_PAYLOAD_ERROR,
        EbmsCode.FAILED_AUTHENTICATION,
        EbmsCode.FAILED_DECRYPTION,
        EbmsCode.POLICY_NONCOMPLIANCE,
        EbmsCode.DECOMPRESSION_FAILURE,
    )
)
"""Errors that the same bytes will meet again.  They get one further attempt: many are sent unsigned, and some peers
answer so while they reload their P-Modes."""

_MAX_DETAIL: Final = 300
_CLIENT_ERROR: Final = range(400, 500)
_MAY_PASS: Final = frozenset({408, 429})


def judge(
    result: PostResult | ConnectionFailure,
    *,
    sent: Packed,
    attempt: int,
    on_file: Sequence[x509.Certificate],
    now: datetime,
) -> Outcome:
    """
    Tell how attempt number `attempt`, counted from 1, ended.

    `on_file` are the signing certificates of the responder.  ebMS errors are read whatever the HTTP status says, since
    stacks differ there; a receipt counts only with 2xx.
    """
    if isinstance(result, ConnectionFailure):
        return NoAnswer(code=EbmsCode.CONNECTION_FAILURE.value, detail=result.reason)
    if not result.body:
        return _no_receipt(result, "an empty body")
    try:
        answer = read_answer(result.content_type, result.body, sent=sent, on_file=on_file, now=now)
    except InvalidReceipt as error:
        if not _succeeded(result):
            return _no_receipt(result, "no ebMS answer")
        return NoAnswer(code=error.code.value, detail=error.detail[:_MAX_DETAIL])
    if not isinstance(answer, Accepted):
        return _complaint(answer.errors, attempt)
    return ReceiptAccepted(soap=answer.soap) if _succeeded(result) else _no_receipt(result, "a receipt")


def next_attempt(pmode: PMode, *, attempts: int, submitted_at: datetime) -> datetime | None:
    """Give when the attempt after `attempts` is due; None when the P-Mode has no more."""
    if attempts >= len(pmode.retry_after_seconds):
        return None
    return submitted_at + timedelta(seconds=pmode.retry_after_seconds[attempts])


def _complaint(errors: Sequence[ErrorReport], attempt: int) -> Outcome:
    failures = [error for error in errors if error.severity == "failure"]
    if not failures:
        return NoAnswer(code=EbmsCode.MISSING_RECEIPT.value, detail="warnings came, and no receipt")
    worst = next((error for error in failures if error.code in LASTING), failures[0])
    detail = ": ".join(filter(None, (worst.short_description, worst.detail)))[:_MAX_DETAIL]
    if worst.code == DUPLICATE_DETECTED:
        if attempt > 1:
            return DeliveredBefore(detail="the peer has the message from an earlier attempt; no receipt proves it")
        return Refused(code=worst.code, detail=detail)
    if worst.code in LASTING and attempt > 1:
        return Refused(code=worst.code, detail=detail)
    return TemporaryError(code=worst.code, detail=detail)


def _no_receipt(result: PostResult, found: str) -> NoAnswer:
    detail = f"HTTP {result.status} with {found}"
    if result.status in _CLIENT_ERROR and result.status not in _MAY_PASS:
        detail += ": check the peer's address, and the certificate we show it"
    return NoAnswer(code=EbmsCode.MISSING_RECEIPT.value, detail=detail)


def _succeeded(result: PostResult) -> bool:
    return 200 <= result.status < 300
