import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import httpx
import lxml.html
import pytest

import oots
from evidence_requester.states import State
from oots.cli.demo.pages import MAX_EXCHANGES, create_app
from oots.cli.demo.readable import MAX_SHOWN
from oots.cli.demo.showcase import MemberState, Showcase, ShownDocument, ShownExchange
from oots.cli.demo.timeline import Timeline
from oots.edm.model import MultilingualString
from oots.errors import CallerError
from oots.journal.events import Component, Event, EventName
from oots.ui.policy import PAGE_POLICY

pytestmark = pytest.mark.anyio

SITE = "http://127.0.0.1:8000"
NOW = datetime(2026, 11, 25, 10, 42, 3, tzinfo=UTC)
EXCHANGE = "0f8c7d2e-5a41-4c0b-9e11-8a2f6b7c9d10"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nnot much of one"
HOSTILE = "<script>alert('x')</script>"

PAGES = ("/", "/exchanges", f"/exchanges/{EXCHANGE}", f"/exchanges/{EXCHANGE}/document", "/nothing")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def an_event(name: EventName, component: Component, node: str, **fields: object) -> Event:
    known: dict[str, object] = {"exchange_id": EXCHANGE, "action": "ExecuteQueryRequest", "message_id": "m1@alpha"}
    return Event(at=NOW, node=node, component=component, name=name, **known | fields)  # type: ignore[arg-type]


def a_timeline() -> Timeline:
    timeline = Timeline(lambda _step: None)
    for event in (
        an_event(EventName.EXPLICIT_REQUEST_GIVEN, Component.REQUESTER, "AP_PT_DEMO", facts={"procedure": "S1"}),
        an_event(EventName.REQUEST_SENT, Component.REQUESTER, "AP_PT_DEMO", documents={"request.xml": b"<q><p/></q>"}),
        an_event(
            EventName.AS4_SENT,
            Component.GATEWAY,
            "AP_PT_DEMO",
            documents={"envelope.xml": b"<e>" + HOSTILE.encode() + b"</e>", "body.bin": b"\x00\x01"},
        ),
        an_event(EventName.AS4_RECEIPT, Component.GATEWAY, "AP_PT_DEMO", documents={"receipt.xml": b"<receipt/>"}),
        an_event(EventName.REQUEST_RECEIVED, Component.PROVIDER, "AP_FI_DEMO", facts={"note": HOSTILE}),
        an_event(EventName.EVIDENCE_DELIVERED, Component.REQUESTER, "AP_PT_DEMO"),
    ):
        timeline.record(event)
    return timeline


DOCUMENT = ShownDocument(
    number="c7c9a1de-13ee-4b57-9f4a-1e40b5a8b0f2",
    title="birth-record.pdf",
    media_type="application/pdf",
    content=PDF,
    sha256=hashlib.sha256(PDF).hexdigest(),
    issued_sha256=hashlib.sha256(PDF).hexdigest(),
    issuing_authority=(MultilingualString(text="Väestörekisteri", lang="FI"),),
    issuing_date=date(2026, 11, 25),
)
DELIVERED = ShownExchange(
    id=EXCHANGE,
    conversation_id="b1f6a7c4-2f80-4d1e-8d06-5fb0f1e6a911",
    state=State.DELIVERED,
    procedure="S1",
    evidence_type="Birth record",
    specification="oots-edm:v2.0",
    partner="AP_FI_DEMO",
    opened_at=NOW,
    total_ms=82.6,
    document=DOCUMENT,
)
FAILED = replace(
    DELIVERED,
    id="e3b771aa-5a41-4c0b-9e11-8a2f6b7c9d10",
    state=State.FAILED,
    failure="the register refuses",
    document=None,
    opened_at=NOW - timedelta(minutes=1),
)


async def nothing_runs() -> None:
    """Stand for a run that is over at once."""


def a_showcase(
    exchanges: Sequence[ShownExchange] = (FAILED, DELIVERED),
    *,
    timeline: Timeline | None = None,
    run_again: Callable[[], Awaitable[object]] = nothing_runs,
) -> Showcase:
    return Showcase(
        story="The municipality asks for the birth record.",
        requester=MemberState(
            country="Portugal", party_id="AP_PT_DEMO", roles=("access point", "requester"), running_since=NOW
        ),
        provider=MemberState(
            country="Finland", party_id="AP_FI_DEMO", roles=("access point", "provider"), running_since=NOW
        ),
        timeline=timeline or a_timeline(),
        exchanges=lambda: exchanges,
        run_again=run_again,
    )


