"""
All checks of one file: what is in it is told apart, and each document held against schema, rules and other documents.

Where the bytes come from, and how the findings are shown, is decided elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from oots.edm.documents import MAX_BYTES, read
from oots.errors import EbmsError, MalformedXml, NotChecked, OotsError, OperatorError
from oots.validation.cross import Message, check_together
from oots.validation.files.checked import (
    Checked,
    Told,
    line_assumed,
    not_compared,
    not_looked_at,
    other_line,
    unreadable,
    without_verdict,
)
from oots.validation.files.detecting import ENVELOPES, MESSAGING, Detected, UnknownDocument, contradicts, detect
from oots.validation.files.headers import FoundHeader, find_header, parts_refusals
from oots.validation.files.others import at_most
from oots.validation.files.playing import RulePlayer
from oots.validation.files.rule_books import RuleBook
from oots.validation.files.whole_message import first_document, looks_like_message, open_package
from oots.validation.findings import Finding, Layer
from oots.validation.schematron.rule_sets import Kind
from oots.xml import Element, parse


class FileChecks:
    """The checks of one file after the other, by the same rules."""

    def __init__(self, told: Told, book: RuleBook, player: RulePlayer) -> None:
        self._told = told
        self._book = book
        self._player = player

    def check(self, file: str, chunks: Iterable[bytes]) -> tuple[Checked, ...]:
        """
        Check what is in a file: one document, with its header if that was told, or both of a message.

        Whatever goes wrong is a finding; nothing is raised.
        """
        header = self._told.header
        of_header = () if header is None else (self.check_header(self._told.header_file, header, is_alone=False),)
        try:
            return of_header + tuple(self._in_file(file, chunks))
        except UnknownDocument as error:
            return (*of_header, unreadable(file, str(error), is_known=False))
        except (MalformedXml, EbmsError) as error:
            return (*of_header, unreadable(file, str(error)))
        except OSError as error:
            return (*of_header, unreadable(file, f"it cannot be read: {error.strerror}"))

    def check_header(self, file: str, header: FoundHeader, *, is_alone: bool = True) -> Checked:
        """Check a header.  One that came with its document is compared with others where that is checked."""
        checked = self._by_rules(file, header.element, header.written, self._detected_header(header))
        # What breaks the schema is refused for that, which need not be said twice.
        refusals = () if any(finding.layer is Layer.HEADER for finding in checked.findings) else header.refusals
        findings = (*refusals, *map(_of_header, checked.findings))
        if is_alone and header.compared is not None:
            findings += self._compared(Message(header=header.compared))
        return replace(checked, findings=findings)

    # --- what is in a file --------------------------------------------------------------------------------------------

    def _in_file(self, file: str, chunks: Iterable[bytes]) -> Iterator[Checked]:
        rest = iter(chunks)
        beginning = next(rest, b"")
        whole = chain([beginning], rest)
        if self._told.is_message or (self._told.kind is None and looks_like_message(beginning)):
            yield from self._message(file, whole)
            return
        data = at_most(MAX_BYTES, whole)
        root = parse(data, max_bytes=MAX_BYTES)
        if self._told.kind is Kind.HEADER or (self._told.kind is None and root.tag in (MESSAGING, *ENVELOPES)):
            yield self.check_header(file, find_header(root))
        else:
            yield self._document(file, data, root, self._told.header)

    def _message(self, file: str, chunks: Iterable[bytes]) -> Iterator[Checked]:
        package = open_package(chunks)
        header = find_header(parse(package.root, max_bytes=MAX_BYTES))
        checked = self.check_header(file, header, is_alone=False)
        if header.message is None:
            yield checked
            return
        found = (*checked.findings, *parts_refusals(header.message, package))
        document = first_document(header.message, header.envelope, package)
        if document.content is None:
            yield replace(checked, findings=(*found, not_looked_at(document.reason)))
            return
        yield replace(checked, findings=found)
        try:
            root = parse(document.content, max_bytes=MAX_BYTES)
            yield self._document(file, document.content, root, header)
        except (MalformedXml, UnknownDocument) as error:
            yield unreadable(file, f"the first part: {error}")

    # --- the checks ---------------------------------------------------------------------------------------------------

    def _document(self, file: str, data: bytes, root: Element, header: FoundHeader | None) -> Checked:
        detected = detect(
            root, kind=self._told.kind, line=self._told.line, header=None if header is None else header.element
        )
        checked = self._by_rules(file, root, data, detected)
        try:
            document = read(data)
        except OotsError as error:
            # Perhaps it cannot be read because it is of another line than it says: that comes before all else.
            is_other = header is not None and contradicts(header.element, root)
            contradiction = (other_line(detected.kind),) if is_other else ()
            reason = f"it was not compared with other documents, because it cannot be read: {error}"
            remarks = (not_compared(reason),) if self._told.compares else ()
            return replace(checked, findings=(*contradiction, *checked.findings, *remarks))
        message = Message(document=document, header=None if header is None else header.compared, tree=root)
        return replace(checked, findings=(*checked.findings, *self._compared(message)))

    def _by_rules(self, file: str, element: Element, data: bytes, detected: Detected) -> Checked:
        found = self._book.schema_findings(element, detected.kind, detected.line)
        doubts = (line_assumed(detected.doubt),) if detected.doubt else ()
        checked = Checked(
            file=file, kind=detected.kind, line=detected.line, findings=(*doubts, *found), element=element
        )
        if not self._book.covers(detected.kind):
            return without_verdict(checked, "there is neither a schema nor a rule for it")
        if any(finding.layer is Layer.XML for finding in found):
            return checked  # it is of a size at which nothing else is asked of it
        try:
            played = self._player.play(data, self._book.rule_sets(detected.kind, detected.line))
        except (NotChecked, OperatorError) as error:
            return without_verdict(checked, str(error))
        return replace(checked, findings=(*checked.findings, *played))

    def _compared(self, message: Message) -> tuple[Finding, ...]:
        together = check_together(message, self._told.others)
        undecided = together.undecided if self._told.compares else ()
        return (
            *together.findings,
            *(not_compared(f"was not checked, for want of {item.missing}", item.rule) for item in undecided),
        )

    def _detected_header(self, header: FoundHeader) -> Detected:
        detected = detect(header.element, kind=Kind.HEADER)
        if self._told.line is None or detected.line is None:
            return detected
        return replace(detected, line=self._told.line, doubt=None)


def _of_header(finding: Finding) -> Finding:
    is_rule = finding.layer in (Layer.SCHEMATRON, Layer.CODE_LIST)
    return replace(finding, layer=Layer.HEADER) if is_rule else finding
