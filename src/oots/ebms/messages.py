"""
User messages and signal messages as values, with `read_` and `write_` for each (ebMS 3.0 Core 5.2; as4.md 1.4 and 1.5).

Reading refuses; what comes out needs no second check.  Whether a P-Mode allows it is decided in `pmode`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from lxml import etree

from oots.canonical_text import element, leaf
from oots.codes import DEFAULT_MPC, MIME_GZIP
from oots.dsig import Reference, read_reference, write_reference
from oots.errors import EbmsError, ExternalPayloadError, InvalidHeader, ValueInconsistent
from oots.xml import DS, EB, EBBP, Element

MAX_PARTS: Final = 28
"""Java peers take at most 30 references in a signature: Messaging, Body and 28 attachments (Santuario)."""

_MESSAGE_ID: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_CHARACTER_SET: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_MAX_VALUE: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyId:
    """Names an Access Point, or a party behind one: a value, and the scheme the value belongs to."""

    value: str
    type: str | None = None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end of the wire (`eb:From` or `eb:To`)."""

    party_id: PartyId
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A named value, of the message or of a part."""

    name: str
    value: str
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`eb:Service`: what is spoken, and the scheme of its name."""

    value: str
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartInfo:
    """
    Announces one payload.

    `mime_type` is that of the payload itself, whatever the wire says; the MSH alone decides about `compressed`.
    """

    content_id: str
    mime_type: str | None
    compressed: bool = False
    character_set: str | None = None
    properties: tuple[Property, ...] = ()
    """Others than MimeType, CharacterSet and CompressionType."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """`eb:UserMessage`: who sends what to whom, and in which conversation."""

    message_id: str
    timestamp: datetime
    sender: Party
    receiver: Party
    service: Service
    action: str
    conversation_id: str
    properties: tuple[Property, ...] = ()
    parts: tuple[PartInfo, ...] = ()
    ref_to_message_id: str | None = None
    agreement: str | None = None
    mpc: str = DEFAULT_MPC

    def property(self, name: str) -> Property | None:
        """Give the message property of that name (exact case), if it is there."""
        return next((item for item in self.properties if item.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A non-repudiation receipt (AS4 1.0, 5.1.8): the references that the receiver verified."""

    message_id: str
    timestamp: datetime
    ref_to_message_id: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """One `eb:Error`."""

    code: str
    severity: str
    short_description: str | None = None
    detail: str | None = None
    ref_to_message_in_error: str | None = None
    category: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSignal:
    """A signal with one or more errors."""

    message_id: str
    timestamp: datetime
    ref_to_message_id: str | None
    errors: tuple[ErrorReport, ...]


SignalMessage = Receipt | ErrorSignal
Message = UserMessage | SignalMessage


def q(name: str) -> str:
    """Give the name in the ebMS namespace."""
    return f"{{{EB}}}{name}"


