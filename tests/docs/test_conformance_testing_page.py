"""`docs/conformance-testing.md` is true: commands print what it shows, and published examples break what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lxml import etree

from tests.cli.validated_files import HEADER, REFERENCE, REQUEST, RESPONSE, changed

PAGE = (Path(__file__).parents[2] / "docs" / "conformance-testing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RULE = re.compile(r"R-EDM-[A-Za-z]+-[SC]?\d{3}|OOTS-HEADER-\d{3}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    messages = tmp_path / "messages"
    messages.mkdir()
    (messages / "header.xml").write_bytes(HEADER.read_bytes())
    (messages / "request.xml").write_bytes(changed(REQUEST, "urn:uuid:5b0a", "uuid:5b0a"))
    (messages / "response.xml").write_bytes(RESPONSE.read_bytes())
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={"PATH": programs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_commands_print_what_the_page_shows(command: str, shown: str, folder: Path) -> None:
    printed = run(command, folder).stdout

    beginning, cut, _ = shown.partition("...")
    assert printed.startswith(beginning) if cut else printed == shown


def test_the_job_for_ci_writes_junit_and_fails(folder: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (job,) = yaml.safe_load(text).values()
    (command,) = job["script"]

    done = run(command, folder)

    suite = etree.parse(folder / job["artifacts"]["reports"]["junit"]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), done.returncode) == ("3", "1", 1)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published examples are not beside this checkout")
def test_the_published_examples_break_the_rules_that_the_page_explains() -> None:
    done = run(f"oots validate --format json '{REFERENCE}/examples' 2>&-", REFERENCE)

    documents = json.loads(done.stdout)["documents"]
    broken = {finding["rule"] for document in documents for finding in document["findings"]}
    assert broken - {"line-assumed"} == set(RULE.findall(PAGE.partition("## The published examples")[2]))
    assert all(document["valid"] == (document["kind"] == "header") for document in documents)
