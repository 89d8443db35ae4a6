"""Name servers are asked within bounds, and what they say leads to an instance or to a sentence."""

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise

import dns.message
import dns.rrset
import pytest
from name_servers import lying, running_nsd

from oots.common_services.interface import Service
from oots.common_services.naptr import ZONE, Environment, choose, record_name
from oots.errors import DirectoryUnavailable, NoDirectory, OperatorError
from oots.net import name_servers
from oots.net.name_servers import NameServer, look_up, read_name_server

pytestmark = pytest.mark.anyio

ACCEPTANCE = "https://query.cs.acc.oots.tech.ec.europa.eu"
PRODUCTION = "https://query.cs.oots.tech.ec.europa.eu"

RECORDS = f"""
fi.eb.v2.cs.acc   NAPTR 100 10 "U" "" "!.*!{ACCEPTANCE}/eb/!" .
fi.dsd.v2.cs.acc  NAPTR 100 10 "U" "" "!.*!{ACCEPTANCE}/dsd/!" .
fi.dsd.v1.cs.acc  60 NAPTR 100 10 "U" "oots" "!.*!{ACCEPTANCE}/dsd/!" .
fi.eb.v2.cs.prod  NAPTR 100 10 "U" "" "!.*!{PRODUCTION}/eb/!" .
at.eb.v2.cs.acc   NAPTR 10 1 "S" "" "" _eb._tcp.example.
at.eb.v2.cs.acc   NAPTR 20 2 "U" "" "!.*!https://second.example/eb!" .
at.eb.v2.cs.acc   NAPTR 20 1 "u" "" "!.*!https://first.example/eb!" .
at.eb.v2.cs.acc   NAPTR 15 1 "U" "" "!^(.*)$!https://pattern.example/\\\\\\\\1!" .
pt.eb.v2.cs.acc   CNAME fi.eb.v2.cs.acc
se.eb.v2.cs.acc   CNAME no.eb.v2.cs.acc
no.eb.v2.cs.acc   CNAME se.eb.v2.cs.acc
ie.eb.v2.cs.acc   TXT "not here"
""" + "".join(
    f'de.eb.v2.cs.acc NAPTR {number} 1 "U" "" "!.*!https://instance-{number}.example/{"x" * 60}!" .\n'
    for number in range(50)
)


@pytest.fixture(scope="session")
def nsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    with running_nsd(RECORDS, tmp_path_factory.mktemp("nsd")) as server:
        yield server


def name(
    country: str,
    service: Service = Service.EVIDENCE_BROKER,
    environment: Environment = Environment.ACCEPTANCE,
    version: str = "oots-cs:v2.0",
) -> str:
    return record_name(service, country=country, version=version, environment=environment)


async def base_url(server: NameServer, of: str) -> str:
    return choose(of, (await look_up(of, [server])).records)


@pytest.mark.nsd
async def test_the_records_lead_to_the_instance_of_each_service_and_environment(nsd: NameServer) -> None:
    directory = name("FI", Service.DATA_SERVICE_DIRECTORY)
    production = name("FI", environment=Environment.PRODUCTION)

    assert await base_url(nsd, name("FI")) == f"{ACCEPTANCE}/eb"
    assert await base_url(nsd, directory) == f"{ACCEPTANCE}/dsd"
    assert await base_url(nsd, production) == f"{PRODUCTION}/eb"


@pytest.mark.nsd
async def test_a_lookup_says_how_long_it_may_be_relied_on(nsd: NameServer) -> None:
    older = name("FI", Service.DATA_SERVICE_DIRECTORY, version="oots-cs:v1.2")

    assert (await look_up(name("FI"), [nsd])).seconds == 300
    assert (await look_up(older, [nsd])).seconds == 60


@pytest.mark.nsd
async def test_order_counts_before_preference_and_only_terminal_records_of_the_form_count(nsd: NameServer) -> None:
    assert len((await look_up(name("AT"), [nsd])).records) == 4
    assert await base_url(nsd, name("AT")) == "https://first.example/eb"


@pytest.mark.nsd
async def test_a_name_may_be_another_name_for_an_instance(nsd: NameServer) -> None:
    assert await base_url(nsd, name("PT")) == f"{ACCEPTANCE}/eb"


@pytest.mark.nsd
async def test_more_records_than_fit_into_a_datagram_come_over_tcp(nsd: NameServer) -> None:
    found = await look_up(name("DE"), [nsd])

    assert len(found.records) == 50
    assert choose(name("DE"), found.records).startswith("https://instance-0.example/")


@pytest.mark.nsd
@pytest.mark.parametrize("country", ["XX", "IE"])
async def test_a_country_without_records_has_no_instance(nsd: NameServer, country: str) -> None:
    with pytest.raises(NoDirectory, match=f"DNS has no NAPTR record for {country.lower()}.eb.v2.cs.acc"):
        await look_up(name(country), [nsd])


