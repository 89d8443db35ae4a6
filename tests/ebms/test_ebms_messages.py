"""User messages, receipts and errors as values: there and back, and what is refused on the way in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.codes import DEFAULT_MPC, EbmsCode
from oots.dsig import Reference, Transform
from oots.ebms.envelope import read_envelope, write_body, write_envelope, write_messaging
from oots.ebms.messages import (
    ErrorReport,
    ErrorSignal,
    Message,
    PartInfo,
    Party,
    PartyId,
    Property,
    Receipt,
    Service,
    UserMessage,
    read_messaging,
    read_timestamp,
    write_error,
    write_receipt,
    write_timestamp,
    write_user_message,
)
from oots.ebms.schema import check_messaging
from oots.errors import EbmsError, InvalidHeader, ProcessingModeMismatch
from oots.xml import Element, canonical, parse
from tests.ebms.header import HEADER, MESSAGE, SIGNAL, messaging, signal

# --- there and back ---------------------------------------------------------------------------------------------------

_character = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]) | st.sampled_from("\t\n\r<>&\"'")
_printable = st.text(_character, min_size=1, max_size=30)
_value = _printable.filter(lambda text: text == text.strip())
_name = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=12)
_ascii = st.text(st.sampled_from("abcXYZ019@.-_:/+% "), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)
_content_id = st.text(st.sampled_from("abcXYZ019@._-"), min_size=1, max_size=40)
_moment = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  hypothesis wants them bare
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
_property = st.builds(Property, name=_name, value=_value | st.just(""), type=st.none() | _value)
_properties = st.lists(_property, max_size=4, unique_by=lambda item: item.name).map(tuple)
_party = st.builds(Party, party_id=st.builds(PartyId, value=_value, type=st.none() | _value), role=_value)


@st.composite
def _part(draw: st.DrawFn) -> PartInfo:
    compressed = draw(st.booleans())
    own = {"mimetype", "characterset", "compressiontype"}
    return PartInfo(
        content_id=draw(_content_id),
        mime_type=draw(_value if compressed else st.none() | _value),
        compressed=compressed,
        character_set=draw(st.none() | st.sampled_from(["utf-8", "UTF-16", "ISO-8859-1"])),
        properties=tuple(item for item in draw(_properties) if item.name not in own),
    )


_user_message = st.builds(
    UserMessage,
    message_id=_ascii,
    timestamp=_moment,
    sender=_party,
    receiver=_party,
    service=st.builds(Service, value=_value, type=st.none() | _value),
    action=_value,
    conversation_id=_value,
    properties=_properties,
    parts=st.lists(_part(), max_size=4, unique_by=lambda part: part.content_id).map(tuple),
    ref_to_message_id=st.none() | _ascii,
    agreement=st.none() | _value,
    mpc=st.sampled_from([DEFAULT_MPC, "urn:other"]),
)
_transform = st.builds(Transform, algorithm=_ascii, prefixes=st.lists(_name, max_size=3).map(tuple))
_reference = st.builds(
    Reference,
    uri=_ascii,
    transforms=st.lists(_transform, max_size=2).map(tuple),
    digest_method=_ascii,
    digest_value=st.sampled_from(["AAAA", "AA==", "A A\nA A"]),
)
_receipt = st.builds(
    Receipt,
    message_id=_ascii,
    timestamp=_moment,
    ref_to_message_id=_ascii,
    references=st.lists(_reference, max_size=4).map(tuple),
)


def sent_over(unit: str) -> Element:
    """
    Send the unit in `eb:Messaging` as bytes, check it against the schema, and give what arrives.

    What was written is what anyone would digest: its own canonical form.
    """
    made = write_messaging(unit, suffix="1")
    arrived = read_envelope(write_envelope(made, write_body(suffix="1"), security="")).messaging
    assert canonical(arrived).decode() == made.text
    check_messaging(arrived)
    return arrived


@given(message=_user_message)
def test_a_user_message_comes_back_as_it_was(message: UserMessage) -> None:
    made = write_user_message(message)

    assert read_messaging(sent_over(made)) == message


@given(receipt=_receipt)
def test_a_receipt_comes_back_as_it_was(receipt: Receipt) -> None:
    made = write_receipt(receipt)

    assert read_messaging(sent_over(made)) == receipt


@given(error_class=st.sampled_from(EbmsError.__subclasses__()), detail=_value, ref=st.none() | _ascii, moment=_moment)
def test_an_error_comes_back_with_its_code(
    error_class: type[EbmsError], detail: str, ref: str | None, moment: datetime
) -> None:
    made = write_error(error_class(detail, ref_to_message_id=ref), message_id="e@ap", timestamp=moment)

    found = read_messaging(sent_over(made))

    code = error_class.code
    assert found == ErrorSignal(
        message_id="e@ap",
        timestamp=moment,
        ref_to_message_id=ref,
        errors=(
            ErrorReport(
                code=code.value,
                severity="failure",
                short_description=code.short_description,
                detail=detail,
                ref_to_message_in_error=ref,
                category=code.category,
                origin=code.origin,
            ),
        ),
    )


def test_a_long_detail_is_cut() -> None:
    made = write_error(InvalidHeader("x" * 5000), message_id="e@ap", timestamp=datetime(2026, 1, 1, tzinfo=UTC))

    found = read_messaging(sent_over(made))

    assert isinstance(found, ErrorSignal)
    assert found.errors[0].detail == "x" * 1024


# --- the header of TDD 2.0 --------------------------------------------------------------------------------------------


def test_the_header_of_an_oots_request_is_read() -> None:
    assert read_strictly(HEADER) == MESSAGE


def test_and_is_written_as_it_was_read() -> None:
    made = write_user_message(MESSAGE)

    assert canonical(sent_over(made)[0]) == canonical(parse(HEADER.encode()))


def test_blanks_around_values_are_no_part_of_them() -> None:
    spaced = HEADER.replace(">AP_XX_01<", ">\n  AP_XX_01\t<").replace(">oots-edm:v2.0<", "> oots-edm:v2.0\r\n<")

    assert read_messaging(messaging(spaced)) == MESSAGE


def test_part_properties_are_matched_in_any_case() -> None:
    spelled = HEADER.replace("MimeType", "mimetype").replace("CompressionType", "COMPRESSIONTYPE")

    assert read_messaging(messaging(spelled)) == MESSAGE


def test_other_part_properties_are_passed_on() -> None:
    end = "</eb:PartProperties>"
    named = HEADER.replace(end, f'<eb:Property name="PayloadName">a.xml</eb:Property>{end}')
    found = read_messaging(messaging(named))

    assert isinstance(found, UserMessage)
    assert found.parts[0].properties == (Property(name="PayloadName", value="a.xml"),)


def test_a_content_id_is_percent_decoded_once() -> None:
    found = read_messaging(messaging(HEADER.replace("cid:regrep-0b6c2a0e@ap", "cid:a%2540b%40ap")))

    assert isinstance(found, UserMessage)
    assert found.parts[0].content_id == "a%40b@ap-xx-01.example"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T08:00:00.000Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T08:00:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T10:00:00+02:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T08:00:00.123456789Z", datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-23T08:00:00.5Z", datetime(2026, 11, 23, 8, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_timestamps_of_all_stacks_are_read(text: str, moment: datetime) -> None:
    assert read_timestamp(text) == moment


def test_a_timestamp_is_written_in_utc() -> None:
    moment = datetime(2026, 11, 23, 10, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))

    assert write_timestamp(moment) == "2026-11-23T08:00:00.123Z"


# --- refused ----------------------------------------------------------------------------------------------------------

NOTHING = '<ebbp:NonRepudiationInformation xmlns:ebbp="http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"/>'
EMPTY_PART = NOTHING.replace("/>", "><ebbp:MessagePartNRInformation/></ebbp:NonRepudiationInformation>")
FAILURE = '<eb:Error errorCode="EBMS:0004" severity="failure"/>'
WARNING = '<eb:Error errorCode="EBMS:0002" severity="warning"/>'


def read_strictly(units: str) -> Message:
    """Read a header as `unpack` does: first the values, then the schema."""
    found = messaging(units)
    message = read_messaging(found)
    check_messaging(found)
    return message


def refused(units: str) -> EbmsError:
    """Give the refusal."""
    with pytest.raises(EbmsError) as caught:
        read_strictly(units)
    return caught.value


PART = HEADER[HEADER.index("<eb:PartInfo") : HEADER.index("</eb:PayloadInfo>")]
TO = HEADER[HEADER.index("<eb:To>") : HEADER.index("</eb:PartyInfo>")]
REFUSED = {
    "no timestamp": ("<eb:Timestamp>2026-11-23T08:00:00.000Z</eb:Timestamp>", "", "EBMS:0009"),
    "a timestamp that is none": ("2026-11-23T08:00:00.000Z", "yesterday", "EBMS:0009"),
    "a date without time": ("2026-11-23T08:00:00.000Z", "2026-11-23", "EBMS:0009"),
    "a week date": ("2026-11-23T08:00:00.000Z", "2026-W48-1", "EBMS:0009"),
    "a time before all time": ("2026-11-23T08:00:00.000Z", "0001-01-01T00:00:00+14:00", "EBMS:0009"),
    "a time after all time": ("2026-11-23T08:00:00.000Z", "9999-12-31T23:59:59-14:00", "EBMS:0009"),
    "an empty message id": ("m1@ap-xx-01.example", "", "EBMS:0009"),
    "a message id that is too long": ("m1@ap-xx-01.example", "m" * 256, "EBMS:0009"),
    "a message id that is not ASCII": ("m1@ap-xx-01.example", "mé@ap", "EBMS:0009"),
    "a message id of two lines": ("m1@ap-xx-01.example", "m1\n@ap", "EBMS:0009"),
    "a comment in the message id": ("m1@ap-xx-01.example", "m1@ap<!-- -->-xx-01.example", "EBMS:0009"),
    "an instruction in the message id": ("m1@ap-xx-01.example", "m1@ap<?x?>-xx-01.example", "EBMS:0009"),
    "a comment in a party id": ("AP_XX_01", "AP_XX_01<!-- -->.evil", "EBMS:0009"),
    "a comment before a party id": ("AP_XX_01", "<!-- -->AP_XX_01", "EBMS:0009"),
    "an element in a party id": ("AP_XX_01", "AP_XX_01<eb:x/>", "EBMS:0009"),
    "a comment in a property": ("11111111100011", "1111<!-- -->1111100011", "EBMS:0009"),
    "an empty party id": (">AP_XX_01<", "><", "EBMS:0009"),
    "an empty role": ("http://sdg.europa.eu/edelivery/gateway", "", "EBMS:0009"),
    "a value that is too long": ("AP_XX_01", "A" * 1025, "EBMS:0009"),
    "two party ids": (
        "</eb:PartyId>",
        "</eb:PartyId><eb:PartyId>AP_ZZ_01</eb:PartyId>",
        "EBMS:0003",
    ),
    "two receivers": (TO, TO + TO, "EBMS:0009"),
    "no action": ("<eb:Action>ExecuteQueryRequest</eb:Action>", "", "EBMS:0009"),
    "two actions": ("</eb:Action>", "</eb:Action><eb:Action>x</eb:Action>", "EBMS:0009"),
    "an empty agreement": ("<eb:Service ", "<eb:AgreementRef/><eb:Service ", "EBMS:0009"),
    "two agreements": (
        "<eb:Service ",
        "<eb:AgreementRef>a</eb:AgreementRef><eb:AgreementRef>b</eb:AgreementRef><eb:Service ",
        "EBMS:0009",
    ),
    "an empty conversation": ("4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001", "", "EBMS:0009"),
    "the same property twice": ('name="ExchangeId"', 'name="originalSender"', "EBMS:0003"),
    "the same property in other case": ('name="ExchangeId"', 'name="originalsender"', "EBMS:0003"),
    "a property without name": ('name="ExchangeId"', "", "EBMS:0009"),
    "properties without any": (
        HEADER[HEADER.index("<eb:MessageProperties>") : HEADER.index("<eb:PayloadInfo>")],
        "<eb:MessageProperties/>",
        "EBMS:0009",
    ),
    "something else among the properties": ("<eb:MessageProperties>", "<eb:MessageProperties><eb:x/>", "EBMS:0009"),
    "elements in another order": (TO, "", "EBMS:0009"),
    "an unknown element": ("</eb:UserMessage>", "<eb:Extra/></eb:UserMessage>", "EBMS:0009"),
    "an unknown attribute": ("<eb:UserMessage ", '<eb:UserMessage extra="1" ', "EBMS:0009"),
    "no part in PayloadInfo": (PART, "", "EBMS:0009"),
    "a part outside the package": ("cid:regrep-0b6c2a0e@", "https://", "EBMS:0011"),
    "a part in the envelope": ("cid:regrep-0b6c2a0e@ap-xx-01.example", "#body", "EBMS:0011"),
    "a part without content id": ("cid:regrep-0b6c2a0e@ap-xx-01.example", "cid:", "EBMS:0011"),
    "a part without href": ('href="cid:regrep-0b6c2a0e@ap-xx-01.example"', "", "EBMS:0011"),
    "the same part twice": (PART, PART + PART, "EBMS:0003"),
    "the same part twice, percent-encoded": (PART, PART + PART.replace("regrep", "%72egrep"), "EBMS:0003"),
    "too many parts": (PART, "".join(PART.replace("regrep", f"r{n}") for n in range(29)), "EBMS:0003"),
    "another compression": ("application/gzip", "application/zip", "EBMS:0003"),
    "compression of an unknown type": (
        '<eb:Property name="MimeType">application/x-ebrs+xml</eb:Property>',
        "",
        "EBMS:0003",
    ),
    "a character set that is none": ("utf-8", "!utf*", "EBMS:0003"),
    "a part property twice": ('name="CharacterSet"', 'name="MIMETYPE"', "EBMS:0003"),
}


@pytest.mark.parametrize(("old", "new", "code"), REFUSED.values(), ids=REFUSED)
def test_a_header_with(old: str, new: str, code: str) -> None:
    assert old in HEADER

    assert refused(HEADER.replace(old, new)).code.value == code


def test_a_refusal_knows_the_message_in_error() -> None:
    assert refused(HEADER.replace("</eb:Action>", "<x/></eb:Action>")).ref_to_message_id == MESSAGE.message_id
    assert refused(HEADER.replace(MESSAGE.message_id, "mé")).ref_to_message_id is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "EBMS:0003"),
        (HEADER + HEADER, "EBMS:0003"),
        (HEADER + SIGNAL, "EBMS:0003"),
        ('<x:Unit xmlns:x="urn:x"/>', "EBMS:0009"),
        (HEADER.replace("eb:UserMessage", "eb:OtherMessage"), "EBMS:0009"),
        (SIGNAL.replace("eb:SignalMessage", "eb:OtherMessage").replace("$content", FAILURE), "EBMS:0009"),
    ],
)
def test_a_header_with_other_than_one_known_unit(document: str, code: str) -> None:
    assert refused(document).code.value == code


# --- signals as others write them -------------------------------------------------------------------------------------


def read_signal(content: str) -> Message:
    """Read a signal with `content` behind its MessageInfo."""
    return read_messaging(signal(content))


def test_what_peers_put_beside_the_receipt_is_ignored() -> None:
    found = read_signal(f'<eb:Receipt>{NOTHING}<p:phase4 xmlns:p="urn:p">4.4</p:phase4></eb:Receipt>')

    assert isinstance(found, Receipt)
    assert found.references == ()


def test_a_receipt_with_a_warning_is_a_receipt() -> None:
    assert isinstance(read_signal(f"<eb:Receipt>{NOTHING}</eb:Receipt>{WARNING}"), Receipt)


def test_a_receipt_with_a_failure_is_an_error() -> None:
    found = read_signal(f"<eb:Receipt>{NOTHING}</eb:Receipt>{WARNING}{FAILURE}")

    assert isinstance(found, ErrorSignal)
    assert [error.severity for error in found.errors] == ["warning", "failure"]


def test_an_error_needs_no_more_than_code_and_severity() -> None:
    found = read_signal(FAILURE)

    assert isinstance(found, ErrorSignal)
    assert found.errors == (ErrorReport(code="EBMS:0004", severity="failure"),)


def test_the_description_stands_in_for_a_missing_detail() -> None:
    described = FAILURE.replace("/>", '><eb:Description xml:lang="en">why</eb:Description></eb:Error>')
    found = read_signal(described)

    assert isinstance(found, ErrorSignal)
    assert found.errors[0].detail == "why"


@pytest.mark.parametrize(
    "content",
    [
        "",
        '<eb:PullRequest mpc="urn:x"/>',
        "<eb:Receipt/>",
        f"<eb:Receipt>{NOTHING}{NOTHING}</eb:Receipt>",
        f"<eb:Receipt>{EMPTY_PART}</eb:Receipt>",
        f"<eb:Receipt>{NOTHING}</eb:Receipt><eb:Receipt>{NOTHING}</eb:Receipt>",
        '<eb:Error errorCode="EBMS:0004"/>',
        '<eb:Error errorCode="EBMS:0004" severity="Failure"/>',
        '<eb:Error severity="failure"/>',
    ],
)
def test_a_signal_that_says_nothing_clear_is_refused(content: str) -> None:
    with pytest.raises(InvalidHeader):
        read_signal(content)


def test_a_receipt_for_nothing_is_refused() -> None:
    without = SIGNAL.replace("<eb:RefToMessageId>m1@ap-xx-01.example</eb:RefToMessageId>", "")

    with pytest.raises(InvalidHeader):
        read_messaging(messaging(without.replace("$content", f"<eb:Receipt>{NOTHING}</eb:Receipt>")))


def test_every_error_of_ours_names_a_code_of_the_standard() -> None:
    assert all(error.code in EbmsCode for error in EbmsError.__subclasses__())
    assert ProcessingModeMismatch("x").code.value == "EBMS:0010"
