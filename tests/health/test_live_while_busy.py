"""A process that works with both hands still says within 100 ms that it lives."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from small_service import SmallService, an_event, app_of, client_of

from oots import pki
from oots.health import Vitals
from oots.journal.events import Component, EventName
from oots.net.server import running
from oots.work import Worker
from oots.xml import canonical, parse

pytestmark = pytest.mark.anyio

LIMIT = timedelta(milliseconds=100)
PROBES = 60


@contextmanager
def all_at_once(*tasks: Callable[[], object]) -> Iterator[None]:
    """Do each of these again and again, in a thread of its own."""
    over = threading.Event()

    def work(task: Callable[[], object]) -> None:
        while not over.is_set():
            task()

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def hard_work(service: SmallService) -> list[Callable[[], object]]:
    """Give what a node does in threads: RSA, AES, digests, C14N, SQL."""
    key, payload = pki.new_rsa_key(2048), os.urandom(1 << 20)
    cipher, document = AESGCM(bytes(32)), b"<a>%s</a>" % (b"<b c='d'>e</b>" * 5000)

    def write() -> None:
        service.stores.record(an_event(EventName.AS4_SENT, documents={"soap.xml": payload[:10_000]}))

    return [
        lambda: key.sign(b"digest", padding.PKCS1v15(), hashes.SHA256()),
        lambda: cipher.encrypt(bytes(12), payload, None),
        lambda: hashlib.sha256(payload).digest(),
        lambda: canonical(parse(document)),
        write,
        write,
    ]


async def test_live_is_answered_within_100_ms_while_every_core_is_busy(service: SmallService) -> None:
    vitals = Vitals(Component.GATEWAY)
    vitals.watch_stores(service.stores, service.durability)
    app, took = app_of(vitals), []
    with Worker(service.jobs, {}), all_at_once(*hard_work(service)):
        async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient(base_url=bound.url) as client:
            for _ in range(PROBES):
                began = time.monotonic()
                assert (await client.get("/health/live")).json() == {"status": "live"}
                took.append(time.monotonic() - began)

    # The machine of a test is shared: one probe in ten may have met somebody else's work.
    assert sorted(took)[PROBES * 9 // 10] < LIMIT.total_seconds(), took


async def test_live_says_so_also_when_nothing_else_is_well(service: SmallService) -> None:
    vitals = Vitals(Component.GATEWAY)
    vitals.watch_stores(service.stores, service.durability)
    service.stores.close()
    service.durability.blob_folder.rename(service.durability.blob_folder.with_name("elsewhere"))
    vitals.stop()

    async with client_of(vitals) as client:
        assert (await client.get("/health/live")).status_code == 200
