"""What a request may leave out of what the directory and the broker answered, and whose level of assurance counts."""

from dataclasses import replace

import pytest

from oots.codes import SYSTEM_CHECK
from oots.edm.model import DistributedAs, EvidenceRequest, LevelOfAssurance, MultilingualString, NaturalPerson
from oots.edm.specification import V2_0
from oots.validation.cross.directory import Question, check_discovery, check_service, x20_discovered
from oots.validation.findings import Severity
from tests.validation.cross.directory_pairs import CODE, answering, discovery, evidence_type_published, published
from tests.validation.cross.messages import LINES, exchange

ON = exchange(V2_0)
ENGLISH = MultilingualString(text="Birth record", lang="EN")


def with_form(form: DistributedAs) -> EvidenceRequest:
    return replace(ON.request, evidence_type=replace(ON.request.evidence_type, distributions=(form,)))


@pytest.mark.parametrize("line", LINES)
def test_a_request_that_copies_what_was_answered_has_no_findings(line: str) -> None:
    on = exchange(line)

    assert check_discovery(on.request, discovery(on)) == ()
    assert check_service(on.request, published(on)) == ()


def test_x20_a_request_may_leave_languages_of_a_title_out() -> None:
    titles = (*ON.request.evidence_type.titles, ENGLISH)

    assert list(x20_discovered(ON.request, evidence_type_published(ON, titles=titles))) == []


@pytest.mark.parametrize(
    ("offered", "asked", "is_offered"),
    [
        (("FI", "SV"), ("SV",), True),
        (("FI", "SV"), (), True),
        (("FI", "SV"), ("EN",), False),
        ((), ("EN",), True),
    ],
)
def test_x20_languages_are_those_of_the_form_where_the_directory_says_any(
    offered: tuple[str, ...], asked: tuple[str, ...], is_offered: bool
) -> None:
    form = DistributedAs(format="application/pdf", languages=offered)

    findings = list(
        x20_discovered(
            with_form(replace(form, languages=asked)),
            evidence_type_published(ON, distributions=(DistributedAs(format="image/png", languages=("EN",)), form)),
        )
    )

    assert (findings == []) is is_offered


def test_x20_the_model_of_one_form_is_not_that_of_another() -> None:
    offered = (
        DistributedAs(format="application/xml", conforms_to="https://models.example/1"),
        DistributedAs(format="application/json", conforms_to="https://models.example/2"),
    )
    asked = DistributedAs(format="application/json", conforms_to="https://models.example/1")

    findings = x20_discovered(with_form(asked), evidence_type_published(ON, distributions=offered))

    assert [(item.rule, item.location) for item in findings] == [("X20", "EvidenceRequest/DistributedAs")]


def test_x20_the_system_check_is_on_behalf_of_no_procedure() -> None:
    assert list(x20_discovered(replace(ON.request, procedure=SYSTEM_CHECK), discovery(ON))) == []


def test_x21_the_requester_is_told_what_the_provider_refuses() -> None:
    low = replace(ON.request, subject=replace(ON.request.subject, level_of_assurance=LevelOfAssurance.LOW))
    service = published(ON, level_of_assurance=LevelOfAssurance.HIGH)

    [told] = check_discovery(low, discovery(ON, published=service))
    [refused] = check_service(low, service)

    assert (told.rule, told.severity) == ("X21", Severity.WARNING)
    assert (refused.rule, refused.severity) == ("X21", Severity.FATAL)


def test_x21_the_level_is_that_of_who_acts_for_the_subject() -> None:
    subject = ON.request.subject
    assert isinstance(subject, NaturalPerson)
    low = replace(subject, level_of_assurance=LevelOfAssurance.LOW)
    high = replace(subject, level_of_assurance=LevelOfAssurance.HIGH)
    service = published(ON, level_of_assurance=LevelOfAssurance.SUBSTANTIAL)

    assert check_service(replace(ON.request, subject=low, representative=high), service) == ()
    assert check_service(replace(ON.request, subject=high, representative=low), service) != ()


def test_x22_a_question_of_another_type_is_another_question() -> None:
    asked = Question(identifier=CODE.identifier, type="string")

    findings = check_service(answering(ON, CODE), published(ON, questions=(asked,)))

    assert [item.message for item in findings] == [
        "the request answers a question that the directory did not ask",
        "the request leaves a question of the directory unanswered",
    ]
