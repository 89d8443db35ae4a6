"""The table of changes of rules that no rule file has, because the XML schema enforces them."""

from typing import Final

from tests.conformance.changes import Row, accepts, refuses, remove_attribute, set_attribute, set_text
from tests.conformance.request_paths import natural, slot

ROWS: Final[tuple[Row, ...]] = (
    natural(
        "R-EDM-REQ-S003",
        refuses("no id", remove_attribute(".", "id")),
        accepts("another id", set_attribute(".", "id", "urn:uuid:0c6f0a5e-8d0d-4a53-9a3b-6a2f1b7f8c01")),
    ),
    *(
        natural(
            rule,
            refuses("a truth value in words", set_text(f"{slot(name)}/rim:SlotValue/rim:Value", "yes")),
            accepts("a truth value as digit", set_text(f"{slot(name)}/rim:SlotValue/rim:Value", "0")),
        )
        for rule, name in (
            ("R-EDM-REQ-C006", "PossibilityForPreview"),
            ("R-EDM-REQ-C007", "ExplicitRequestGiven"),
        )
    ),
)
