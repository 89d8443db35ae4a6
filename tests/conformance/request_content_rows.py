"""The table of changes of EDM-REQ-C for plain values, requirements, requester and provider."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.changes import (
    BOTH,
    Row,
    accepts,
    add,
    refuses,
    remove,
    remove_attribute,
    repeat,
    set_attribute,
    set_text,
)
from tests.conformance.request_paths import (
    AS_IT_IS,
    ER,
    EVIDENCE_TYPE,
    IP,
    PROCEDURE,
    PROVIDER,
    REPOSITORY,
    REQUIREMENT,
    SPECIFICATION,
    TEST_REPOSITORY,
    UUID,
    legal,
    natural,
    slot,
)

EAS: Final = "urn:cef.eu:names:identifier:EAS:"
UNREGISTERED: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"

LANGUAGES: Final = {
    ("R-EDM-REQ-C009", "R-EDM-REQ-C010"): f"{REQUIREMENT}/sdg:Name[1]",
    ("R-EDM-REQ-C093", "R-EDM-REQ-C094"): f"{REQUIREMENT}/sdg:Description[1]",
    ("R-EDM-REQ-C108", "R-EDM-REQ-C109"): f"{ER}/sdg:Name[1]",
    ("R-EDM-REQ-C110", "R-EDM-REQ-C111"): f"{PROVIDER}/sdg:Name[1]",
    ("R-EDM-REQ-C028", "R-EDM-REQ-C029"): f"{EVIDENCE_TYPE}/sdg:Title[1]",
    ("R-EDM-REQ-C030", "R-EDM-REQ-C031"): f"{EVIDENCE_TYPE}/sdg:Description[1]",
}
"""Which rule wants a listed language, which one a language at all, and of what."""


def languages() -> Iterator[Row]:
    """With a language in small letters, blank, or missing."""
    for (listed, present), path in LANGUAGES.items():
        finnish = accepts("Finnish, as FI", set_attribute(path, "lang", "FI"))
        yield natural(listed, refuses("Finnish, as fi", set_attribute(path, "lang", "fi")), finnish)
        yield natural(present, refuses("no language", remove_attribute(path, "lang")), finnish)
        blank = refuses("a blank language", set_attribute(path, "lang", " "))
        yield natural(present, blank, finnish, companions=[listed])


def agents() -> Iterator[Row]:
    """With identifiers of requester and provider that are not in the form of an agent's."""
    for present, scheme, agent in (
        ("R-EDM-REQ-C011", "R-EDM-REQ-C012", ER),
        ("R-EDM-REQ-C017", "R-EDM-REQ-C018", PROVIDER),
    ):
        path = f"{agent}/sdg:Identifier"
        yield natural(
            present, refuses("no schemeID", remove_attribute(path, "schemeID")), AS_IT_IS, companions=[scheme]
        )
        yield natural(
            scheme,
            refuses("an address scheme that does not exist", set_attribute(path, "schemeID", f"{EAS}0000")),
            accepts("another address scheme", set_attribute(path, "schemeID", f"{EAS}0088")),
        )
        yield natural(
            scheme,
            refuses("unregistered in a country outside of OOTS", set_attribute(path, "schemeID", f"{UNREGISTERED}CH")),
            accepts("unregistered in OOTS", set_attribute(path, "schemeID", f"{UNREGISTERED}oots")),
        )
        yield natural(
            scheme,
            refuses("an identifier of 256 characters", set_text(path, "1" * 256)),
            accepts("an identifier of 255 characters", set_text(path, "1" * 255)),
        )


def slots_with_one_value() -> Iterator[Row]:
    """Of a request."""
    for line in BOTH:
        value = f"{SPECIFICATION}/rim:Value"
        yield natural(
            "R-EDM-REQ-C001",
            refuses("the specification with a blank behind it", set_text(value, f"oots-edm:v{line} ")),
            AS_IT_IS,
            lines=(line,),
        )
    time = f"{slot('IssueDateTime')}/rim:SlotValue/rim:Value"
    yield natural(
        "R-EDM-REQ-C002",
        refuses("a time without seconds", set_text(time, "2026-11-23T08:15Z")),
        accepts("a time without zone", set_text(time, "2026-11-23T08:15:00")),
    )
    text = f"{PROCEDURE}/rim:Value/rim:LocalizedString"
    yield natural(
        "R-EDM-REQ-C003",
        refuses("a procedure that does not exist", set_attribute(text, "value", "X8")),
        accepts("the procedure of a system check", set_attribute(text, "value", "00")),
        lines=("1.2",),
    )
    yield natural(
        "R-EDM-REQ-C003",
        refuses("a procedure that does not exist", set_text(f"{PROCEDURE}/rim:Value", "X8")),
        accepts("the procedure of a system check", set_text(f"{PROCEDURE}/rim:Value", "00")),
        lines=("2.0",),
    )
    yield natural(
        "R-EDM-REQ-C004",
        refuses("the procedure in the language en", set_attribute(text, "xml:lang", "en")),
        accepts("the procedure in the language FR", set_attribute(text, "xml:lang", "FR")),
        lines=("1.2",),
    )
    yield natural(
        "R-EDM-REQ-C069",
        refuses("the request in the language sv", set_attribute(".", "xml:lang", "sv")),
        accepts("the request in no language", remove_attribute(".", "xml:lang")),
        lines=("1.2",),
    )
    for rule, name, lines in (
        ("R-EDM-REQ-C005", "PreviewLocation", BOTH),
        ("R-EDM-REQ-C120", "ReturnLocation", ("2.0",)),
    ):
        location = f"{slot(name)}/rim:SlotValue/rim:Value"
        yield legal(
            rule,
            refuses("a place without TLS", set_text(location, "http://portal.town.example/7f3c")),
            accepts("another place", set_text(location, "https://portal.town.example/7f3c")),
            lines=lines,
        )


