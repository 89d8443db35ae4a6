"""
The floor of receiving: our HTTP server with the same TLS, whose application only keeps the body, in one transaction.

Run as a program with the folder of a node, the certificate of its peer and the address of a database; it prints the
port that it listens on.  Not in it: AS4 with its cryptography, blobs, encryption at rest, journal, log.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop
from anyio import to_thread
from cryptography import x509
from sqlalchemy import Column, Integer, LargeBinary, Table, insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from oots.cli.bench.gateway_peer import PARTY, PATH
from oots.cli.bench.post_load import HOST
from oots.cli.bench.processes import Usage
from oots.errors import OperatorError
from oots.net.server import running
from oots.net.tls import TlsIdentity, server_context
from oots.store.database import Database, open_database
from oots.store.tables import new_metadata

_METADATA: Final = new_metadata()
_BODY: Final = Table("body", _METADATA, Column("number", Integer, primary_key=True), Column("content", LargeBinary))


@contextmanager
def floor_serving(folder: Path, database: str) -> Iterator[tuple[int, Usage]]:
    """Run it in a process of its own; gives the port, and what the process uses."""
    command = [sys.executable, "-m", __name__, str(folder), database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  ourselves
        assert process.stdout is not None
        try:
            port = process.stdout.readline()
            if not port:
                raise OperatorError("the floor does not start")
            yield int(port), Usage(process.pid)
        finally:
            process.kill()


def _app(database: Database) -> Starlette:
    def keep(content: bytes) -> None:
        with database.writing() as connection:
            connection.execute(insert(_BODY), {"content": content})

    async def receive(request: Request) -> Response:
        await to_thread.run_sync(keep, await request.body())
        return PlainTextResponse("kept")

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


async def _serve(folder: Path, url: str) -> None:
    database = open_database(url)
    with database.changing_schema() as connection:
        _METADATA.create_all(connection)
    identity = TlsIdentity(certificate=folder / "keys" / "tls.crt", key=folder / "keys" / "tls.key")
    peer = x509.load_pem_x509_certificate((folder / "peers" / f"{PARTY}-tls.crt").read_bytes())
    async with running(_app(database), host=HOST, port=0, tls=server_context(identity, trusted=[peer])) as bound:
        print(bound.port, flush=True)
        # Until whoever started us has gone, or ends us.
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), sys.argv[2]))
