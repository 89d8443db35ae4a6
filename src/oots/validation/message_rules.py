"""
Everything that the schemas and rules of a line say about one message: its document, and its header.

What several messages say about each other is in `cross`; what a breach means is decided by whoever sends or receives.
"""

from typing import Final

from oots.ebms.envelope import write_messaging
from oots.ebms.messages import UserMessage, write_user_message
from oots.edm.documents import MAX_BYTES
from oots.edm.elements import attribute
from oots.edm.error import FAILURE
from oots.edm.request import QUERY_REQUEST
from oots.edm.response import QUERY_RESPONSE
from oots.edm.slots import known_specification_of
from oots.errors import NotChecked, OperatorError
from oots.validation.findings import Finding, Severity
from oots.validation.schematron.pool import WorkerPool
from oots.validation.schematron.rule_sets import Kind, RuleSet
from oots.validation.xsd import check_document
from oots.xml import Element, parse

MAX_NAMED: Final = 10
"""Rules that a log line or an answer names; more tell nobody more."""


class MessageRules:
    """The rules of both lines, played by workers.  Threads may share it; each waits for its verdict."""

    def __init__(self, workers: WorkerPool) -> None:
        self.workers = workers

    def of_document(self, document: bytes) -> tuple[Finding, ...]:
        """
        Check a document by schema and rules of the line that it names; without a known line nothing is found.

        What breaks its schema is not shown to the rules, which count on it.  Raises `MalformedXml`, and `NotChecked`
        when there is no verdict.
        """
        root = parse(document, max_bytes=MAX_BYTES)
        kind, specification = _kind(root), known_specification_of(root)
        if kind is None or specification is None:
            return ()
        breaches = check_document(root, specification.id)
        return breaches or self._played(document, RuleSet(kind=kind, line=specification.id))

    def of_header(self, message: UserMessage, line: str) -> tuple[Finding, ...]:
        """Check a header by the rules of a line; raises `NotChecked`."""
        messaging = write_messaging(write_user_message(message), suffix="rules").text.encode()
        return self._played(messaging, RuleSet(kind=Kind.HEADER, line=line))

    def _played(self, document: bytes, rule_set: RuleSet) -> tuple[Finding, ...]:
        try:
            return self.workers.check_blocking(document, rule_set)
        except OperatorError as error:
            raise NotChecked(f"the rules cannot be used: {error}") from error


def fatal_ones(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Give the findings for which a message is refused, where it is refused at all."""
    return tuple(finding for finding in findings if finding.severity is Severity.FATAL)


def rules_of(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Name the rules that are broken, each once, `MAX_NAMED` at most."""
    return tuple(dict.fromkeys(finding.rule for finding in findings))[:MAX_NAMED]


def notable(findings: tuple[Finding, ...]) -> str:
    """Say which rules are broken, and how badly, `MAX_NAMED` at most; cautions are for whoever writes documents."""
    said: dict[str, str] = {}
    for severity in (Severity.FATAL, Severity.WARNING):
        for finding in findings:
            if finding.severity is severity:
                said.setdefault(finding.rule, severity.value)
    return ", ".join([f"{rule} ({severity})" for rule, severity in said.items()][:MAX_NAMED])


def _kind(root: Element) -> Kind | None:
    if root.tag == QUERY_REQUEST:
        return Kind.REQUEST
    if root.tag == QUERY_RESPONSE:
        return Kind.ERROR if attribute(root, "status") == FAILURE else Kind.RESPONSE
    return None