ROWS: Final[tuple[Row, ...]] = (
    *slots_with_one_value(),
    *languages(),
    *agents(),
    natural(
        "R-EDM-REQ-C008",
        refuses(
            "a Requirement in capitals",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{REPOSITORY}/requirements/{UUID.upper()}"),
        ),
        accepts(
            "a Requirement with blanks around",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f" {REPOSITORY}/requirements/{UUID} "),
        ),
    ),
    natural(
        "R-EDM-REQ-C008",
        refuses(
            "something behind the Requirement",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{REPOSITORY}/requirements/{UUID}/1"),
        ),
        accepts(
            "another Requirement",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{REPOSITORY}/requirements/{UUID}"),
        ),
    ),
    natural(
        "R-EDM-REQ-C008",
        refuses(
            "something before the Requirement",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"see {REPOSITORY}/requirements/{UUID}"),
        ),
        accepts(
            "another Requirement",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{REPOSITORY}/requirements/{UUID}"),
        ),
    ),
    natural(
        "R-EDM-REQ-C112",
        refuses(
            "a Requirement of a test repository",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{TEST_REPOSITORY}/requirements/{UUID}"),
        ),
        accepts(
            "another Requirement of the repository",
            set_text(f"{REQUIREMENT}/sdg:Identifier", f"{REPOSITORY}/requirements/{UUID[::-1][-8:]}{UUID[8:]}"),
        ),
    ),
    legal(
        "R-EDM-REQ-C013",
        refuses("an intermediary that is not classified", remove(f"{IP}/sdg:Classification")),
        accepts("no intermediary", remove(f"{IP}/..")),
    ),
    legal(
        "R-EDM-REQ-C014",
        refuses("a provider among the requesters", set_text(f"{IP}/sdg:Classification", "EP")),
        accepts("a second intermediary", repeat(f"{IP}/..")),
    ),
    *(
        legal(
            "R-EDM-REQ-C014",
            refuses(f"an intermediary classified {code}", set_text(f"{IP}/sdg:Classification", code)),
            AS_IT_IS,
        )
        for code in ("ERRP", "ip")
    ),
    natural(
        "R-EDM-REQ-C015",
        refuses("Greece as GR", set_text(f"{ER}/sdg:Address/sdg:AdminUnitLevel1", "GR")),
        accepts("Greece as EL", set_text(f"{ER}/sdg:Address/sdg:AdminUnitLevel1", "EL")),
    ),
    natural(
        "R-EDM-REQ-C016",
        refuses("a region in small letters", set_text(f"{ER}/sdg:Address/sdg:AdminUnitLevel2", "se110")),
        accepts("a larger region", set_text(f"{ER}/sdg:Address/sdg:AdminUnitLevel2", "SE1")),
    ),
    natural(
        "R-EDM-REQ-C073",
        refuses("a requester without address", remove(f"{ER}/sdg:Address")),
        accepts(
            "a requester with a country for address", remove(f"{ER}/sdg:Address/*[not(self::sdg:AdminUnitLevel1)]")
        ),
    ),
    natural(
        "R-EDM-REQ-C073",
        refuses("a requester in two countries", repeat(f"{ER}/sdg:Address/sdg:AdminUnitLevel1")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-C074",
        refuses("an intermediary alone", set_text(f"{ER}/sdg:Classification", "IP")),
        AS_IT_IS,
    ),
    legal(
        "R-EDM-REQ-C074",
        refuses(
            "two requesters",
            set_text(f"{IP}/sdg:Classification", "ER"),
            add(IP, "<sdg:Address><sdg:AdminUnitLevel1>SE</sdg:AdminUnitLevel1></sdg:Address>"),
        ),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-C024",
        refuses("no returnType", remove_attribute("query:ResponseOption", "returnType")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-C025",
        refuses("another query", set_attribute("query:Query", "queryDefinition", "documentquery")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-C092",
        refuses("a Title of one letter", set_text(f"{EVIDENCE_TYPE}/sdg:Title[1]", " X ")),
        accepts("a Title of two letters", set_text(f"{EVIDENCE_TYPE}/sdg:Title[1]", "XY")),
    ),
    natural(
        "R-EDM-REQ-C092",
        refuses("a blank house number", set_text(f"{ER}/sdg:Address/sdg:LocatorDesignator", " ")),
        accepts("a house number of one digit", set_text(f"{ER}/sdg:Address/sdg:LocatorDesignator", "9")),
    ),
)
