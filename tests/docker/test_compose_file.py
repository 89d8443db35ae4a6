"""What compose.yaml promises: containers that are shut as far as they can be, and nothing that others could reach."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docker.image import DOCKER, read_image

COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OF_OURS = sorted(name for name, service in SERVICES.items() if service["image"] == "oots:local")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_shut_as_far_as_it_can_be(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].startswith("${OOTS_USER:?")
    assert "/tmp" in service["tmpfs"]
    assert not {"ports", "privileged", "cap_add", "devices", "pid", "env_file"} & set(service)


@pytest.mark.parametrize("name", OF_OURS)
def test_a_container_of_ours_can_write_to_its_data_only(name: str) -> None:
    writable = [volume.split(":") for volume in SERVICES[name].get("volumes", []) if not volume.endswith(":ro")]

    assert [place for _, place in writable] in ([], ["/data"])


def test_no_network_leads_out() -> None:
    assert {name for name, network in COMPOSE["networks"].items() if network["internal"]} == {"peers", "databases"}


def test_the_portal_shares_the_loopback_of_a_node_and_has_nothing_but_its_token() -> None:
    ask = SERVICES["ask"]

    assert ask["network_mode"] == "service:portugal"
    assert ask["secrets"] == ["portal-token"]
    assert ask["volumes"] == ["./ask.py:/ask.py:ro"]


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert name.endswith(("_FILE", "PASSFILE")) or not re.search(r"(?i)password|token|secret", name)
            assert not re.search(r"://[^/@]*:[^/@]*@", value)


def test_every_service_starts_after_what_it_needs() -> None:
    for node in ("finland", "portugal"):
        assert SERVICES[node]["depends_on"] == {f"{node}-upgrade": {"condition": "service_completed_successfully"}}
        assert SERVICES[f"{node}-upgrade"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_everything_that_is_mounted_is_there_or_made_by_setup() -> None:
    sources = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    sources += [secret["file"] for secret in COMPOSE["secrets"].values()]

    assert [source for source in sources if not source.startswith("./nodes/") and not (DOCKER / source).exists()] == []


def test_no_image_is_fetched_from_a_named_host() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)

    assert [image for image in images if "/" in image] == []
    assert {SERVICES[name]["pull_policy"] for name in OF_OURS} == {"never"}


def test_the_image_runs_as_nobody_in_particular_and_never_as_root() -> None:
    user, group = read_image().user.split(":")

    assert int(user) > 1000
    assert int(group) > 1000


def test_the_folder_with_the_keys_is_kept_out_of_git() -> None:
    assert {"/nodes/", "/.env"} <= set(Path(DOCKER / ".gitignore").read_text().splitlines())
