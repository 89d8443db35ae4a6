"""
Whether the services in this container live: the health check of the image.  Exit code 0 when all do.

`healthcheck.py [SERVICE ...]` asks the named ones, or all that the settings describe, as `oots serve` runs them.
Only the standard library is imported: this runs every few seconds.
"""

import http.client
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTENERS = {"gateway": "backend_listener", "requester": "listener", "provider": "listener"}
SECONDS = 3.0


def main(services: list[str]) -> int:
    """Say who does not live; give the exit code."""
    settings = tomllib.loads(Path(os.environ.get("OOTS_CONFIG", "oots.toml")).read_text(encoding="utf-8"))
    wanted = services or [name for name in LISTENERS if name in settings]
    problems = [f"{name}: {problem}" for name in wanted for problem in problems_of(name, settings)]
    print("\n".join(problems) or f"{', '.join(wanted)}: well")
    return 1 if problems else 0


def problems_of(service: str, settings: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with a service."""
    connection = http.client.HTTPConnection(*address_of(service, settings), timeout=SECONDS)
    try:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
        if status != http.HTTPStatus.OK:
            yield f"answers with {status}"
    except (OSError, http.client.HTTPException) as error:
        yield f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def address_of(service: str, settings: dict[str, Any]) -> tuple[str, int]:
    """Give host and port of a service, from the same variables and settings as the service itself."""
    listener = LISTENERS[service]
    variable = f"OOTS_{service}__{listener}__".upper()
    table = settings.get(service, {}).get(listener, {})
    host = os.environ.get(f"{variable}HOST", table.get("host", "127.0.0.1"))
    return host, int(os.environ.get(f"{variable}PORT", table.get("port", 0)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
