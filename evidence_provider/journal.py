"""
What a provider writes into the journal: one method for each thing that may happen to a request (flows.md 6.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence_provider.answer import Answer
from evidence_provider.requests import RequestIds
from oots.codes import Action
from oots.edm.model import ErrorResponse
from oots.journal.events import Component, Event, EventName, Record
from oots.net.gateway_api import Submission
from oots.validation.findings import Finding
from oots.validation.message_rules import notable


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The journal as one transaction has it."""

    node: str
    """Party id of the access point."""
    record: Record
    at: datetime

    def received(self, ids: RequestIds, document: bytes) -> None:
        """A request came: its first part is recorded as it came, before anything interprets it."""
        self._tell(EventName.REQUEST_RECEIVED, ids, {"bytes": str(len(document))}, {"request.xml": document})

    def unreadable(self, ids: RequestIds, reason: str) -> None:
        """A message came without a first part that can be taken."""
        self._tell(EventName.MESSAGE_UNREADABLE, ids, {"reason": reason})

    def unanswerable(self, ids: RequestIds, reason: str) -> None:
        """A request gets no answer."""
        self._tell(EventName.REQUEST_REJECTED, ids, {"reason": reason})

    def rules_broken(self, ids: RequestIds, findings: tuple[Finding, ...]) -> None:
        """A request that is answered breaks rules, if it does; cautions are for whoever writes requests."""
        broken = notable(findings)
        if broken:
            self._tell(EventName.RULES_BROKEN, ids, {"rules": broken})

    def answered(self, ids: RequestIds, answer: Answer) -> None:
        """An answer was made: how the search for the person ended, what was issued, why it is an error."""
        if answer.identity_match is not None:
            rung = answer.identity_match.rung.name.lower().replace("_", " ")
            self._tell(EventName.IDENTITY_MATCH, ids, {"rung": rung, "hits": answer.identity_match.hits})
        for attachment in answer.attachments:
            issued = attachment.document
            facts = {"document": issued.document_number, "sha256": issued.sha256, "bytes": str(issued.content.size)}
            self._tell(EventName.EVIDENCE_ISSUED, ids, facts)
        if isinstance(answer.document, ErrorResponse):
            report = answer.document.exceptions[0]
            facts = {"code": report.code.value, "detail": report.detail or ""}
            self._tell(EventName.REQUEST_REJECTED, ids, facts)

    def sent(self, ids: RequestIds, header: Submission, document: bytes, *, message_id: str) -> None:
        """The access point has the answer, under this MessageId."""
        name = EventName.ERROR_SENT if header.action == Action.EXCEPTION.value else EventName.RESPONSE_SENT
        self._tell(name, ids, {}, {"answer.xml": document}, message_id=message_id, action=header.action)

    def not_sent(self, ids: RequestIds, reason: str, document: bytes | None = None) -> None:
        """The access point does not get the answer, if there was one."""
        documents = {} if document is None else {"answer.xml": document}
        self._tell(EventName.ANSWER_NOT_SENT, ids, {"reason": reason}, documents)

    def _tell(
        self,
        name: EventName,
        ids: RequestIds,
        facts: Mapping[str, str],
        documents: Mapping[str, bytes] | None = None,
        *,
        message_id: str | None = None,
        action: str = Action.REQUEST.value,
    ) -> None:
        self.record(
            Event(
                at=self.at,
                node=self.node,
                component=Component.PROVIDER,
                name=name,
                message_id=message_id or ids.message_id,
                conversation_id=ids.conversation_id,
                exchange_id=ids.exchange_id,
                action=action,
                facts=facts,
                documents=documents or {},
            )
        )
