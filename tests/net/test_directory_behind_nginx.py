"""A directory behind Debian's nginx: large signatures arrive whole, and what a proxy does to an answer is noticed."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from directory_double import OF_A_PROCEDURE, Double, SigningIdentity, written
from name_servers import own_address

from oots.common_services.answers import Refused, Requirements
from oots.common_services.interface import Service
from oots.errors import DirectoryUnavailable, UntrustedAnswer
from oots.net import directory
from oots.net.directory import DirectoryClient, Told
from oots.net.directory_http import DirectoryHttp
from oots.net.instances import Addressing, Instances

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]

PORT = 5301
CONFIGURATION = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    access_log off;
    server {{
        listen {address}:{port};
        location / {{
            proxy_pass {behind};
            {directives}
        }}
    }}
}}
"""
LARGE_HEADERS = "proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;"


@pytest.fixture
def nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        pytest.skip("needs nginx (Debian package nginx-light)")
    return found


@asynccontextmanager
async def before(nginx: str, behind: str, directives: str, folder: Path) -> AsyncIterator[str]:
    """Run nginx before an address; give its own."""
    address = own_address()
    configuration = CONFIGURATION.format(address=address, port=PORT, behind=behind, directives=directives)
    with running(nginx, configuration, folder):
        await listens(address)
        yield f"http://{address}:{PORT}"


@contextmanager
def running(nginx: str, configuration: str, folder: Path) -> Iterator[None]:
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def listens(address: str) -> None:
    for _ in range(500):
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address, PORT)
            writer.close()
            return
        await asyncio.sleep(0.02)
    pytest.fail("nginx does not listen")


async def ask(double: Double, nginx: str, directives: str, folder: Path) -> Told[Requirements | Refused]:
    http = DirectoryHttp()
    async with double.running() as bound, before(nginx, bound.url, directives, folder) as url:
        fixed = {Service.EVIDENCE_BROKER: f"{url}/eb"}
        instances = Instances(Addressing(country="FI", fixed=fixed), now=lambda: datetime.now(UTC))
        client = DirectoryClient(http, instances, trust=double.identity.trust, now=lambda: datetime.now(UTC))
        try:
            return await client.requirements(OF_A_PROCEDURE)
        finally:
            await http.aclose()


@pytest.mark.parametrize("kib", [8, 32])
async def test_header_lines_as_large_as_signatures_arrive_whole(nginx: str, tmp_path: Path, kib: int) -> None:
    double = Double(identity=SigningIdentity(padding=kib * 1024 * 9 // 16))

    told = await ask(double, nginx, LARGE_HEADERS, tmp_path)

    assert len(told.raw.fields["oots-response-sig"]) > kib * 1024
    assert told.raw.body == written(double.body)


async def test_a_proxy_that_is_not_ready_for_them_is_a_directory_that_cannot_answer(
    nginx: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAUSES", (0.0, 0.0))
    double = Double(identity=SigningIdentity(padding=8 * 1024))

    with pytest.raises(DirectoryUnavailable, match="cannot answer now: status 502"):
        await ask(double, nginx, "", tmp_path)


async def test_a_proxy_that_likes_to_compress_leaves_our_answers_alone(nginx: str, tmp_path: Path) -> None:
    double = Double(identity=SigningIdentity())

    told = await ask(double, nginx, "gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;", tmp_path)

    assert told.raw.body == written(double.body)


async def test_a_proxy_that_changes_an_answer_is_noticed(nginx: str, tmp_path: Path) -> None:
    double = Double(identity=SigningIdentity())

    with pytest.raises(UntrustedAnswer, match="digest: the body has another SHA-256"):
        await ask(double, nginx, "sub_filter 'Proof of birth' 'Proof of death'; sub_filter_types *;", tmp_path)
