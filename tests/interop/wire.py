"""
The HTTP side of the interop tests: a door on the loopback address, and a way to knock at one.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.interop.identities import LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What travels: bytes, and what they are."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP response."""

    status: int
    body: Body


def post(url: str, body: Body, *, tls: ssl.SSLContext | None = None) -> Reply:
    """Push a body to a URL."""
    with httpx.Client(verify=True if tls is None else tls, trust_env=False, timeout=60) as client:
        response = client.post(url, content=body.content, headers={"Content-Type": body.content_type})
    content_type = response.headers.get("Content-Type", "")
    return Reply(status=response.status_code, body=Body(content_type=content_type, content=response.content))


@contextmanager
def door(answer: Callable[[Body], Reply], *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer every POST on a free port with `answer`, and give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                content = b"".join(self._chunks())
            reply = answer(Body(content_type=self.headers["Content-Type"], content=content))
            self.send_response(reply.status)
            if reply.body.content_type:
                self.send_header("Content-Type", reply.body.content_type)
            self.send_header("Content-Length", str(len(reply.body.content)))
            self.end_headers()
            self.wfile.write(reply.body.content)

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'http' if tls is None else 'https'}://{LOOPBACK}:{server.server_port}/as4"
        finally:
            server.shutdown()
            thread.join()
