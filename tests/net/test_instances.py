"""From nothing but a country to a verified answer, by a real name server; and what is remembered of name servers."""

import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from directory_double import DATA_SERVICES, OF_A_PROCEDURE, OF_A_TYPE, Double, SigningIdentity, public_server
from name_servers import lying, running_nsd

from oots import pki
from oots.common_services.answers import DataServices, Requirements
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import V1_2, V2_0, Service
from oots.common_services.naptr import Environment
from oots.errors import DirectoryUnavailable, NoDirectory
from oots.net import name_servers
from oots.net.directory import DirectoryClient
from oots.net.directory_cache import DirectoryCache
from oots.net.directory_http import DirectoryHttp
from oots.net.instances import LEAST_SECONDS, MOST_SECONDS, STALE, Addressing, Instances
from oots.net.name_servers import NameServer
from oots.net.tls import open_client_context
from oots.store.database import open_database, utc_now
from oots.store.directory_answers import DirectoryAnswers, directory_answer_table
from oots.store.tables import new_metadata

pytestmark = pytest.mark.anyio

EB_OF_AT = "at.eb.v2.cs.acc.oots.tech.ec.europa.eu"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.new_authority("test authority", now=NOW)


@pytest.fixture(scope="module")
def server_tls(authority: pki.Authority) -> ssl.SSLContext:
    return public_server(authority)


@asynccontextmanager
async def client_for(
    double: Double, authority: pki.Authority, server: NameServer, *, cache: DirectoryCache | None = None
) -> AsyncIterator[DirectoryClient]:
    http = DirectoryHttp(open_client_context([authority.certificate]))
    instances = Instances(Addressing(country="FI", name_servers=(server,)), now=lambda: NOW)
    try:
        yield DirectoryClient(http, instances, trust=double.identity.trust, now=utc_now, cache=cache)
    finally:
        await http.aclose()


@pytest.mark.nsd
async def test_a_country_is_enough_to_get_verified_answers(
    authority: pki.Authority, server_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    double = Double(identity=SigningIdentity())
    async with double.running(server_tls) as bound:
        records = "".join(
            f'at.{service}.v2.cs.acc 300 NAPTR 100 10 "U" "" "!.*!{bound.url}/{service}/!" .\n'
            for service in ("eb", "dsd")
        )
        with running_nsd(records, tmp_path / "nsd") as server:
            async with client_for(double, authority, server) as client:
                requirements = await client.requirements(OF_A_PROCEDURE)
                double.body = DATA_SERVICES
                data_services = await client.data_services(OF_A_TYPE)

    assert isinstance(requirements.answer, Requirements)
    assert isinstance(data_services.answer, DataServices)
    assert [request.url.path for request in double.asked] == ["/eb/rest/search", "/dsd/rest/search"]
    assert requirements.base_url == f"{bound.url}/eb"


# --- what name servers said -------------------------------------------------------------------------------------------


class Says:
    """A name server that is asked how often, and says what a test sets."""

    def __init__(self, url: str = "https://first.example/eb", *, ttl: int = 300) -> None:
        self.url: str | None = url
        self.ttl = ttl
        self.silent = False
        self.asked: list[str] = []

    def __call__(self, question: bytes) -> list[bytes]:
        asked = dns.message.from_wire(question)
        answer = dns.message.make_response(asked)
        name = asked.question[0].name
        self.asked.append(name.to_text(omit_final_dot=True))
        if self.url is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "NAPTR", f'1 1 "U" "" "!.*!{self.url}!" .'))
        return [] if self.silent else [answer.to_wire()]


@asynccontextmanager
async def instances_of(says: Says, now: Callable[[], datetime], **addressing: object) -> AsyncIterator[Instances]:
    async with lying(says) as server:
        yield Instances(Addressing(country="FI", name_servers=(server,), **addressing), now=now)  # type: ignore[arg-type]


async def test_what_dns_said_is_remembered_as_long_as_it_allows() -> None:
    says, now = Says(), NOW
    async with instances_of(says, lambda: now) as instances:
        assert await instances.base_url(EB_OF_AT) == "https://first.example/eb"
        says.url = "https://second.example/eb"
        now += timedelta(seconds=299)
        assert await instances.base_url(EB_OF_AT) == "https://first.example/eb"
        now += timedelta(seconds=1)
        assert await instances.base_url(EB_OF_AT) == "https://second.example/eb"

    assert len(says.asked) == 2


