"""
What the document `/openapi.json` says beyond what the types of the routes say: the form of a submission, problems.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from gateway.problems import PROBLEM, Problem
from oots.ebms.messages import MAX_PARTS
from oots.net.gateway_api import Submission

_COMPONENT: Final = "#/components/schemas/{model}"

_BYTES: Final = {"type": "string", "format": "binary"}

_PROBLEMS: Final = {
    HTTPStatus.BAD_REQUEST: "The body broke off.",
    HTTPStatus.UNAUTHORIZED: "No token that this gateway knows was shown.",
    HTTPStatus.FORBIDDEN: "The token is not good for this action.",
    HTTPStatus.NOT_FOUND: "There is nothing here that this token may see, or not any more.",
    HTTPStatus.REQUEST_TIMEOUT: "The body does not come.",
    HTTPStatus.CONFLICT: "Another message was submitted under this MessageId or key.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More bytes than are taken.",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The payload has no such bytes.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is missing or wrong; the detail names it.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of the gateway; its log says more.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The mailbox is full, or the database or the disk is away: come again later.",
}

DESCRIPTION: Final = f"""
Messages of other access points, for the services behind this one.

A back end shows its token as `Authorization: Bearer …`. The token is good for some actions: those it may submit, and
those it may fetch. It sees the messages that it submitted itself, and deliveries of its actions; for it there are no
others.

* **Sending**: submit a message; it is packed, kept, and posted until the receipt of the other access point proves that
  it arrived, or the attempts are used up. Ask its status for the state, the history and the reason of a failure. A
  submission that is repeated under the same `message_id` or `Idempotency-Key` changes nothing.
* **Receiving**: ask for deliveries, fetch their payloads, keep them, acknowledge. A delivery that is not acknowledged
  within a minute is given again. Fetching changes nothing; acknowledging erases the payloads here.
* **Being told**: a back end with a push address gets a POST in the form of Standard Webhooks for each message that came
  for it, of type `delivery.waiting`. Not getting one means nothing: ask now and then.

A MessageId in a path is percent-encoded, a full stop as `%2E`. A message has up to {MAX_PARTS} payloads; the first has
number 0.
"""


def refused_with(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Give the answers of a route that are problems."""
    content = {PROBLEM: {"schema": {"$ref": _COMPONENT.format(model=Problem.__name__)}}}
    return {status.value: {"description": _PROBLEMS[status], "content": content} for status in statuses}


ALWAYS: Final = refused_with(HTTPStatus.UNAUTHORIZED, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
"""Of every route."""

PAYLOAD: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "description": "All bytes, with the media type that their sender gave.",
        "headers": {
            "ETag": {"description": "For If-Range.", "schema": {"type": "string"}},
            "Accept-Ranges": {"schema": {"type": "string", "const": "bytes"}},
        },
        "content": {"*/*": {"schema": _BYTES}},
    },
    HTTPStatus.PARTIAL_CONTENT.value: {
        "description": "The bytes of one range.",
        "headers": {"Content-Range": {"required": True, "schema": {"type": "string"}}},
        "content": {"*/*": {"schema": _BYTES}},
    },
}
"""The answers that hold a payload."""

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["message"],
                    "properties": {
                        "message": {"$ref": _COMPONENT.format(model=Submission.__name__)},
                        "payload": {
                            "type": "array",
                            "maxItems": MAX_PARTS,
                            "items": _BYTES,
                            "description": "The contents of the parts: a field for each, in their order.",
                        },
                    },
                },
                "encoding": {"message": {"contentType": "application/json"}},
            }
        },
    }
}
"""The body of a submission, which is read while it comes in."""


def describe(app: FastAPI) -> None:
    """Have `app` give the whole document."""

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    # FastAPI's own way to extend the document.
    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    schemas: dict[str, Any] = document["components"]["schemas"]
    for described in _SCHEMAS:
        schema = TypeAdapter(described).json_schema(ref_template=_COMPONENT)
        schemas |= schema.pop("$defs", {})
        schemas[described.__name__] = schema
    return document


_SCHEMAS: Final[Sequence[type]] = (Submission, Problem)
"""Those that no type of a route names."""