@asynccontextmanager
async def visiting(showcase: Showcase | None = None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(showcase or a_showcase()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as browser:
        yield browser


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/",
            ["The municipality asks for the birth record.", "Portugal", "AP_FI_DEMO", "Run again"],
        ),
        (
            "/",
            [
                "Explicit request",
                "ExecuteQueryRequest",
                "&lt;q&gt;",
                "&lt;receipt/&gt;",
                "As issued",
                "83\N{NO-BREAK SPACE}ms",
            ],
        ),
        ("/exchanges", ["0f8c7d2e", "e3b771aa", "S1 Birth record", "delivered", "failed", "newest first"]),
        (f"/exchanges/{EXCHANGE}", ["This one went pending, sent, available, delivered.", "gave the document"]),
        (f"/exchanges/{FAILED.id}", ["the register refuses", "This one went pending, failed."]),
        (
            f"/exchanges/{EXCHANGE}/document",
            ["birth-record.pdf", 'lang="fi"', "no electronic seal"],
        ),
        ("/static/oots.css", ["--brand"]),
    ],
)
async def test_a_page_says_what_it_is_for(path: str, words: list[str]) -> None:
    async with visiting() as browser:
        page = await browser.get(path)

    assert page.status_code == 200
    assert [word for word in words if word not in page.text] == []


async def test_the_overview_shows_the_newest_exchange() -> None:
    async with visiting() as browser:
        page = await browser.get("/")

    assert f"/exchanges/{EXCHANGE}" in page.text
    assert FAILED.id not in page.text


@pytest.mark.parametrize("path", ["/", "/exchanges"])
async def test_a_demo_without_an_exchange_has_pages_too(path: str) -> None:
    async with visiting(a_showcase([])) as browser:
        page = await browser.get(path)

    assert page.status_code == 200
    assert "No exchange has been made yet." in page.text


@pytest.mark.parametrize("state", State)
async def test_an_exchange_has_a_page_in_every_state(state: State) -> None:
    exchange = replace(FAILED, state=state, total_ms=None)
    async with visiting(a_showcase([exchange])) as browser:
        pages = [await browser.get(path) for path in ("/", "/exchanges", f"/exchanges/{exchange.id}")]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(state.value.replace("_", " ") in page.text for page in pages)


@pytest.mark.parametrize(
    ("issued_sha256", "verdict"),
    [
        (DOCUMENT.sha256, "It is the one that the register issued."),
        ("ab" * 32, "It is not the one that the register issued."),
        (None, "The register issued no document with this number."),
    ],
)
async def test_the_verdict_on_a_document_is_a_sentence(issued_sha256: str | None, verdict: str) -> None:
    exchange = replace(DELIVERED, document=replace(DOCUMENT, issued_sha256=issued_sha256))
    async with visiting(a_showcase([exchange])) as browser:
        page = await browser.get(f"/exchanges/{EXCHANGE}/document")

    assert lxml.html.fromstring(page.content).xpath("//*[contains(@class, 'seal')]//b/text()") == [verdict]


async def test_a_fingerprint_is_shown_in_groups_of_four() -> None:
    async with visiting() as browser:
        page = await browser.get(f"/exchanges/{EXCHANGE}/document")

    shown = lxml.html.fromstring(page.content).get_element_by_id("sha").text_content()
    assert len(shown.split()) == 16
    assert shown.replace(" ", "") == DOCUMENT.sha256


# What is foreign


@pytest.mark.parametrize("path", ["/", f"/exchanges/{EXCHANGE}"])
async def test_text_of_others_is_shown_and_never_run(path: str) -> None:
    async with visiting() as browser:
        page = await browser.get(path)

    assert HOSTILE not in page.text
    assert "alert(" in page.text


async def test_a_long_message_is_cut_and_a_download_away() -> None:
    timeline = Timeline(lambda _step: None)
    content = b"y" * (MAX_SHOWN + 1)
    timeline.record(
        an_event(EventName.AS4_SENT, Component.GATEWAY, "AP_PT_DEMO", documents={"long message #1?.txt": content})
    )
    async with visiting(a_showcase(timeline=timeline)) as browser:
        page = await browser.get("/")
        link = lxml.html.fromstring(page.content).xpath("//details//a/@href")[0]
        whole = await browser.get(link)

    assert page.text.count("y" * MAX_SHOWN) == 1
    assert "y" * (MAX_SHOWN + 1) not in page.text
    assert "The beginning only." in page.text
    assert whole.content == content