@pytest.mark.parametrize(("ttl", "seconds"), [(0, LEAST_SECONDS), (604_800, MOST_SECONDS)])
async def test_neither_no_time_nor_a_week_is_taken_at_its_word(ttl: int, seconds: int) -> None:
    says, now = Says(ttl=ttl), NOW
    async with instances_of(says, lambda: now) as instances:
        for passed in (0, seconds - 1, 1):
            now += timedelta(seconds=passed)
            await instances.base_url(EB_OF_AT)

    assert len(says.asked) == 2


async def test_an_address_is_used_on_while_no_name_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "LOOKUP_SECONDS", 0.2)
    says, now = Says(), NOW
    async with instances_of(says, lambda: now) as instances:
        await instances.base_url(EB_OF_AT)
        says.silent = True
        now += STALE
        assert await instances.base_url(EB_OF_AT) == "https://first.example/eb"
        now += timedelta(seconds=300)
        with pytest.raises(DirectoryUnavailable):
            await instances.base_url(EB_OF_AT)


async def test_an_address_is_forgotten_once_dns_has_none_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "LOOKUP_SECONDS", 0.2)
    says, now = Says(), NOW
    async with instances_of(says, lambda: now) as instances:
        await instances.base_url(EB_OF_AT)
        says.url = None
        now += timedelta(seconds=300)
        with pytest.raises(NoDirectory):
            await instances.base_url(EB_OF_AT)
        says.silent = True
        with pytest.raises(DirectoryUnavailable):
            await instances.base_url(EB_OF_AT)


async def test_a_record_that_leads_into_our_own_machine_by_plain_http_is_refused() -> None:
    async with instances_of(Says("http://127.0.0.1:8444/eb"), lambda: NOW) as instances:
        with pytest.raises(NoDirectory, match="expected: https"):
            await instances.base_url(EB_OF_AT)


def test_the_instance_is_that_of_the_country_that_is_asked_about() -> None:
    instances = Instances(Addressing(country="FI"), now=lambda: NOW)

    assert instances.place(Service.EVIDENCE_BROKER, country="AT", version=V2_0) == EB_OF_AT
    assert instances.place(Service.EVIDENCE_BROKER, country=None, version=V2_0).startswith("fi.eb.v2.")
    assert instances.place(Service.DATA_SERVICE_DIRECTORY, country="EL", version=V1_2).startswith("el.dsd.v1.cs.acc.")


def test_or_always_our_own() -> None:
    addressing = Addressing(country="FI", own_instance_only=True, environment=Environment.PRODUCTION)
    instances = Instances(addressing, now=lambda: NOW)

    assert instances.place(Service.EVIDENCE_BROKER, country="AT", version=V2_0).startswith("fi.eb.v2.cs.prod.")


async def test_a_fixed_address_needs_no_name_server() -> None:
    says = Says()
    fixed = {Service.EVIDENCE_BROKER: "https://directory.example/eb"}
    async with instances_of(says, lambda: NOW, fixed=fixed) as instances:
        place = instances.place(Service.EVIDENCE_BROKER, country="AT", version=V2_0)
        assert await instances.base_url(place) == "https://directory.example/eb"

    assert says.asked == []


async def test_what_was_heard_is_found_while_no_name_server_answers(
    authority: pki.Authority, server_tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_servers, "LOOKUP_SECONDS", 0.2)
    metadata = new_metadata()
    table = directory_answer_table(metadata)
    database = open_database(f"sqlite:///{tmp_path}/requester.db")
    with database.changing_schema() as connection:
        metadata.create_all(connection)
    times = CacheTimes(fresh=timedelta(0))
    cache = DirectoryCache(DirectoryAnswers(database, table), times=times, now=utc_now)
    double = Double(identity=SigningIdentity())
    async with (
        double.running(server_tls) as bound,
        lying(Says(f"{bound.url}/eb")) as server,
        client_for(double, authority, server, cache=cache) as client,
    ):
        heard = await client.requirements(OF_A_PROCEDURE)
    async with lying(lambda _: []) as silent, client_for(double, authority, silent, cache=cache) as client:
        begin = time.monotonic()
        told = await client.requirements(OF_A_PROCEDURE)
        again = await client.requirements(OF_A_PROCEDURE)
    database.close()

    assert told.is_stale
    assert told.answer == again.answer == heard.answer
    assert time.monotonic() - begin < 5
