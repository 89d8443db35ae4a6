"""Directories are asked as the standard says; what comes back is believed and read, or refused in a sentence."""

import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from directory_double import (
    ANSWERED,
    BIRTH,
    DATA_SERVICES,
    OF_A_PROCEDURE,
    OF_A_REQUIREMENT,
    OF_A_TYPE,
    QUESTION,
    RESIDENCE,
    STATE,
    Double,
    SigningIdentity,
    public_server,
    refusal,
    serving,
    written,
)
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from oots import pki
from oots.codes import DsdCode, EbCode, SignatureStep
from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.certificate_path import Trust
from oots.common_services.interface import V1_0, V1_2, V2_0, Service
from oots.common_services.queries import RequirementsQuery
from oots.errors import DirectoryUnavailable, OperatorError, UnreadableAnswer, UntrustedAnswer, UnusableAnswer
from oots.net import directory, directory_http
from oots.net.directory import DirectoryClient, Told
from oots.net.directory_http import MAX_ANSWER_BYTES, DirectoryHttp, question_url
from oots.net.instances import Addressing, Instances
from oots.net.tls import TLS_1_2_SUITES, open_client_context

pytestmark = pytest.mark.anyio


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def identity() -> SigningIdentity:
    return SigningIdentity()


@pytest.fixture
def double(identity: SigningIdentity) -> Double:
    return Double(identity=identity)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAUSES", (0.0, 0.0))


@asynccontextmanager
async def client_for(
    url: str,
    trust: Trust,
    *,
    now: Callable[[], datetime] = utc_now,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[DirectoryClient]:
    fixed = {Service.EVIDENCE_BROKER: f"{url}/eb", Service.DATA_SERVICE_DIRECTORY: f"{url}/dsd"}
    http = DirectoryHttp(tls)
    try:
        yield DirectoryClient(http, Instances(Addressing(country="FI", fixed=fixed), now=now), trust=trust, now=now)
    finally:
        await http.aclose()


async def ask(
    double: Double, query: RequirementsQuery = OF_A_PROCEDURE, *, now: Callable[[], datetime] = utc_now
) -> Told[Requirements | Refused]:
    async with double.running() as bound, client_for(bound.url, double.identity.trust, now=now) as client:
        return await client.requirements(query)


async def refused(answer: Callable[[Request], Awaitable[Response]], identity: SigningIdentity) -> str:
    """Ask somebody whose answers are of no use, and give the sentence about it."""
    async with serving(answer) as bound, client_for(bound.url, identity.trust) as client:
        with pytest.raises((UnusableAnswer, DirectoryUnavailable)) as error:
            await client.requirements(OF_A_PROCEDURE)
    return str(error.value)


# --- questions --------------------------------------------------------------------------------------------------------


async def test_a_question_is_a_get_whose_values_are_encoded_and_whose_version_is_said(double: Double) -> None:
    double.body = DATA_SERVICES
    async with double.running() as bound, client_for(bound.url, double.identity.trust) as client:
        await client.data_services(ANSWERED)

    (request,) = double.asked
    assert (request.method, request.url.path) == ("GET", "/dsd/rest/search")
    assert request.scope["query_string"] == (
        b"queryId=urn%3Afdc%3Aoots%3Adsd%3Aebxml-regrep%3Aqueries%3Adataservices-by-evidencetype-and-jurisdiction"
        b"&evidence-type-classification=https%3A%2F%2Fsr.acc.oots.tech.ec.europa.eu%2Fevidencetypeclassifications"
        b"%2FAT%2F0444376d-35f4-58f5-b995-2a4df619cb58&country-code=AT&8c6ce681-350c-5639-a999-d4059599caff=AT13"
    )
    assert request.headers["accept"] == "application/x-ebrs+xml"
    assert request.headers.getlist("accept-version") == [V2_0]
    assert request.headers["accept-encoding"] == "identity"
    assert "cookie" not in request.headers


async def test_all_questions_of_a_process_share_their_connections(double: Double) -> None:
    async with double.running() as bound, client_for(bound.url, double.identity.trust) as client:
        for _ in range(3):
            await client.requirements(OF_A_PROCEDURE)

    assert len({request.client for request in double.asked}) == 1


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://cs.example/eb", "https://cs.example/eb/rest/search?a=%C3%A4%26b"),
        ("https://cs.example/eb/", "https://cs.example/eb/rest/search?a=%C3%A4%26b"),
        ("https://cs.example/eb/FI/rest/search", "https://cs.example/eb/FI/rest/search?a=%C3%A4%26b"),
    ],
)
def test_the_path_of_queries_is_appended_once(base: str, url: str) -> None:
    assert question_url(base, [("a", "ä&b")]) == url


