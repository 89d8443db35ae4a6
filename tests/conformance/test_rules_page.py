"""The page of the rules is the one that its script writes."""

from tests.conformance.write_rules_page import PAGE, page


def test_the_page_of_the_rules_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.conformance.write_rules_page"
