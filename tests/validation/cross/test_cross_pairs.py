"""X1 to X27: each check accepts what agrees and finds what does not, in each line that it is about."""

import pytest

from oots.validation.cross.catalogue import CHECKS, CrossCheck
from oots.validation.findings import Layer, Severity
from tests.validation.cross import answer_pairs, arrival_pairs, directory_pairs, header_pairs, preview_pairs
from tests.validation.cross.messages import ANOTHER, LOCATION, OTHER_UUID, exchange
from tests.validation.cross.pairs import Pair

TABLES = (answer_pairs, header_pairs, preview_pairs, directory_pairs, arrival_pairs)
PAIRS = [(pair, line) for table in TABLES for pair in table.PAIRS for line in pair.lines]


@pytest.mark.parametrize(
    ("pair", "line"), [pytest.param(pair, line, id=f"{pair.rule}-{line[-4:]}-{pair.name}") for pair, line in PAIRS]
)
def test_a_check_accepts_what_agrees_and_finds_what_does_not(pair: Pair, line: str) -> None:
    on = exchange(line)

    assert list(pair.check(on, pair.agrees(on))) == []
    [finding] = pair.check(on, pair.differs(on))
    assert (finding.rule, finding.severity, finding.layer) == (pair.rule, pair.severity, Layer.CROSS)


def test_every_check_is_described_and_has_its_pairs() -> None:
    assert [check.rule for check in CHECKS] == [f"X{number}" for number in range(1, 28)]
    assert {pair.rule for pair, _ in PAIRS} == {check.rule for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.rule)
def test_the_description_of_a_check_agrees_with_its_pairs(check: CrossCheck) -> None:
    found = [(pair.severity, line) for pair, line in PAIRS if pair.rule == check.rule]

    assert {line for _, line in found} == set(check.lines)
    assert (Severity.FATAL in {severity for severity, _ in found}) is (
        Severity.FATAL in (check.of_request, check.of_answer)
    )
    assert {severity for severity, _ in found} >= {check.of_request, check.of_answer} - {None}


def test_no_finding_holds_a_value_of_a_document() -> None:
    for pair, line in PAIRS:
        on = exchange(line)
        values = (ANOTHER.value, OTHER_UUID, LOCATION, "Toinen", "Esimerkki", on.request.id, on.request.procedure + " ")
        for finding in pair.check(on, pair.differs(on)):
            assert not [value for value in values if value in finding.message + finding.location]