@pytest.mark.parametrize(
    ("path", "content", "media_type"),
    [
        ("/messages/2/request.xml", b"<q><p/></q>", "text/plain; charset=utf-8"),
        ("/messages/3/body.bin", b"\x00\x01", "application/octet-stream"),
    ],
)
async def test_a_message_is_downloaded_as_it_was(path: str, content: bytes, media_type: str) -> None:
    async with visiting() as browser:
        answer = await browser.get(path)

    assert answer.content == content
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_all_messages_come_in_one_archive() -> None:
    async with visiting() as browser:
        answer = await browser.get("/messages.zip")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert len(opened.namelist()) == 4
        assert opened.read("002-AP_PT_DEMO-request_sent/request.xml") == b"<q><p/></q>"


async def test_a_pdf_is_shown_by_the_browser_and_may_do_nothing() -> None:
    async with visiting() as browser:
        answer = await browser.get(f"/exchanges/{EXCHANGE}/document.pdf")

    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="birth-record.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


async def test_a_document_of_another_kind_is_never_shown_by_the_browser() -> None:
    exchange = replace(DELIVERED, document=replace(DOCUMENT, media_type="text/html", content=HOSTILE.encode()))
    async with visiting(a_showcase([exchange])) as browser:
        answer = await browser.get(f"/exchanges/{EXCHANGE}/document.pdf")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")


# What guards the pages


@pytest.mark.parametrize("path", [*PAGES, "/static/oots.css", "/static/nothing", "/run"])
async def test_every_page_has_the_policy(path: str) -> None:
    async with visiting() as browser:
        answer = await browser.get(path)

    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_is_kept_by_the_browser(path: str) -> None:
    async with visiting() as browser:
        answer = await browser.get(path)

    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/docs",
        "/openapi.json",
        "/exchanges/nothing",
        "/exchanges/nothing/document",
        "/exchanges/nothing/document.pdf",
        f"/exchanges/{FAILED.id}/document",
        f"/exchanges/{FAILED.id}/document.pdf",
        "/messages/1/request.xml",
        "/messages/2/nothing",
        "/messages/two/request.xml",
        "/messages/" + "9" * 5000 + "/request.xml",
        "/messages/2/..%2F..%2Fpages.py",
        "/static/..%2Flook.py",
    ],
)
async def test_what_is_not_there_is_said_on_a_page(path: str) -> None:
    async with visiting() as browser:
        answer = await browser.get(path)

    assert answer.status_code == 404
    assert "<h1>There is nothing here</h1>" in answer.text


async def test_a_wrong_method_is_said_on_a_page() -> None:
    async with visiting() as browser:
        answer = await browser.get("/run")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "<h1>That is not possible</h1>" in answer.text


async def test_a_fault_of_ours_is_a_page_without_details() -> None:
    def breaks() -> Sequence[ShownExchange]:
        raise ZeroDivisionError("secret")

    async with visiting(replace(a_showcase(), exchanges=breaks)) as browser:
        answer = await browser.get("/")

    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "Something went wrong in the demo itself" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


# Running again


