"""Pages show what a country asks and offers, and the way of a requester; they need no script, and leave no trace."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from directory.declarations import MemberState
from directory.pages import MAX_FORM_BYTES
from directory.seed_files import demo_seeds, read_seed
from tests.directory.desks import BEFORE_2007, INSTITUTION, Desk, SigningIdentity, loaded, open_desk

FROM_FINLAND = "/walk?procedure=T1&asking=FI&giving=PT"
SCRIPT = "<script>alert(1)</script>"


def page(desk: Desk, path: str, *, status: int = 200, answers: dict[str, str] | None = None) -> html.HtmlElement:
    answer = desk.http.get(path) if answers is None else desk.http.post(path, data=answers)
    assert answer.status_code == status
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    return html.document_fromstring(answer.text)


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def steps(document: html.HtmlElement) -> dict[str, str]:
    """Give what stands under each heading of a walk."""
    items = document.xpath("//ol/li[h2]")
    return {text(item.find("h2")): text(item) for item in items}


def test_all_countries_are_listed_with_their_numbers(desk: Desk) -> None:
    rows = page(desk, "/").xpath("//tbody/tr")

    assert [text(row) for row in rows] == ["AT Austria 3 3 3 5", "FI Finland 3 4 4 2", "PT Portugal 3 5 3 3"]


def test_an_empty_directory_says_who_fills_it(tmp_path: Path, identity: SigningIdentity) -> None:
    with open_desk(loaded(tmp_path, []), identity) as desk:
        assert "oots directory load" in text(page(desk, "/"))


def test_a_country_shows_procedures_documents_and_authorities(desk: Desk) -> None:
    shown = text(page(desk, "/countries/AT").find(".//main"))

    assert "X1 business activity notification or permission" in shown
    assert "Tyrol AT33" in shown
    assert "In which federal state are you registered?" in shown
    assert "Residence office Vienna (demo) through AP_AT_DEMO (v1.2, v2.0)" in shown


def test_a_country_that_is_not_there_has_a_page_that_says_so(desk: Desk) -> None:
    assert "holds nothing of such a country" in text(page(desk, "/countries/SE", status=404))


def test_a_walk_shows_every_question_and_where_it_ends(desk: Desk) -> None:
    shown = steps(page(desk, FROM_FINLAND))

    assert list(shown) == [
        "Which requirements has T1 study financing application in Finland?",
        "What proves “Proof of tertiary education qualification” in Portugal?",
        "Who sends “Diploma (demo)”?",
        "Who sends “Transcript of records (demo)”?",
        "Who sends “Diploma supplement (demo)”?",
        "What proves “Proof of tertiary education transcript” in Portugal?",
    ]
    first, ways, diploma, _, supplement, transcript = shown.values()
    assert "procedure-id=T1&country-code=FI" in first
    assert "Diploma (demo) and Transcript of records (demo) or Diploma supplement (demo)" in ways
    assert "DSD:ERR:0005" in diploma
    assert "DSD:ERR:0001" in supplement
    assert "EB:ERR:0001" in transcript


def test_with_answers_the_walk_leads_to_the_provider_and_they_stay_out_of_addresses(desk: Desk) -> None:
    document = page(desk, FROM_FINLAND, answers={INSTITUTION: "UPD", BEFORE_2007: "false"})

    assert (
        "Proof University of the Douro (demo), access point AP_PT_DEMO"
        in steps(document)["Who sends “Diploma (demo)”?"]
    )
    addresses = (
        document.xpath("//form/@action") + document.xpath("//a/@href") + document.xpath("//p[@class='mono']/text()")
    )
    assert not any("UPD" in address for address in addresses)
    assert document.xpath(f"//select[@name='{INSTITUTION}']/option[@selected]/@value") == ["UPD"]


def test_a_country_that_has_nothing_in_a_region_says_so(desk: Desk) -> None:
    shown = steps(page(desk, "/walk?procedure=V1&asking=FI&giving=PT"))

    assert (
        "NoMatch The autonomous region issues no such document. PT20"
        in shown["What proves “Proof of domicile address” in Portugal?"]
    )


@pytest.mark.parametrize(
    "answers",
    [
        {INSTITUTION: "XXX", BEFORE_2007: "false"},
        {INSTITUTION: SCRIPT, BEFORE_2007: "perhaps"},
        {SCRIPT: "x", INSTITUTION: "UPD"},
        {f"field {number}": "x" for number in range(500)},
    ],
)
def test_answers_that_are_none_lead_nowhere_and_break_nothing(desk: Desk, answers: dict[str, str]) -> None:
    document = page(desk, FROM_FINLAND, answers=answers)

    assert "access point" not in steps(document)["Who sends “Diploma (demo)”?"]
    assert not document.xpath("//main//script")


@pytest.mark.parametrize(
    "query", ["", "?procedure=T1", "?procedure=%3Cb%3E&asking=FI&giving=PT", "?procedure=T1&asking=FI&giving=%00"]
)
def test_a_walk_from_nowhere_says_what_to_choose(desk: Desk, query: str) -> None:
    document = page(desk, f"/walk{query}", status=422)

    assert "Choose a procedure" in text(document)


def test_a_form_that_is_too_large_is_refused(desk: Desk) -> None:
    assert desk.http.post(FROM_FINLAND, data={"x": "y" * MAX_FORM_BYTES}).status_code == 413


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, identity: SigningIdentity) -> Iterator[Desk]:
    """Run a directory whose texts are scripts."""
    requirements, *_, portugal = demo_seeds()
    assert isinstance(portugal, MemberState)
    written = re.sub(r'"(EN|PT)":"[^"]*"', rf'"\1":"{SCRIPT}"', portugal.model_dump_json(exclude_defaults=True))
    seeds = [requirements, read_seed("PT.json", written.encode())]
    with open_desk(loaded(tmp_path_factory.mktemp("hostile"), seeds), identity) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/countries/PT", "/walk?procedure=T2&asking=PT&giving=PT"])
def test_texts_of_member_states_stay_texts(hostile: Desk, path: str) -> None:
    document = page(hostile, path)

    assert not document.xpath("//main//script")
    assert path == "/" or SCRIPT in text(document)


@pytest.mark.parametrize("path", ["/", "/countries/PT", "/countries/AT", FROM_FINLAND, "/countries/XX"])
def test_pages_can_be_used_without_eyes_and_without_scripts(desk: Desk, path: str) -> None:
    document = html.document_fromstring(desk.http.get(path).text)

    assert document.xpath("/html/@lang") == ["en"]
    assert len(document.xpath("//h1")) == 1
    assert document.xpath("//title/text()")[0].endswith("– Directory")
    labelled = {*document.xpath("//label/@for")}
    for control in document.xpath("//select | //input[not(@type='radio')]"):
        assert control.get("id") in labelled
    for table in document.xpath("//table"):
        assert table.find("caption") is not None or table.get("aria-labelledby") in document.xpath("//h2/@id")
        assert all(cell.get("data-label") for cell in table.xpath(".//td | .//tbody//th"))
    identifiers = document.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert not document.xpath("//@style | //@onclick | //style")
    foreign = document.xpath("//option[contains(., 'Universidade')]")
    assert all(option.get("lang") == "pt" for option in foreign)