def write_timestamp(moment: datetime) -> str:
    """Give UTC with milliseconds and `Z`, the form every stack reads."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_timestamp(text: str) -> datetime:
    """Read an xsd:dateTime; without a zone it is UTC, and digits below the microsecond are dropped."""
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        moment = datetime.fromisoformat(trimmed)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidHeader("eb:Timestamp is no xsd:dateTime") from error


def read_messaging(messaging: Element) -> Message:
    """
    Read the one unit of an `eb:Messaging`.

    Raises `InvalidHeader` for what the schema forbids, `ValueInconsistent` for several units or party ids,
    `ExternalPayloadError` for a part outside the package; each knows the MessageId where one could be read.
    """
    units = list(messaging.iterchildren("*"))
    if len(units) != 1:
        raise ValueInconsistent(f"eb:Messaging has {len(units)} units, exactly one is expected")
    unit = units[0]
    try:
        if unit.tag == q("UserMessage"):
            return _read_user_message(unit)
        if unit.tag == q("SignalMessage"):
            return _read_signal_message(unit)
    except EbmsError as error:
        error.ref_to_message_id = error.ref_to_message_id or _readable_message_id(unit)
        raise
    raise InvalidHeader(f"eb:Messaging has an unknown unit {etree.QName(unit).localname!r}")


# --- UserMessage ------------------------------------------------------------------------------------------------------


def _read_user_message(unit: Element) -> UserMessage:
    message_info = _one(unit, "MessageInfo")
    collaboration = _one(unit, "CollaborationInfo")
    party_info = _one(unit, "PartyInfo")
    service = _one(collaboration, "Service")
    properties = _at_most_one(unit, "MessageProperties")
    payload = _at_most_one(unit, "PayloadInfo")
    return UserMessage(
        message_id=_message_id(message_info, "MessageId"),
        timestamp=read_timestamp(_text(_one(message_info, "Timestamp"))),
        ref_to_message_id=_optional_message_id(message_info),
        sender=_read_party(_one(party_info, "From")),
        receiver=_read_party(_one(party_info, "To")),
        service=Service(value=_text(service), type=service.get("type")),
        action=_text(_one(collaboration, "Action")),
        conversation_id=_text(_one(collaboration, "ConversationId")),
        agreement=_optional_text(collaboration, "AgreementRef"),
        properties=() if properties is None else _read_properties(properties),
        parts=() if payload is None else _read_parts(payload),
        mpc=unit.get("mpc", DEFAULT_MPC),
    )


def write_user_message(message: UserMessage) -> str:
    """Write `eb:UserMessage`, to stand in `eb:Messaging`."""
    party_info = _write_party("From", message.sender) + _write_party("To", message.receiver)
    collaboration = (
        ("" if message.agreement is None else leaf("eb:AgreementRef", message.agreement))
        + leaf("eb:Service", message.service.value, type=message.service.type)
        + leaf("eb:Action", message.action)
        + leaf("eb:ConversationId", message.conversation_id)
    )
    unit = (
        _write_message_info(message.message_id, message.timestamp, message.ref_to_message_id)
        + element("eb:PartyInfo", party_info)
        + element("eb:CollaborationInfo", collaboration)
    )
    if message.properties:
        unit += element("eb:MessageProperties", _write_properties(message.properties))
    if message.parts:
        unit += element("eb:PayloadInfo", "".join(map(_write_part, message.parts)))
    return element("eb:UserMessage", unit, mpc=message.mpc)


def _read_party(element: Element) -> Party:
    party_ids = list(element.iterchildren(q("PartyId")))
    if len(party_ids) != 1:
        raise ValueInconsistent(f"eb:{etree.QName(element).localname} has {len(party_ids)} PartyIds, one is expected")
    return Party(
        party_id=PartyId(value=_text(party_ids[0]), type=party_ids[0].get("type")), role=_text(_one(element, "Role"))
    )


def _write_party(name: str, party: Party) -> str:
    party_id = leaf("eb:PartyId", party.party_id.value, type=party.party_id.type)
    return element(f"eb:{name}", party_id + leaf("eb:Role", party.role))


def _read_properties(element: Element) -> tuple[Property, ...]:
    found = tuple(_read_property(child) for child in _children(element, "Property"))
    names = [item.name.lower() for item in found]
    if len(set(names)) != len(names):
        raise ValueInconsistent("a property stands twice")
    return found


def _read_property(element: Element) -> Property:
    name = element.get("name")
    if not name:
        raise InvalidHeader("an eb:Property has no name")
    return Property(name=name, value=_text(element, may_be_empty=True), type=element.get("type"))


def _write_properties(properties: Iterable[Property]) -> str:
    return "".join([leaf("eb:Property", item.value, name=item.name, type=item.type) for item in properties])


def _read_parts(payload: Element) -> tuple[PartInfo, ...]:
    parts = tuple(_read_part(child) for child in _children(payload, "PartInfo"))
    if not parts:
        raise InvalidHeader("eb:PayloadInfo has no PartInfo")
    if len(parts) > MAX_PARTS:
        raise ValueInconsistent(f"{len(parts)} parts are announced, at most {MAX_PARTS} are allowed")
    if len({part.content_id for part in parts}) != len(parts):
        raise ValueInconsistent("two PartInfos announce the same part")
    return parts


def _read_part(element: Element) -> PartInfo:
    href = element.get("href") or ""
    if not href.startswith("cid:") or len(href) == len("cid:"):
        raise ExternalPayloadError("a PartInfo does not point into the package: its href does not start with cid:")
    properties = _at_most_one(element, "PartProperties")
    values = () if properties is None else _read_properties(properties)
    # Domibus matches these three names in any case.
    own = {item.name.lower(): item.value for item in values if item.name.lower() in _OWN_PART_PROPERTIES}
    compression = own.get("compressiontype")
    if compression is not None and compression != MIME_GZIP:
        raise ValueInconsistent(f"CompressionType is {compression[:40]!r}, only {MIME_GZIP!r} is known")
    if compression is not None and not own.get("mimetype"):
        raise ValueInconsistent("a compressed part has no MimeType property")
    character_set = own.get("characterset")
    if character_set is not None and not _CHARACTER_SET.fullmatch(character_set):
        raise ValueInconsistent("CharacterSet is no name of an encoding")
    return PartInfo(
        content_id=unquote(href.removeprefix("cid:")),
        mime_type=own.get("mimetype"),
        compressed=compression is not None,
        character_set=character_set,
        properties=tuple(item for item in values if item.name.lower() not in _OWN_PART_PROPERTIES),
    )


_OWN_PART_PROPERTIES: Final = frozenset({"mimetype", "characterset", "compressiontype"})


def _write_part(part: PartInfo) -> str:
    own = [
        ("MimeType", part.mime_type),
        ("CharacterSet", part.character_set),
        ("CompressionType", MIME_GZIP if part.compressed else None),
    ]
    properties = [Property(name=name, value=value) for name, value in own if value is not None]
    written = _write_properties([*properties, *part.properties])
    return element(
        "eb:PartInfo", element("eb:PartProperties", written) if written else "", href=f"cid:{part.content_id}"
    )


# --- SignalMessage ----------------------------------------------------------------------------------------------------


def _read_signal_message(unit: Element) -> SignalMessage:
    message_info = _one(unit, "MessageInfo")
    message_id = _message_id(message_info, "MessageId")
    timestamp = read_timestamp(_text(_one(message_info, "Timestamp")))
    ref_to_message_id = _optional_message_id(message_info)
    errors = tuple(map(_read_error, unit.iterchildren(q("Error"))))
    warned_only = all(error.severity == "warning" for error in errors)
    if errors and not (warned_only and unit.find(q("Receipt")) is not None):  # as4.md 4.2: acknowledged with a warning
        return ErrorSignal(
            message_id=message_id, timestamp=timestamp, ref_to_message_id=ref_to_message_id, errors=errors
        )
    receipt = _one(unit, "Receipt")
    if ref_to_message_id is None:
        raise InvalidHeader("a receipt has no RefToMessageId")
    return Receipt(
        message_id=message_id,
        timestamp=timestamp,
        ref_to_message_id=ref_to_message_id,
        references=_read_non_repudiation(receipt),
    )


def _read_non_repudiation(receipt: Element) -> tuple[Reference, ...]:
    # phase4 puts a marker element beside NonRepudiationInformation: siblings are ignored.
    found = receipt.findall(f"{{{EBBP}}}NonRepudiationInformation")
    if len(found) != 1:
        raise InvalidHeader("a receipt has no ebbp:NonRepudiationInformation")
    references = []
    for part in found[0].iterchildren(f"{{{EBBP}}}MessagePartNRInformation"):
        children = list(part.iterchildren(f"{{{DS}}}Reference"))
        if len(children) != 1:
            raise InvalidHeader("an ebbp:MessagePartNRInformation has no ds:Reference")
        references.append(read_reference(children[0]))
    return tuple(references)


def write_receipt(receipt: Receipt) -> str:
    """
    Write the `eb:SignalMessage` of a receipt, to stand in `eb:Messaging`.

    `ebbp:NonRepudiationInformation` is the only child of `eb:Receipt`: Domibus refuses a receipt with two.
    """
    parts = "".join(
        [
            element("ebbp:MessagePartNRInformation", write_reference(reference, declares=True))
            for reference in receipt.references
        ]
    )
    information = f'<ebbp:NonRepudiationInformation xmlns:ebbp="{EBBP}">{parts}</ebbp:NonRepudiationInformation>'
    message_info = _write_message_info(receipt.message_id, receipt.timestamp, receipt.ref_to_message_id)
    return element("eb:SignalMessage", message_info + element("eb:Receipt", information))


def _read_error(element: Element) -> ErrorReport:
    code, severity = element.get("errorCode"), element.get("severity")
    if not code or severity not in {"failure", "warning"}:
        raise InvalidHeader("an eb:Error has no errorCode, or a severity other than failure and warning")
    return ErrorReport(
        code=code,
        severity=severity,
        short_description=element.get("shortDescription"),
        detail=_optional_text(element, "ErrorDetail") or _optional_text(element, "Description"),
        ref_to_message_in_error=element.get("refToMessageInError"),
        category=element.get("category"),
        origin=element.get("origin"),
    )


def write_error(error: EbmsError, *, message_id: str, timestamp: datetime) -> str:
    """Write the `eb:SignalMessage` of an error, to stand in `eb:Messaging`."""
    written = element(
        "eb:Error",
        leaf("eb:ErrorDetail", error.detail[:_MAX_VALUE]),
        category=error.code.category,
        errorCode=error.code.value,
        origin=error.code.origin,
        refToMessageInError=error.ref_to_message_id,
        severity="failure",
        shortDescription=error.code.short_description,
    )
    return element("eb:SignalMessage", _write_message_info(message_id, timestamp, error.ref_to_message_id) + written)


# --- common parts -----------------------------------------------------------------------------------------------------


def _write_message_info(message_id: str, timestamp: datetime, ref_to_message_id: str | None) -> str:
    written = leaf("eb:Timestamp", write_timestamp(timestamp)) + leaf("eb:MessageId", message_id)
    if ref_to_message_id is not None:
        written += leaf("eb:RefToMessageId", ref_to_message_id)
    return element("eb:MessageInfo", written)


def _children(element: Element, name: str) -> Iterator[Element]:
    for child in element.iterchildren("*"):
        if child.tag != q(name):
            raise InvalidHeader(f"{etree.QName(child).localname!r} is not expected in the header")
        yield child


def _one(element: Element, name: str) -> Element:
    found = _at_most_one(element, name)
    if found is None:
        raise InvalidHeader(f"eb:{etree.QName(element).localname} has no eb:{name}, one is expected")
    return found


def _at_most_one(element: Element, name: str) -> Element | None:
    # Not `find`: it searches in Python, and a header is read with some forty of these.
    found = list(element.iterchildren(q(name)))
    if len(found) > 1:
        raise InvalidHeader(f"eb:{etree.QName(element).localname} has {len(found)} eb:{name}, one is expected")
    return found[0] if found else None


def _text(element: Element, *, may_be_empty: bool = False) -> str:
    if len(element):
        # A comment splits the text for us and not for the signature, which leaves comments out.
        raise _bad_text(element, "has markup inside its text")
    text = (element.text or "").strip()
    if not text and not may_be_empty:
        raise _bad_text(element, "is empty")
    if len(text) > _MAX_VALUE:
        raise _bad_text(element, f"is longer than {_MAX_VALUE} characters")
    return text


def _bad_text(element: Element, reason: str) -> InvalidHeader:
    return InvalidHeader(f"eb:{etree.QName(element).localname} {reason}")


def _optional_text(element: Element, name: str) -> str | None:
    found = _at_most_one(element, name)
    if found is None:
        return None
    return _text(found, may_be_empty=True)[:_MAX_VALUE] or None


def _message_id(message_info: Element, name: str) -> str:
    text = _text(_one(message_info, name))
    if not _MESSAGE_ID.fullmatch(text):
        raise InvalidHeader(f"eb:{name} is not 1 to 255 printable ASCII characters")
    return text


def _optional_message_id(message_info: Element) -> str | None:
    present = _at_most_one(message_info, "RefToMessageId") is not None
    return _message_id(message_info, "RefToMessageId") if present else None


def _readable_message_id(unit: Element) -> str | None:
    element = unit.find(f"{q('MessageInfo')}/{q('MessageId')}")
    text = "" if element is None else (element.text or "").strip()
    return text if _MESSAGE_ID.fullmatch(text) else None