async def test_only_https_is_spoken_with_other_machines(identity: SigningIdentity) -> None:
    async with client_for("http://directory.example", identity.trust) as client:
        with pytest.raises(OperatorError, match="is not https"):
            await client.requirements(OF_A_PROCEDURE)


# --- answers ----------------------------------------------------------------------------------------------------------


async def test_each_of_the_three_queries_is_answered_by_values(double: Double) -> None:
    async with double.running() as bound, client_for(bound.url, double.identity.trust) as client:
        requirements = await client.requirements(OF_A_PROCEDURE)
        double.body = refusal(EbCode.EMPTY_RESULT)
        evidence_types = await client.evidence_types(OF_A_REQUIREMENT)
        double.body = DATA_SERVICES
        data_services = await client.data_services(OF_A_TYPE)

    assert isinstance(requirements.answer, Requirements)
    assert requirements.answer.requirements[0].identifier == BIRTH
    assert isinstance(evidence_types.answer, Refused)
    assert evidence_types.answer.code == "EB:ERR:0001"
    assert isinstance(data_services.answer, DataServices)
    assert data_services.answer.data_services[0].classification == RESIDENCE


async def test_an_answer_says_who_vouches_for_it_and_is_there_as_it_came(double: Double) -> None:
    told = await ask(double)

    assert told.signature.certificate.subject.rfc4514_string() == "CN=EC-OOTS-CS-TEST"
    assert told.raw.body == written(double.body)
    assert told.digest.startswith("SHA-256=")
    assert told.base_url.endswith("/eb")
    assert not told.is_stale


async def test_a_question_for_the_user_and_a_refusal_are_values(double: Double) -> None:
    async with double.running() as bound, client_for(bound.url, double.identity.trust) as client:
        double.body = QUESTION
        question = await client.data_services(OF_A_TYPE)
        double.body = refusal(DsdCode.ANSWER)
        refusal_of_an_answer = await client.data_services(ANSWERED)

    assert isinstance(question.answer, QuestionForUser)
    assert [item.identifier.value for item in question.answer.questions] == [STATE]  # type: ignore[union-attr]
    assert isinstance(refusal_of_an_answer.answer, Refused)
    assert refusal_of_an_answer.answer.code == "DSD:ERR:0006"


async def test_a_version_that_the_directory_does_not_speak_is_refused_by_it(double: Double) -> None:
    double.body = refusal(EbCode.PARAMETERS)

    told = await ask(double)

    assert isinstance(told.answer, Refused)
    assert told.answer.code == "EB:ERR:0003"


@pytest.mark.parametrize(("asked", "answered"), [(V2_0, V1_2), (V2_0, V1_0), (V1_2, V2_0)])
async def test_an_answer_in_another_version_than_was_asked_is_not_read(
    double: Double, asked: str, answered: str
) -> None:
    double.body = refusal(EbCode.EMPTY_RESULT, answered)

    with pytest.raises(UnreadableAnswer, match="SpecificationIdentifier"):
        await ask(double, replace(OF_A_PROCEDURE, interface=asked))


