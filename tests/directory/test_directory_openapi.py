"""What the directory says of itself: how it may be asked, and whether it can answer."""

from typing import Any

import pytest

from oots.common_services.interface import INTERFACES
from tests.directory.desks import Desk


@pytest.fixture
def document(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.http.get("/openapi.json").json()
    return found


def test_both_services_are_described_with_all_that_they_may_be_asked(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {"/eb/rest/search", "/dsd/rest/search"}
    for path, queries in (("/eb/rest/search", ":eb:"), ("/dsd/rest/search", ":dsd:")):
        described = {item["name"]: item for item in document["paths"][path]["get"]["parameters"]}
        known = {
            name
            for interface in INTERFACES.values()
            for query, names in interface.parameters.items()
            if queries in query
            for name in names
        }
        assert set(described) == known | {"queryId", "Accept-Version"}
        assert all("description" in item or "enum" in item["schema"] for item in described.values())


def test_every_answer_is_described_with_its_signature(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        answer = item["get"]["responses"]["200"]
        assert list(answer["content"]) == ["application/x-ebrs+xml"]
        assert {"digest", "oots-response-sig"} <= set(answer["headers"])


def test_whether_it_lives_and_can_answer_is_seen(desk: Desk) -> None:
    assert desk.http.get("/health/live").json() == {"status": "live"}
    assert desk.http.get("/health/ready").json() == {"ready": True, "checks": {"database": "ok"}}
    assert 'oots_check_ok{check="database"} 1.0' in desk.http.get("/metrics").text
