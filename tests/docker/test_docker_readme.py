"""`docker/README.md` is true, as far as files can show: its commands name what is there; it says what was not tried."""

import re

import yaml

from tests.docker.image import DOCKER, ROOT

README = (DOCKER / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(?:docker|cd|\./).*", README, re.MULTILINE)


def test_its_commands_name_services_that_are_there() -> None:
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    named = [name for line in COMMANDS for name in re.findall(r"(?:exec|ask|logs|--no-TTY) (\w+)(?: (\w+))?", line)]

    assert {name for pair in named for name in pair if name} - {"oots"} <= set(services)
    assert any("run --rm" in line for line in COMMANDS)


def test_it_lists_every_file_and_no_other() -> None:
    listed = {name for line in README.splitlines() if line.startswith("| `") for name in re.findall(r"`([^`]+)`", line)}
    there = {str(path.relative_to(DOCKER)) for path in DOCKER.rglob("*") if path.is_file()}

    assert {path for path in there if not re.match(r"nodes/|\.|README|__", path)} <= listed


def test_the_image_is_built_as_it_says() -> None:
    (build,) = (line for line in COMMANDS if line.startswith("docker build"))

    assert build in (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert (ROOT / re.findall(r"--file (\S+)", build)[0]).is_file()


def test_it_says_what_was_not_tried() -> None:
    assert "no container engine has ever run these files" in README
    for what in ("building the image", "arm64", "SELinux", "docker run"):
        assert what in README.partition("Never tried")[2]