@pytest.mark.parametrize("kib", [8, 32])
async def test_header_lines_as_large_as_signatures_arrive_whole(kib: int) -> None:
    # What stands in a certificate is encoded twice: 16 bytes for 9.
    double = Double(identity=SigningIdentity(padding=kib * 1024 * 9 // 16))
    async with double.running() as bound, client_for(bound.url, double.identity.trust) as client:
        told = await client.requirements(OF_A_PROCEDURE)

    assert kib * 1024 < len(told.raw.fields["oots-response-sig"]) < kib * 1024 + 4000


async def test_headers_without_end_are_not_read(double: Double) -> None:
    double.headers = {"x-long": "x" * 200_000}

    with pytest.raises(DirectoryUnavailable, match="gives no answer: RemoteProtocolError"):
        await ask(double)


@pytest.mark.parametrize("status", [200, 203, 299, 400, 404, 418, 500, 503])
async def test_a_signed_answer_is_believed_whatever_its_status(double: Double, status: int) -> None:
    double.status = status

    assert isinstance((await ask(double)).answer, Requirements)


@pytest.mark.parametrize("media_type", ["application/x-ebrs+xml; charset=utf-8", "application/xml", "Text/XML"])
async def test_xml_may_be_called_xml(double: Double, media_type: str) -> None:
    double.media_type = media_type

    assert isinstance((await ask(double)).answer, Requirements)


# --- what is not believed ---------------------------------------------------------------------------------------------


async def test_another_body_is_not_believed(double: Double) -> None:
    double.spoilt = lambda body: body.replace(b"Proof of birth", b"Proof of death")

    with pytest.raises(UntrustedAnswer) as error:
        await ask(double)

    assert error.value.step is SignatureStep.DIGEST


async def test_an_answer_that_was_cut_short_is_not_believed(double: Double) -> None:
    double.spoilt = lambda body: body[:-1]

    with pytest.raises(UntrustedAnswer, match="digest"):
        await ask(double)


async def test_an_answer_without_signature_is_not_believed(double: Double) -> None:
    double.signed = False

    with pytest.raises(UntrustedAnswer) as error:
        await ask(double)

    assert error.value.step is SignatureStep.HEADERS


async def test_a_signature_that_stands_twice_is_not_believed(double: Double) -> None:
    async def twice(request: Request) -> Response:
        answer = await double.answer(request)
        MutableHeaders(raw=answer.raw_headers).append("digest", answer.headers["digest"])
        return answer

    async with serving(twice) as bound, client_for(bound.url, double.identity.trust) as client:
        with pytest.raises(UntrustedAnswer, match="digest stands several times"):
            await client.requirements(OF_A_PROCEDURE)


async def test_nobody_elses_signature_is_believed(double: Double) -> None:
    async with double.running() as bound, client_for(bound.url, SigningIdentity().trust) as client:
        with pytest.raises(UntrustedAnswer) as error:
            await client.requirements(OF_A_PROCEDURE)

    assert error.value.step is SignatureStep.PATH


async def test_a_signer_whose_certificate_has_expired_is_not_believed(double: Double) -> None:
    with pytest.raises(UntrustedAnswer):
        await ask(double, now=lambda: datetime.now(UTC) + timedelta(days=60))


async def test_what_is_not_believed_is_not_read(double: Double) -> None:
    double.body = b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"
    double.signed = False
    with pytest.raises(UntrustedAnswer):
        await ask(double)
    double.signed = True

    with pytest.raises(UnreadableAnswer, match="no XML that is accepted"):
        await ask(double)


@pytest.mark.parametrize("body", [b"", b"<html/>", b"\x1f\x8b", b"<a>" * 100_000])
async def test_what_is_signed_and_no_answer_is_not_used(double: Double, body: bytes) -> None:
    double.body = body

    with pytest.raises(UnreadableAnswer):
        await ask(double)


# --- what is no answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (204, "answered with status 204 and no signature; expected: 200 and signed"),
        (304, "answered with status 304 and no signature"),
        (400, "answered with status 400 and no signature"),
        (404, "answered with status 404 and no signature"),
        (418, "answered with status 418 and no signature"),
        (599, "cannot answer now: status 599"),
        (500, "cannot answer now: status 500"),
        (503, "cannot answer now: status 503"),
        (408, "cannot answer now: status 408"),
        (429, "cannot answer now: status 429"),
    ],
)
async def test_a_status_without_signature_is_a_sentence(identity: SigningIdentity, status: int, sentence: str) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status)

    found = await refused(answer, identity)

    assert found.startswith("the directory at 127.0.0.1:")
    assert sentence in found


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(double: Double, status: int) -> None:
    double.status, double.signed = status, False
    async with double.running() as elsewhere:
        double.headers = {"location": f"{elsewhere.url}/eb/rest/search"}
        sentence = await refused(double.answer, double.identity)

    assert f"sends us on to '{elsewhere.url}/eb/rest/search' (status {status}), and we do not go" in sentence
    assert len(double.asked) == 1


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "multipart/mixed", "x" * 10_000])
async def test_an_answer_of_another_type_is_a_sentence(double: Double, media_type: str) -> None:
    double.media_type = media_type

    sentence = await refused(double.answer, double.identity)

    assert f"answered with {media_type[:80]!r}; expected: application/x-ebrs+xml" in sentence


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_what_was_compressed_on_its_way_is_a_sentence(double: Double, encoding: str) -> None:
    double.headers, double.spoilt = {"content-encoding": encoding}, gzip.compress

    sentence = await refused(double.answer, double.identity)

    assert f"came compressed ({encoding!r}), and we asked for the bytes that were signed" in sentence


async def test_what_was_compressed_secretly_is_not_believed(double: Double) -> None:
    double.spoilt = gzip.compress

    with pytest.raises(UntrustedAnswer, match="the body has another SHA-256"):
        await ask(double)


async def test_an_answer_of_50_mb_is_refused_by_its_length(identity: SigningIdentity) -> None:
    async def large(_: Request) -> Response:
        return Response(bytes(50_000_000), media_type="application/x-ebrs+xml")

    assert f"has more than {MAX_ANSWER_BYTES} bytes" in await refused(large, identity)


