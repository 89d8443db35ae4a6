from dataclasses import replace

import pytest
from edm_vectors import BIRTH_RECORD, BIRTH_RECORD_IN_1_2, EVERY_SLOT, EVERY_SLOT_IN_1_2, vector

from oots.edm import documents
from oots.edm.lines import answer_line, choose_line, in_line
from oots.edm.model import EvidenceRequest
from oots.edm.specification import V1_2, V2_0
from oots.errors import LineCannotCarry, NoCommonLine


def request(name: str) -> EvidenceRequest:
    return documents.read_request(vector(name))


@pytest.mark.parametrize(
    ("announced", "chosen"),
    [
        ([], V2_0),
        ([V2_0], V2_0),
        ([V1_2], V1_2),
        ([V1_2, V2_0], V2_0),
        ([V2_0, V1_2], V2_0),
        (["oots-edm:v1.0", "oots-edm:v1.1", V1_2, "oots-edm:v3.0"], V1_2),
        ([f" {V1_2}\n"], V1_2),
    ],
)
def test_the_highest_line_of_both_sides_is_chosen(announced: list[str], chosen: str) -> None:
    assert choose_line(announced) == chosen


def test_a_line_that_we_were_told_not_to_speak_is_not_chosen() -> None:
    assert choose_line([V1_2, V2_0], ours=[V1_2]) == V1_2


@pytest.mark.parametrize(
    ("announced", "ours"),
    [
        (["oots-edm:v1.0"], [V1_2, V2_0]),
        ([V2_0], [V1_2]),
        ([], [V1_2]),
        (["OOTS-EDM:V2.0"], [V1_2, V2_0]),
        ([V2_0], ["oots-edm:v9.9"]),
    ],
)
def test_without_a_common_line_there_is_no_request(announced: list[str], ours: list[str]) -> None:
    with pytest.raises(NoCommonLine):
        choose_line(announced, ours)


def test_the_reason_names_lines_and_repeats_nothing_else_that_a_directory_says() -> None:
    with pytest.raises(NoCommonLine) as known:
        choose_line(["oots-edm:v1.0", "<script>"])
    with pytest.raises(NoCommonLine) as unknown:
        choose_line(["<script>"])

    assert str(known.value) == "the provider speaks oots-edm:v1.0; we speak oots-edm:v1.2, oots-edm:v2.0"
    assert str(unknown.value) == "the provider speaks none that is known; we speak oots-edm:v1.2, oots-edm:v2.0"


# --- the same wish in another line ------------------------------------------------------------------------------------


def test_a_request_of_2_0_keeps_in_1_2_what_that_has_a_place_for() -> None:
    asked = request(EVERY_SLOT)

    found = in_line(replace(asked, return_location=None), V1_2)

    assert found.language == "PT"
    assert found.evidence_type.distributions == (
        replace(asked.evidence_type.distributions[0], associated_documents=()),
    )
    assert documents.read_request(documents.write(found)) == found


def test_the_language_of_a_request_of_1_2_becomes_that_of_its_form() -> None:
    asked = replace(request(BIRTH_RECORD_IN_1_2), language="PT")

    found = in_line(asked, V2_0)

    assert (found.language, found.evidence_type.distributions[0].languages) == (None, ("PT",))
    assert documents.read_request(documents.write(found)) == found


@pytest.mark.parametrize(
    ("name", "line"),
    [(BIRTH_RECORD, V2_0), (BIRTH_RECORD_IN_1_2, V1_2), (EVERY_SLOT, V2_0), (EVERY_SLOT_IN_1_2, V1_2)],
)
def test_a_request_stays_as_it_is_in_its_own_line(name: str, line: str) -> None:
    assert in_line(request(name), line) == request(name)


def test_what_is_more_than_a_wish_is_not_dropped() -> None:
    subset = in_line(request(EVERY_SLOT_IN_1_2), V2_0)

    assert subset.evidence_type == replace(
        request(EVERY_SLOT_IN_1_2).evidence_type,
        distributions=(replace(request(EVERY_SLOT_IN_1_2).evidence_type.distributions[0], languages=("PT",)),),
    )
    with pytest.raises(LineCannotCarry, match=r"distributions\.transformation in oots-edm:v2\.0: "):
        documents.write(replace(subset, return_location="https://portal.example"))


# --- the line of a refusal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("specification_id", "specification_identifier", "line"),
    [
        (V2_0, V2_0, V2_0),
        (None, V1_2, V1_2),
        (None, V2_0, V2_0),
        (V2_0, V1_2, V2_0),
        (V2_0, None, V2_0),
        ("hello", V2_0, V2_0),
        (None, "oots-edm:v0.9", V1_2),
        (None, "oots-edm:v1.0", V1_2),
        (None, "oots-edm:v1.9", V1_2),
        ("oots-edm:v2.1", None, V2_0),
        ("oots-edm:v10.0", None, V2_0),
        (None, "hello", V1_2),
        (None, None, V1_2),
    ],
)
def test_a_request_is_refused_in_its_own_line_or_the_nearest(
    specification_id: str | None, specification_identifier: str | None, line: str
) -> None:
    assert answer_line(specification_id, specification_identifier) == line
