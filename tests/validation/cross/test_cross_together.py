"""Messages that lie on a table: what is compared with what, and what is said to be undecided."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from oots.codes import Action
from oots.edm.documents import write
from oots.edm.model import Document
from oots.edm.specification import V1_2, V2_0
from oots.validation.cross import Message, Together, check_together
from oots.xml import parse
from tests.validation.cross.messages import (
    ANOTHER,
    ELSEWHERE,
    LINES,
    LOCATION,
    OTHER_ID,
    OTHER_UUID,
    Exchange,
    exchange,
    with_property,
)

ON = exchange(V2_0)
DIRECTORY = {"X20", "X21", "X22"}
OF_A_PAIR = {"X1", "X4", "X5", "X6", "X11", "X12", "X13", "X16", "X18", "X25"}
OF_TWO_HEADERS = {"X2", "X3", "X8"}


def whole(document: Document, on: Exchange = ON) -> Message:
    return Message(document=document, header=on.header(document), tree=parse(write(document)))


def rules(together: Together) -> list[str]:
    return [finding.rule for finding in together.findings]


def undecided(together: Together) -> dict[str, str]:
    return {item.rule: item.missing for item in together.undecided}


def rules_without(*documents: Document) -> set[str]:
    message, *others = [Message(document=document) for document in documents]
    return set(undecided(check_together(message, others)))


@pytest.mark.parametrize("line", LINES)
def test_everything_about_an_answer_can_be_decided_from_two_whole_messages(line: str) -> None:
    on = exchange(line)

    together = check_together(whole(on.response, on), [whole(on.request, on)])

    assert together == Together(findings=(), undecided=())
    assert check_together(whole(on.invitation, on), [whole(on.first, on)]) == Together(findings=(), undecided=())


@pytest.mark.parametrize("line", LINES)
def test_a_request_needs_what_only_its_two_sides_know(line: str) -> None:
    on = exchange(line)

    together = check_together(whole(on.request, on), [whole(on.response, on)])

    assert together.findings == ()
    assert undecided(together) == {
        "X8": "the access points that the directory names",
        "X20": "what the directory answered",
        "X21": "what the directory answered",
        "X22": "what the directory answered",
        "X24": "all requests that came before",
    }


def test_a_document_alone_leaves_undecided_all_that_takes_two() -> None:
    together = check_together(Message(document=ON.response))

    assert together.findings == ()
    assert undecided(together) == {
        **dict.fromkeys(OF_A_PAIR - {"X18"}, "the request"),
        **dict.fromkeys(OF_TWO_HEADERS | {"X7", "X14", "X23", "X26", "X27"}, "the header of the answer"),
        "X15": "the response as a document",
    }


def test_the_request_and_the_header_of_the_answer_may_come_by_themselves() -> None:
    others = [Message(header=ON.header(ON.response)), Message(document=ON.request)]

    assert undecided(check_together(Message(document=ON.response), others)) == {
        **dict.fromkeys(OF_TWO_HEADERS, "the header of the request"),
        "X15": "the response as a document",
    }


def test_a_header_is_compared_with_the_document_that_its_action_fits() -> None:
    header = with_property(ON.header(ON.response), "ExchangeId", OTHER_UUID)
    others = [whole(ON.request), Message(document=ON.response)]

    assert rules(check_together(Message(header=header), others)) == ["X3"]


def test_two_headers_are_compared_without_any_document() -> None:
    header = replace(ON.header(ON.response), sender=ELSEWHERE)

    together = check_together(Message(header=header), [Message(header=ON.header(ON.request))])

    assert rules(together) == ["X8"]
    assert undecided(together)["X1"] == "the request"
    assert undecided(together)["X26"] == "the document of the header"


def test_a_header_that_is_said_to_belong_to_a_document_may_contradict_it() -> None:
    header = replace(ON.header(ON.request), action=Action.RESPONSE.value)

    assert rules(check_together(Message(document=ON.request, header=header))) == ["X26"]


@pytest.mark.parametrize("line", LINES)
def test_an_answer_is_compared_with_the_request_that_it_names(line: str) -> None:
    on = exchange(line)
    stranger = replace(on.first, id=OTHER_ID, procedure="V2", provider=replace(on.first.provider, identifier=ANOTHER))
    others = [Message(document=document) for document in (stranger, on.request, on.second)]

    assert check_together(Message(document=on.response), others).findings == ()
    assert rules(check_together(Message(document=on.response), others[:1])) == ["X1", "X6", "X25"]


def test_among_several_requests_none_of_which_is_named_nothing_is_guessed() -> None:
    others = [Message(document=replace(ON.request, id=f"{OTHER_ID[:-1]}{number}")) for number in range(2)]

    together = check_together(Message(document=ON.response), others)

    assert together.findings == ()
    assert undecided(together)["X1"] == "the request that the answer names"


def test_a_header_that_two_documents_could_have_belongs_to_neither() -> None:
    header = replace(ON.header(ON.response), action=Action.EXCEPTION.value)
    others = [Message(header=header), Message(document=ON.invitation)]

    together = check_together(Message(document=ON.response), others)

    assert together.findings == ()
    assert undecided(together)["X26"] == "the header of the answer"
    assert rules(check_together(Message(document=ON.response), others[:1])) == ["X26"]


@pytest.mark.parametrize("line", LINES)
def test_a_folder_of_several_exchanges_is_in_order(line: str) -> None:
    on = exchange(line)
    with_preview = (on.first, on.invitation, on.second, replace(on.response, request_id=on.second.id))
    without = (replace(on.request, id=OTHER_ID, procedure="V2"), replace(on.response, request_id=OTHER_ID))
    half_of_one = replace(on.second, id=OTHER_ID.replace("f", "e"), preview_location=f"{LOCATION}/other")
    folder = [Message(document=document) for document in (half_of_one, *without, *with_preview)]

    assert [check_together(message, folder).findings for message in folder] == [()] * len(folder)


def test_what_answers_another_request_is_no_wrong_answer_to_this_one() -> None:
    others = [Message(document=document) for document in (ON.first, ON.invitation)]

    together = check_together(Message(document=ON.second), others)

    assert together.findings == ()
    assert undecided(together)["X1"] == "the answer"


@pytest.mark.parametrize("line", LINES)
def test_a_second_request_is_compared_with_the_first_and_with_the_invitation(line: str) -> None:
    on = exchange(line)
    others = [Message(document=on.first), Message(document=on.invitation)]
    wrong = replace(on.second, procedure="V2", preview_location=f"{LOCATION}/")

    together = check_together(Message(document=on.second), others)

    assert together.findings == ()
    assert undecided(together)["X10"] == "whether the preview is still open"
    assert rules(check_together(Message(document=wrong), others)) == ["X9", "X10"]


def test_without_the_invitation_the_only_unanswered_request_is_the_first() -> None:
    answer = Message(document=replace(ON.response, request_id=ON.second.id))
    wrong = Message(document=replace(ON.second, procedure="V2"))
    answered = [Message(document=ON.first), Message(document=replace(ON.invitation, exceptions=()))]

    assert rules(check_together(wrong, [Message(document=ON.first), answer])) == ["X9"]
    assert undecided(check_together(wrong, [*answered, answer]))["X9"] == "the first request"


def test_among_several_answers_the_one_that_names_the_request_counts() -> None:
    stray = replace(ON.response, request_id=OTHER_ID)
    others = [Message(document=stray), Message(document=ON.response)]

    together = check_together(Message(document=ON.request), others)

    assert together.findings == ()
    assert "X1" not in undecided(together)


def test_a_second_request_alone_asks_for_what_came_before_it() -> None:
    found = undecided(check_together(Message(document=ON.second)))

    assert found["X9"] == "the first request"
    assert found["X10"] == "the error with the PreviewLocation"


def test_an_id_that_another_request_has_is_found() -> None:
    together = check_together(Message(document=replace(ON.second, id=ON.first.id)), [Message(document=ON.first)])

    assert rules(together) == ["X24"]
    assert "X24" not in undecided(together)


def test_the_time_of_a_message_is_that_in_its_header() -> None:
    late = replace(ON.request, issue_date_time=ON.response.issue_date_time.replace(year=2050))

    assert rules(check_together(Message(document=late, header=ON.header(ON.request)))) == ["X23"]


@pytest.mark.parametrize(
    ("documents", "never"),
    [
        ((ON.response,), {"X9", "X10", "X18", "X19", "X24", *DIRECTORY}),
        ((ON.invitation,), {"X6", "X9", "X11", "X14", "X15", "X17", "X23", "X24", *DIRECTORY}),
        ((ON.request,), {"X9", "X10", "X14", "X15", "X17", "X19"}),
        ((exchange(V1_2).request, exchange(V1_2).invitation), {"X9", "X10", "X14", "X15", "X17", "X19"}),
    ],
    ids=["response", "error", "request", "request and error"],
)
def test_what_says_nothing_about_a_message_is_not_undecided(documents: Iterable[Document], never: set[str]) -> None:
    assert rules_without(*documents) & never == set()