async def test_an_answer_without_end_is_refused_once_it_is_too_large(identity: SigningIdentity) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1 << 20
            yield bytes(1 << 20)
            await asyncio.sleep(0)

    async def answer(_: Request) -> Response:
        return StreamingResponse(endless(), media_type="application/x-ebrs+xml")

    assert f"has more than {MAX_ANSWER_BYTES} bytes" in await refused(answer, identity)
    assert sent < 3 * MAX_ANSWER_BYTES


async def test_an_answer_of_10_mib_is_taken(double: Double) -> None:
    double.body = bytes(MAX_ANSWER_BYTES)
    http = DirectoryHttp()
    async with double.running() as bound:
        answer = await http.get(f"{bound.url}/eb", [], version=V2_0)
        await http.aclose()

    assert answer.body == double.body


async def test_a_slow_answer_is_given_up(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_http, "QUESTION_SECONDS", 0.1)
    double.delay = 1

    assert "gave no whole answer within 0.1 s" in await refused(double.answer, double.identity)


async def test_an_answer_that_trickles_in_is_given_up(
    identity: SigningIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    async def answer(_: Request) -> Response:
        return StreamingResponse(trickle(), media_type="application/x-ebrs+xml")

    monkeypatch.setattr(directory_http, "QUESTION_SECONDS", 0.3)
    begin = time.monotonic()

    assert "gave no whole answer within 0.3 s" in await refused(answer, identity)
    assert time.monotonic() - begin < 10


async def test_all_tries_together_have_their_time(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "TOTAL_SECONDS", 0.2)
    double.delay = 1

    assert "nobody answers for http://127.0.0.1" in await refused(double.answer, double.identity)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"junk\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ebrs+xml\r\nContent-Length: 100\r\n\r\n<query",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ebrs+xml\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<q",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ebrs+xml\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ebrs+xml\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 999999 ?\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_or_is_no_http_is_a_sentence(identity: SigningIdentity, answer: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    async with server, client_for(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", identity.trust) as client:
        with pytest.raises(DirectoryUnavailable, match=r"the directory at 127\.0\.0\.1:\d+ gives no answer: "):
            await client.requirements(OF_A_PROCEDURE)


async def test_what_goes_wrong_says_nothing_of_what_a_user_answered(double: Double) -> None:
    async with double.running() as bound:
        pass
    async with client_for(bound.url, double.identity.trust) as client:
        with pytest.raises(DirectoryUnavailable) as error:
            await client.data_services(ANSWERED)

    assert "AT13" not in str(error.value)
    assert STATE not in str(error.value)


# --- tries ------------------------------------------------------------------------------------------------------------


async def test_a_directory_that_cannot_answer_now_is_asked_three_times(double: Double) -> None:
    async def answer(request: Request) -> Response:
        found = await double.answer(request)
        return found if len(double.asked) == 3 else PlainTextResponse("later", 503)

    async with serving(answer) as bound, client_for(bound.url, double.identity.trust) as client:
        told = await client.requirements(OF_A_PROCEDURE)

    assert isinstance(told.answer, Requirements)
    assert len(double.asked) == 3


async def test_and_no_more_than_three_times(double: Double) -> None:
    double.status, double.signed = 503, False

    with pytest.raises(DirectoryUnavailable):
        await ask(double)

    assert len(double.asked) == 3


async def test_what_cannot_be_believed_is_not_asked_for_again(double: Double) -> None:
    double.spoilt = lambda body: body + b" "

    with pytest.raises(UntrustedAnswer):
        await ask(double)

    assert len(double.asked) == 1


# --- TLS --------------------------------------------------------------------------------------------------------------


async def test_a_directory_shows_a_certificate_and_asks_for_none(double: Double) -> None:
    authority = pki.new_authority("test authority", now=datetime.now(UTC))
    trusting = open_client_context([authority.certificate])
    async with double.running(public_server(authority)) as bound:
        async with client_for(bound.url, double.identity.trust, tls=trusting) as client:
            assert isinstance((await client.requirements(OF_A_PROCEDURE)).answer, Requirements)
        async with client_for(bound.url, double.identity.trust) as client:
            with pytest.raises(DirectoryUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                await client.requirements(OF_A_PROCEDURE)


def test_tls_is_spoken_as_the_standard_says() -> None:
    context = open_client_context()
    older = {item["name"] for item in context.get_ciphers() if item["protocol"] != "TLSv1.3"}

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert older == set(TLS_1_2_SUITES)
