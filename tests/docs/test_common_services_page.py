"""`docs/common-services.md` is true: its settings are those there are, its example can be read, its limits are ours."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oots import pki
from oots.net import directory, directory_http, name_servers
from oots.node.new_node import Plan, make_node
from oots.node.settings import read_node
from oots.node.tables import CommonServicesTable
from oots.store import directory_answers

PAGE = (Path(__file__).parents[2] / "docs" / "common-services.md").read_text(encoding="utf-8")
FIELDS = CommonServicesTable.model_fields


def rows(heading: str) -> list[list[str]]:
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section[1].splitlines() if "|" in line]
    return cells[2:]


def test_the_page_has_every_key_and_no_others() -> None:
    assert [key.strip("`") for key, *_ in rows("1. The settings")] == list(FIELDS)


@pytest.mark.parametrize("key", FIELDS)
def test_the_page_says_what_holds_without_a_key(key: str) -> None:
    (without,) = [without for name, without, _ in rows("1. The settings") if name == f"`{key}`"]
    field = FIELDS[key]

    if field.is_required():
        assert without == "needed"
    elif field.default is None or field.default == ():
        assert without in {"DNS", "that of the node", "those of the system"}
    else:
        default = str(field.default)
        shown = default.lower() if isinstance(field.default, bool | int) else f'"{default}"'
        assert without == f"`{shown}`"


def test_the_example_is_enough(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    plan = Plan(
        party_id="AP_FI_01",
        country="FI",
        authority="Authority",
        address="https://ap.example.fi/as4",
        first_port=8443,
        environment="acceptance",
    )
    make_node(tmp_path / "node", plan, now=now, new_id=lambda: "11111111-1111-4111-8111-111111111111")
    root = pki.new_authority("root", now=now).certificate
    (tmp_path / "node" / "keys" / "directory-root.crt").write_bytes(pki.certificate_pem(root))
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    with (tmp_path / "node" / "oots.toml").open("a", encoding="utf-8") as file:
        file.write(example)

    found = read_node(tmp_path / "node" / "oots.toml", {}, now=now).common_services

    assert found is not None
    assert found.addressing.country == "FI"


def test_the_limits_are_ours() -> None:
    limits = {what: int(re.sub(r"\D", "", limit)) for what, limit in rows("5. Limits")}

    assert list(limits.values()) == [
        name_servers.LOOKUP_SECONDS,
        directory_http.QUESTION_SECONDS,
        directory.TOTAL_SECONDS,
        directory_http.MAX_ANSWER_BYTES,
        directory_answers.MAX_ANSWERS,
    ]
    assert f"all {directory.TRIES} tries" in PAGE
    assert f"For {directory.SILENCE.seconds} seconds" in PAGE
