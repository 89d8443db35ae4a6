"""The document that describes the door for back ends is complete, can be read by tools, and says what happens."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gateway_nodes import FINLAND, World, node, settings_of

from oots.ebms.messages import PartyId

pytestmark = pytest.mark.anyio

ROUTES = {
    ("post", "/messages"): ("submit", {202, 400, 401, 403, 408, 409, 413, 422, 500, 503}),
    ("get", "/messages/{message_id}"): ("status", {200, 401, 404, 422, 500, 503}),
    ("get", "/deliveries"): ("deliveries", {200, 401, 403, 422, 500, 503}),
    ("get", "/deliveries/{message_id}/payloads/{number}"): ("payload", {200, 206, 401, 404, 416, 422, 500, 503}),
    ("post", "/deliveries/{message_id}/acknowledge"): ("acknowledge", {204, 401, 404, 422, 500, 503}),
}


@pytest.fixture
async def document(world: World, ports: dict[PartyId, int]) -> dict[str, Any]:
    async with node(settings_of(world, FINLAND, ports)) as finland, httpx.AsyncClient() as http:
        answer = await http.get(f"{finland.backends.url}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): found for path, item in document["paths"].items() for method, found in item.items()}


async def test_every_route_is_described_with_all_its_answers(document: dict[str, Any]) -> None:
    found = {
        route: (operation["operationId"], {int(status) for status in operation["responses"]})
        for route, operation in operations(document).items()
    }

    assert found == ROUTES
    assert document["openapi"].startswith("3.1.")


async def test_every_route_needs_the_bearer_token(document: dict[str, Any]) -> None:
    (scheme,) = document["components"]["securitySchemes"].values()

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all(list(operation["security"][0]) == ["token"] for operation in operations(document).values())


async def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, answer in operation["responses"].items():
            assert answer["description"]
            if int(status) >= 400:
                content = answer["content"]
                assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problem = document["components"]["schemas"]["Problem"]
    assert sorted(problem["required"]) == ["detail", "status", "title", "type"]


async def test_every_route_and_field_is_explained(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        assert operation["summary"]
        assert operation["description"]
        assert all(field["description"] for field in operation.get("parameters", ()))
    submission = document["components"]["schemas"]["Submission"]
    assert submission["properties"]["message_id"]["description"].startswith("Submitting it again changes nothing")
    assert submission["additionalProperties"] is False


async def test_a_submission_is_a_form(document: dict[str, Any]) -> None:
    content = document["paths"]["/messages"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]

    assert form["properties"]["message"] == {"$ref": "#/components/schemas/Submission"}
    assert form["properties"]["payload"]["items"] == {"type": "string", "format": "binary"}
    assert form["required"] == ["message"]


async def test_header_fields_have_their_names(document: dict[str, Any]) -> None:
    named = {
        (operation["operationId"], field["name"])
        for operation in operations(document).values()
        for field in operation.get("parameters", ())
        if field["in"] == "header"
    }

    assert named == {("submit", "Idempotency-Key"), ("payload", "Range"), ("payload", "If-Range")}


async def test_tools_can_read_it(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    references = {found["$ref"] for found in objects(document) if "$ref" in found}

    assert references == {f"#/components/schemas/{name}" for name in schemas}
    for (_, path), operation in operations(document).items():
        named = {field["name"] for field in operation.get("parameters", ()) if field["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all("schema" in field for field in operation.get("parameters", ()))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object within a document."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from objects(item)
