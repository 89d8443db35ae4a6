from pathlib import Path

import pytest
from cs_published import DRAFTS, EXAMPLES, comparable, tidied, upgraded

from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.data_service_directory import (
    read_data_services,
    write_data_services,
    write_question,
)
from oots.common_services.evidence_broker import read_evidence_types, read_requirements, write_requirements
from oots.common_services.interface import V1_0, V2_0
from oots.common_services.query_response import write_refusal
from oots.errors import UnreadableAnswer

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="the published examples are not beside this checkout")

Answer = Requirements | DataServices | QuestionForUser | Refused


def _read(example: Path, body: bytes, interface: str) -> Answer:
    if "(DSD)" in str(example):
        return read_data_services(body, interface)
    if example.name.startswith("4.2"):
        return read_requirements(body, interface)
    return read_evidence_types(body, interface)


def _written(answer: Answer) -> bytes:
    match answer:
        case Requirements():
            return write_requirements(answer)
        case DataServices():
            return write_data_services(answer)
        case QuestionForUser():
            return write_question(answer)
        case Refused():
            return write_refusal(answer)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_as_it_was_published(example: Path) -> None:
    answer = _read(example, example.read_bytes(), V1_0)

    assert not getattr(answer, "set_aside", ())
    assert isinstance(answer, QuestionForUser) is ("ERR005" in example.name)
    assert isinstance(answer, Refused) is ("Error Response" in example.name and "ERR005" not in example.name)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_tidied_example_is_written_as_it_was_read(example: Path) -> None:
    document = tidied(example)

    assert comparable(_written(_read(example, document, V1_0))) == comparable(document)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_upgraded_example_is_written_as_it_was_read(example: Path) -> None:
    document = upgraded(example)

    assert comparable(_written(_read(example, document, V2_0))) == comparable(document)


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_whatever_was_published_is_read_or_refused_in_words(draft: Path) -> None:
    for read in (read_requirements, read_evidence_types, read_data_services):
        try:
            read(draft.read_bytes(), V1_0)
        except UnreadableAnswer as error:
            assert len(str(error)) < 300  # noqa: PT017