async def test_run_again_makes_an_exchange_and_goes_back_to_the_overview() -> None:
    runs: list[str] = []

    async def run() -> None:
        runs.append("once")

    async with visiting(a_showcase(run_again=run)) as browser:
        answer = await browser.post("/run", headers={"Origin": SITE})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert runs == ["once"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_press_the_button(headers: dict[str, str]) -> None:
    runs: list[str] = []

    async def run() -> None:
        runs.append("once")

    async with visiting(a_showcase(run_again=run)) as browser:
        answer = await browser.post("/run", headers=headers)

    assert answer.status_code == 403
    assert "<h1>Refused</h1>" in answer.text
    assert runs == []


async def test_one_exchange_runs_at_a_time() -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        started.set()
        await may_end.wait()

    async with asyncio.timeout(10), visiting(a_showcase(run_again=run)) as browser, asyncio.TaskGroup() as both:
        first = both.create_task(browser.post("/run"))
        await started.wait()
        second = await browser.post("/run")
        overview = await browser.get("/")
        may_end.set()

    assert second.status_code == 409
    assert "Another exchange is running." in second.text
    assert overview.status_code == 200
    assert first.result().status_code == 303


async def test_a_run_that_fails_says_why_and_the_next_one_may_start() -> None:
    async def run() -> None:
        raise CallerError("the register refuses")

    async with visiting(a_showcase(run_again=run)) as browser:
        answers = [await browser.post("/run"), await browser.post("/run")]

    assert [answer.status_code for answer in answers] == [502, 502]
    assert "the register refuses" in answers[0].text


async def test_the_demo_does_not_grow_for_ever() -> None:
    many = [replace(FAILED, id=str(number)) for number in range(MAX_EXCHANGES)]
    async with visiting(a_showcase(many)) as browser:
        answer = await browser.post("/run")

    assert answer.status_code == 409
    assert f"The demo keeps {MAX_EXCHANGES} exchanges." in answer.text


# How the pages are written


class _Balance(HTMLParser):
    """Finds elements that are not closed, or closed in the wrong order."""

    VOID = frozenset({"meta", "link", "br", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.flaws: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.flaws.append(f"an attribute twice in {self.get_starttag_text()}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` needs no end."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.flaws.append(f"</{tag}> at {self.getpos()}")


def flaws(page: str) -> list[str]:
    """Give what keeps a page from being well written."""
    balance = _Balance()
    balance.feed(page)
    root = lxml.html.document_fromstring(page)
    ids = root.xpath("//@id")
    levels = [int(heading.tag[1]) for heading in root.xpath("//h1|//h2|//h3|//h4")]
    referred = [
        *" ".join(root.xpath("//@aria-labelledby|//@aria-describedby|//label/@for")).split(),
        *(name[1:] for name in root.xpath("//@href|//@data-all|//@data-copy") if name.startswith("#")),
    ]
    return [
        *balance.flaws,
        *(f"<{tag}> is not closed" for tag in balance.open),
        *(f"id {name} twice" for name in ids if ids.count(name) > 1),
        *(f"#{name} is nowhere" for name in referred if name not in ids),
        *(["no single h1 at the start"] if levels[:1] != [1] or levels.count(1) != 1 else []),
        *(f"h{here} after h{before}" for before, here in pairwise(levels) if here > before + 1),
        *("an svg without name" for _ in root.xpath("//svg[not(@aria-hidden='true')][not(@role='img' and title)]")),
        *("an img without alt" for _ in root.xpath("//img[not(@alt)]")),
        *("an input without label" for _ in root.xpath("//input[not(@id = //label/@for)]")),
        *(f"an empty {each.tag}" for each in root.xpath("(//a|//button|//summary|//th)[not(normalize-space())]")),
        *("style within the page" for _ in root.xpath("//style|//@style")),
        *("script within the page" for _ in root.xpath("//script[not(@src)]|//script[normalize-space()]")),
        *(f"{name} on an element" for each in root.iter() for name in each.attrib if name.startswith("on")),
        *("no language" for _ in root.xpath("/html[not(@lang)]")),
    ]


@pytest.mark.parametrize("path", [*PAGES, f"/exchanges/{FAILED.id}", "/run"])
async def test_a_page_is_well_written(path: str) -> None:
    async with visiting() as browser:
        page = await browser.get(path)

    assert flaws(page.text) == []


async def test_flaws_are_found() -> None:
    page = "<html><body><h2 id=a>x</h2><p id=a onclick='x'><svg><path/></svg><a href='#b'></a><style></style></div>"

    assert len(flaws(page)) >= 9


async def test_titles_and_navigation_tell_the_pages_apart() -> None:
    async with visiting() as browser:
        roots = [lxml.html.document_fromstring((await browser.get(path)).content) for path in PAGES]

    titles = [root.findtext("head/title") for root in roots]
    current = [root.xpath("string(//nav//a[@aria-current='page'])") for root in roots]
    assert len(set(titles)) == len(PAGES)
    assert all(title is not None and title.endswith(" – oots demo") for title in titles)
    assert current == ["Demo", "Exchanges", "Exchanges", "Exchanges", ""]


async def test_the_foot_tells_the_version() -> None:
    async with visiting() as browser:
        page = await browser.get("/")

    assert f"oots {oots.__version__}" in page.text