@pytest.mark.nsd
async def test_names_that_lead_to_each_other_end_in_a_sentence(nsd: NameServer) -> None:
    begin = time.monotonic()
    with pytest.raises((DirectoryUnavailable, NoDirectory), match=r"se\.eb\.v2\.cs\.acc"):
        await look_up(name("SE"), [nsd])

    assert time.monotonic() - begin < name_servers.LOOKUP_SECONDS


@pytest.mark.nsd
async def test_a_name_server_that_refuses_is_no_absence_of_records(nsd: NameServer) -> None:
    with pytest.raises(DirectoryUnavailable, match=r"no name server can tell what is under fi\.example: REFUSED"):
        await look_up("fi.example", [nsd])


@pytest.mark.nsd
async def test_the_next_name_server_is_asked_when_one_is_silent(
    nsd: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_servers, "ATTEMPT_SECONDS", 0.1)
    async with lying(lambda _: []) as silent:
        assert (await look_up(name("FI"), [silent, nsd])).seconds == 300


async def test_where_nobody_listens_the_lookup_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "LOOKUP_SECONDS", 0.3)
    async with lying(lambda _: []) as gone:
        pass

    with pytest.raises(DirectoryUnavailable, match=r"no name server told within 0\.3 s what is under fi\.eb\.v2"):
        await look_up(name("FI"), [gone])


def response(question: bytes) -> dns.message.Message:
    return dns.message.make_response(dns.message.from_wire(question))


def records_for(of: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{of}.", 60, "IN", "NAPTR", '1 1 "U" "" "!.*!https://evil.example/!" .')


def with_another_id(question: bytes) -> list[bytes]:
    answer = response(question)
    answer.id ^= 1
    answer.answer.append(records_for(name("FI")))
    return [answer.to_wire()]


def to_another_question(question: bytes) -> list[bytes]:
    answer = dns.message.make_response(dns.message.make_query(name("PT"), "NAPTR"))
    answer.id = dns.message.from_wire(question).id
    answer.answer.append(records_for(name("PT")))
    return [answer.to_wire()]


def junk(question: bytes) -> list[bytes]:
    return [b"", b"junk", question[:2] + b"\xff" * 400, question[:2] + b"\x81\x80" + question[4:] + b"\xc0" * 100] * 10


@pytest.mark.parametrize("answer", [lambda _: [], with_another_id, to_another_question, junk])
async def test_silence_forgery_and_junk_come_to_nothing_in_time(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_servers, "LOOKUP_SECONDS", 0.3)
    begin = time.monotonic()
    async with lying(answer) as server:  # type: ignore[arg-type]
        with pytest.raises(DirectoryUnavailable, match=r"name server"):
            await look_up(name("FI"), [server])

    assert time.monotonic() - begin < 3


async def test_records_for_another_name_are_no_answer() -> None:
    def beside_the_question(question: bytes) -> list[bytes]:
        answer = response(question)
        answer.answer.append(records_for("fi.eb.example"))
        return [answer.to_wire()]

    async with lying(beside_the_question) as server:
        with pytest.raises(NoDirectory):
            await look_up(name("FI"), [server])


async def test_a_long_chain_of_names_is_not_followed_to_its_end() -> None:
    def chain(question: bytes) -> list[bytes]:
        answer = response(question)
        names = [name("FI"), *(f"{number}.example" for number in range(40))]
        for here, there in pairwise(names):
            answer.answer.append(dns.rrset.from_text(f"{here}.", 60, "IN", "CNAME", f"{there}."))
        answer.answer.append(records_for(names[-1]))
        return [answer.to_wire()]

    async with lying(chain) as server:
        with pytest.raises(DirectoryUnavailable, match="ChainTooLong"):
            await look_up(name("FI"), [server])


async def test_a_forged_answer_does_not_hide_the_right_one() -> None:
    right = name("FI")

    def both(question: bytes) -> list[bytes]:
        honest = response(question)
        honest.answer.append(
            dns.rrset.from_text(f"{right}.", 60, "IN", "NAPTR", '1 1 "U" "" "!.*!https://right.example/!" .')
        )
        return [*junk(question)[:2], *with_another_id(question), honest.to_wire()]

    async with lying(both) as server:
        assert await base_url(server, right) == "https://right.example"


async def test_a_lookup_that_nobody_waits_for_any_more_ends() -> None:
    async with lying(lambda _: []) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await look_up(name("FI"), [server])


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:DB8::1", "2001:db8::1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
    ],
)
def test_a_name_server_is_an_address_with_or_without_a_port(text: str, address: str, port: int) -> None:
    assert read_name_server(text) == NameServer(address=address, port=port)


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:0", "192.0.2.1:99999", "192.0.2.1:", "[::1", "[::1]"])
def test_something_else_is_no_name_server(text: str) -> None:
    with pytest.raises(OperatorError, match="is no name server; expected: an IP address"):
        read_name_server(text)


def test_the_zone_is_that_of_the_common_services() -> None:
    assert name("EL") == f"el.eb.v2.cs.acc.{ZONE}"
