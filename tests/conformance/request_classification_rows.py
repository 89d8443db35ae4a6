"""The table of changes of EDM-REQ-C for what the user answered to find the provider."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.changes import (
    Row,
    accepts,
    refuses,
    remove,
    remove_attribute,
    rename,
    repeat,
    set_attribute,
    set_text,
)
from tests.conformance.request_paths import (
    AS_IT_IS,
    BOOLEAN,
    CODE_LIST,
    REPOSITORY,
    STRING,
    TEST_REPOSITORY,
    UUID,
    legal,
)


def classifications() -> Iterator[Row]:
    """With what the user answered out of form."""
    scheme = f"{CODE_LIST}/sdg:Identifier"
    identifier = f"{STRING}/sdg:Identifier"
    description = f"{STRING}/sdg:Description"
    yield legal(
        "R-EDM-REQ-C019",
        refuses("an identifier with prefix", set_text(identifier, f"urn:uuid:{UUID}")),
        accepts("an identifier in capitals", set_text(identifier, UUID.upper())),
    )
    yield legal(
        "R-EDM-REQ-C019",
        refuses("something behind the identifier", set_text(identifier, f"{UUID}#1")),
        accepts("blanks around the identifier", set_text(identifier, f" {UUID} ")),
    )
    yield legal(
        "R-EDM-REQ-C020", refuses("no Type", remove(f"{STRING}/sdg:Type")), AS_IT_IS, companions=["R-EDM-REQ-C095"]
    )
    yield legal(
        "R-EDM-REQ-C021",
        refuses("a question in the language de", set_attribute(description, "lang", "de")),
        accepts("a question in the language DE", set_attribute(description, "lang", "DE")),
    )
    yield legal("R-EDM-REQ-C022", refuses("a question in no language", remove_attribute(description, "lang")), AS_IT_IS)
    for rule, other in (("R-EDM-REQ-C023", "R-EDM-REQ-C102"), ("R-EDM-REQ-C102", "R-EDM-REQ-C023")):
        yield legal(
            rule,
            refuses("no answer", remove(f"{STRING}/sdg:SupportedValue")),
            accepts("an answer of one letter", set_text(f"{STRING}//sdg:StringValue", "A")),
            companions=[other, "R-EDM-REQ-C105"],
        )
        yield legal(
            rule,
            refuses("a blank answer", set_text(f"{STRING}//sdg:StringValue", " ")),
            accepts("an answer of one letter", set_text(f"{STRING}//sdg:StringValue", "A")),
            companions=[other, "R-EDM-REQ-C092"],
        )
    for concept in (CODE_LIST, BOOLEAN):
        yield legal(
            "R-EDM-REQ-C102",
            refuses("no answer", remove(f"{concept}/sdg:SupportedValue")),
            AS_IT_IS,
            companions=["R-EDM-REQ-C023", "R-EDM-REQ-C105"],
        )
    yield legal(
        "R-EDM-REQ-C095",
        refuses("the Type with a capital", set_text(f"{STRING}/sdg:Type", "String")),
        accepts(
            "another Type, and its value",
            set_text(f"{STRING}/sdg:Type", "boolean"),
            rename(f"{STRING}//sdg:StringValue", "sdg:BooleanValue"),
        ),
    )
    # R-EDM-REQ-C102 speaks of the three types only, R-EDM-REQ-C023 of any.
    yield legal(
        "R-EDM-REQ-C095",
        refuses(
            "another Type, and no answer",
            set_text(f"{STRING}/sdg:Type", "String"),
            remove(f"{STRING}/sdg:SupportedValue"),
        ),
        AS_IT_IS,
        companions=["R-EDM-REQ-C023", "R-EDM-REQ-C105"],
    )
    yield legal(
        "R-EDM-REQ-C096",
        refuses("a code of no list", remove_attribute(scheme, "schemeID")),
        accepts("a text of no list", remove_attribute(scheme, "schemeID"), set_text(f"{CODE_LIST}/sdg:Type", "string")),
    )
    yield legal(
        "R-EDM-REQ-C097",
        refuses(
            "a list without TLS", set_attribute(scheme, "schemeID", "http://sr.oots.tech.ec.europa.eu/codelists/DE/ab")
        ),
        accepts("a list with a short name", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/DE/ab")),
    )
    yield legal(
        "R-EDM-REQ-C098",
        refuses("a list of a country outside", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/CH/ab")),
        accepts("a list of Greece", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/EL/ab")),
    )
    yield legal(
        "R-EDM-REQ-C099",
        refuses(
            "a blank behind the name of the list", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/DE/ab ")
        ),
        accepts("a blank before the address", set_attribute(scheme, "schemeID", f" {REPOSITORY}/codelists/DE/ab")),
    )
    yield legal(
        "R-EDM-REQ-C097",
        refuses("something before the address", set_attribute(scheme, "schemeID", f"see {REPOSITORY}/codelists/DE/ab")),
        accepts("a blank before the address", set_attribute(scheme, "schemeID", f" {REPOSITORY}/codelists/DE/ab")),
    )
    yield legal(
        "R-EDM-REQ-C099",
        refuses(
            "a hyphen in the name of the list", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/DE/a-bc")
        ),
        accepts(
            "no hyphen in the name of the list", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/DE/abc")
        ),
        companions=["R-EDM-REQ-C097"],
    )
    yield legal(
        "R-EDM-REQ-C116",
        refuses("a list of a test repository", set_attribute(scheme, "schemeID", f"{TEST_REPOSITORY}/codelists/DE/ab")),
        accepts("a list of the repository", set_attribute(scheme, "schemeID", f"{REPOSITORY}/codelists/DE/ab")),
    )
    yield legal(
        "R-EDM-REQ-C100",
        refuses("no ValueExpression", remove(f"{CODE_LIST}/sdg:ValueExpression")),
        accepts(
            "no ValueExpression for a text",
            remove(f"{CODE_LIST}/sdg:ValueExpression"),
            set_text(f"{CODE_LIST}/sdg:Type", "string"),
        ),
        companions=["R-EDM-REQ-C101"],
    )
    yield legal(
        "R-EDM-REQ-C101",
        refuses("a list without TLS", set_text(f"{CODE_LIST}/sdg:ValueExpression", "http://lists.example/regions.gc")),
        accepts("HTTPS in capitals", set_text(f"{CODE_LIST}/sdg:ValueExpression", "HTTPS://lists.example/regions.gc")),
    )
    yield legal(
        "R-EDM-REQ-C103",
        refuses("a text as truth value", rename(f"{STRING}//sdg:StringValue", "sdg:BooleanValue")),
        AS_IT_IS,
    )
    yield legal(
        "R-EDM-REQ-C103",
        refuses("a code as truth value", rename(f"{CODE_LIST}//sdg:StringValue", "sdg:BooleanValue")),
        AS_IT_IS,
    )
    yield legal(
        "R-EDM-REQ-C104",
        refuses("a truth value as text", rename(f"{BOOLEAN}//sdg:BooleanValue", "sdg:StringValue")),
        AS_IT_IS,
    )
    yield legal("R-EDM-REQ-C105", refuses("two answers", repeat(f"{STRING}/sdg:SupportedValue")), AS_IT_IS)


ROWS: Final[tuple[Row, ...]] = tuple(classifications())
