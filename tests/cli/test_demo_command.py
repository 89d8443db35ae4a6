"""`oots demo` as a process: what it prints, writes and leaves, and how it ends."""

import hashlib
import json
import os
import pty
import random
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from evidence_provider.invented_people import DEMO_CITIZEN
from oots.ebms.envelope import read_envelope
from oots.ebms.messages import Receipt, UserMessage, read_messaging
from oots.edm import documents
from oots.edm.model import EvidenceRequest, EvidenceResponse

DEMO = (sys.executable, "-m", "oots", "demo")
PORTS = 9
KEPT = ("request", "answer")
"""Names of the files with documents of the exchange data model."""
SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A demo that ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Give the folder in which a demo makes its own one, and after which nothing is there."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


@contextmanager
def demo(spool: Path, *arguments: object, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """Start a demo; whatever happens, it is gone at the end."""
    process = subprocess.Popen(
        [*DEMO, *map(str, arguments)],
        env=os.environ | {"TMPDIR": str(spool)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> Run:
    """Give how a demo ended; it left no process behind, and told no story of its own code."""
    out, err = process.communicate(timeout=SECONDS)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    done = Run(code=process.returncode, out=out or "", err=err)
    assert "Traceback" not in done.out + done.err
    return done


def run(spool: Path, *arguments: object) -> Run:
    with demo(spool, *arguments) as process:
        return ended(process)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read what a demo prints, up to the line with that text."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"{text!r} was not printed; {process.communicate()[1]}")


def free_ports() -> int:
    """Give the first of as many ports as a demo has, all of them free now."""
    while True:
        first = random.randrange(20000, 32000)
        try:
            with ExitStack() as held:
                for number in range(PORTS):
                    held.enter_context(closing(socket.create_server(("127.0.0.1", first + number))))
        except OSError:
            continue
        return first


def must_be_free(first: int) -> None:
    for number in range(PORTS):
        socket.create_server(("127.0.0.1", first + number)).close()


# --- to the end -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Give a run with everything written down: `t.json`, and the folder `d`."""
    folder = tmp_path_factory.mktemp("kept")
    spool = folder / "tmp"
    spool.mkdir()
    done = run(spool, "--once", "--port", 0, "--json", folder / "t.json", "--keep", folder / "d")
    assert list(spool.iterdir()) == []
    return done, folder


def told(kept: tuple[Run, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((kept[1] / "t.json").read_text(encoding="utf-8"))
    return found


def test_a_demo_ends_well_and_says_what_came(kept: tuple[Run, Path]) -> None:
    done, _ = kept

    assert (done.code, done.err) == (0, "")
    assert "the person pressed “Request this document” (procedure S1)" in done.out
    assert "PT access point decrypted, verified and kept ExecuteQueryResponse of AP_FI_DEMO" in done.out
    assert f"SHA-256 {told(kept)['evidence']['sha256']}, as the register issued it" in done.out


def test_the_timeline_has_exactly_the_form_of_the_contract(kept: tuple[Run, Path]) -> None:
    timeline = told(kept)

    assert set(timeline) == {"steps", "evidence", "total_ms"}
    assert set(timeline["evidence"]) == {"path", "sha256"}
    assert isinstance(timeline["total_ms"], float)
    for step in timeline["steps"]:
        assert set(step) == {"at_ms", "component", "event", "message_id", "exchange_id"}
        assert isinstance(step["at_ms"], float)
        assert step["component"].split() in [
            [part, node] for part in ("requester", "provider", "gateway") for node in ("AP_PT_DEMO", "AP_FI_DEMO")
        ]
    times = [step["at_ms"] for step in timeline["steps"]]
    assert times == sorted(times)
    assert len({step["exchange_id"] for step in timeline["steps"]}) == 1


def test_the_timeline_goes_from_the_button_to_the_procedure(kept: tuple[Run, Path]) -> None:
    events = [step["event"] for step in told(kept)["steps"]]

    assert events[0] == "explicit_request_given"
    assert events[-1] == "evidence_delivered"
    assert events.index("request_received") < events.index("evidence_issued") < events.index("response_received")


def test_the_document_is_kept_and_has_the_digest_that_is_told(kept: tuple[Run, Path]) -> None:
    evidence = told(kept)["evidence"]

    content = Path(evidence["path"]).read_bytes()

    assert Path(evidence["path"]).parent == kept[1] / "d"
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == evidence["sha256"]


def test_every_message_is_kept_as_bytes_that_can_be_read(kept: tuple[Run, Path]) -> None:
    folder = kept[1] / "d"
    envelopes = {path: read_messaging(read_envelope(path.read_bytes()).messaging) for path in folder.glob("*/soap.xml")}
    receipts = [read_messaging(read_envelope(path.read_bytes()).messaging) for path in folder.glob("*/receipt.xml")]
    requests = [documents.read(path.read_bytes()) for path in folder.glob("*/request.xml")]
    answers = [documents.read(path.read_bytes()) for path in folder.glob("*/answer.xml")]

    assert {message.action for message in envelopes.values() if isinstance(message, UserMessage)} == {
        "ExecuteQueryRequest",
        "ExecuteQueryResponse",
    }
    assert all(isinstance(receipt, Receipt) for receipt in receipts)
    assert [type(request) for request in requests] == [EvidenceRequest, EvidenceRequest]
    assert [type(answer) for answer in answers] == [EvidenceResponse, EvidenceResponse]
    assert requests[0] == requests[1]
    sent = [path.with_name("message.mime") for path in envelopes if "as4_sent" in path.parent.name]
    assert len(sent) == 2
    assert all(path.with_name("soap.xml").read_bytes() in path.read_bytes() for path in sent)


def test_the_older_line_is_played_when_it_is_asked_for(kept: tuple[Run, Path], spool: Path, tmp_path: Path) -> None:
    done = run(spool, "--once", "--port", 0, "--line", "v1.2", "--json", tmp_path / "t.json", "--keep", tmp_path / "d")

    assert (done.code, done.err) == (0, "")
    steps = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))["steps"]
    assert {step["event"] for step in steps} == {step["event"] for step in told(kept)["steps"]}
    # No message of this line names its exchange; only the requester knows it.
    assert {step["component"] for step in steps if step["exchange_id"]} == {"requester AP_PT_DEMO"}
    messages = [documents.read(path.read_bytes()) for path in tmp_path.glob("d/*/*.xml") if path.stem in KEPT]
    assert {message.specification for message in messages} == {"oots-edm:v1.2"}
    assert len(messages) == 4


def test_kept_folders_are_numbered_as_the_steps(kept: tuple[Run, Path]) -> None:
    events = [step["event"] for step in told(kept)["steps"]]

    for folder in (path for path in (kept[1] / "d").iterdir() if path.is_dir()):
        number, _, name = folder.name.partition("-")
        assert name.endswith(f"-{events[int(number) - 1]}")


def test_nobody_is_named_in_what_is_printed(kept: tuple[Run, Path]) -> None:
    printed = kept[0].out + kept[0].err + (kept[1] / "t.json").read_text(encoding="utf-8")

    for trace in (
        DEMO_CITIZEN.family_name,
        *DEMO_CITIZEN.given_name.split(),
        DEMO_CITIZEN.date_of_birth.isoformat(),
        DEMO_CITIZEN.register_number,
        DEMO_CITIZEN.eidas_value or "",
    ):
        assert trace not in printed


def test_without_a_terminal_it_ends_by_itself(spool: Path, tmp_path: Path) -> None:
    done = run(spool, "--port", 0, "--json", tmp_path / "t.json")

    assert (done.code, done.err) == (0, "")
    assert json.loads((tmp_path / "t.json").read_text())["evidence"]["path"] is None
    assert list(spool.iterdir()) == []


def test_two_demos_run_side_by_side(spool: Path) -> None:
    with demo(spool, "--once", "--port", 0) as one, demo(spool, "--once", "--port", 0) as other:
        assert [ended(process).code for process in (one, other)] == [0, 0]

    assert list(spool.iterdir()) == []


def test_a_second_start_on_the_same_ports_works_at_once(spool: Path) -> None:
    first = free_ports()

    assert [run(spool, "--once", "--port", first).code for _ in range(2)] == [0, 0]
    must_be_free(first)


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 8], ids=["first", "last"])
def test_a_port_that_is_taken_is_one_clear_sentence(spool: Path, number: int) -> None:
    first = free_ports()

    with closing(socket.create_server(("127.0.0.1", first + number))):
        done = run(spool, "--once", "--port", first)

    taken = f"cannot listen on port {first + number} of 127.0.0.1: something listens there already"
    assert (done.code, done.err) == (1, f"cannot go on: {taken}; stop it, or choose another port\n")
    assert list(spool.iterdir()) == []
    must_be_free(first)


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(spool: Path, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("a file")

    done = run(spool, "--once", "--port", 0, "--keep", tmp_path / "d")

    assert (done.code, done.err) == (1, f"cannot go on: cannot make the folder {tmp_path / 'd'}: File exists\n")
    assert done.out == ""


def test_a_timeline_that_cannot_be_written_is_one_clear_sentence(spool: Path, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "t.json"

    done = run(spool, "--once", "--port", 0, "--json", file)

    assert (done.code, done.err) == (1, f"cannot go on: cannot write {file}: No such file or directory\n")
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("port", ["-1", "65001", "http"])
def test_a_port_that_is_none_is_refused_before_anything_starts(spool: Path, port: str) -> None:
    done = run(spool, "--port", port)

    assert done.code == 2
    assert "--port" in done.err


def test_a_reader_that_goes_away_ends_it_without_a_story(spool: Path) -> None:
    with demo(spool, "--once", "--port", 0) as process:
        read_until(process, "the person pressed")
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        done = ended(process)

    assert (done.code, done.err) == (1, "cannot go on: [Errno 32] Broken pipe\n")
    assert list(spool.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_is_one_clear_sentence(spool: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*DEMO, "--once", "--port", "0"],
            env=os.environ | {"TMPDIR": str(spool)},
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    assert done.returncode == 1
    assert done.stderr.startswith("cannot go on: [Errno 28] No space left on device\n")
    assert "Traceback" not in done.stderr


# --- stopped ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_demo_that_is_stopped_leaves_nothing(spool: Path, number: signal.Signals) -> None:
    first = free_ports()
    with demo(spool, "--once", "--port", first) as process:
        read_until(process, "Making keys")

        process.send_signal(number)
        done = ended(process)

    assert (done.code, done.err) == (130 if number == signal.SIGINT else 143, "Stopped.\n")
    assert list(spool.iterdir()) == []
    must_be_free(first)


def test_a_demo_that_is_stopped_within_the_exchange_leaves_nothing(spool: Path) -> None:
    first = free_ports()
    with demo(spool, "--once", "--port", first) as process:
        read_until(process, "sends ExecuteQueryRequest")

        process.send_signal(signal.SIGTERM)
        done = ended(process)

    # On a busy machine the exchange can be over before the signal comes.
    assert (done.code, done.err) in {(143, "Stopped.\n"), (0, "")}
    assert list(spool.iterdir()) == []
    must_be_free(first)


def test_a_demo_that_is_stopped_while_it_leaves_still_leaves_in_order(spool: Path) -> None:
    first = free_ports()
    with demo(spool, "--once", "--port", first) as process:
        read_until(process, "SHA-256")

        process.send_signal(signal.SIGINT)
        done = ended(process)

    assert done.err in {"Stopped.\n", ""}
    assert list(spool.iterdir()) == []
    must_be_free(first)


# --- at a terminal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Give the keyboard of a terminal, and the end that programs read."""
    keyboard, line = pty.openpty()
    yield keyboard, line
    os.close(keyboard)
    os.close(line)


def address(process: subprocess.Popen[str]) -> str:
    return read_until(process, "Look at it:").split()[3]


@pytest.mark.parametrize("typed", [b"rm -r *\n", b"\x04"], ids=["enter", "end of input"])
def test_at_a_terminal_the_pages_stay_until_somebody_leaves(
    spool: Path, terminal: tuple[int, int], typed: bytes
) -> None:
    keyboard, line = terminal
    with demo(spool, "--port", 0, stdin=line) as process:
        page = httpx.get(address(process), trust_env=False)

        os.write(keyboard, typed)
        done = ended(process)

    assert page.status_code == 200
    assert "AP_FI_DEMO" in page.text
    assert (done.code, done.err) == (0, "")
    assert list(spool.iterdir()) == []
    assert select.select([line], [], [], 0)[0] == [], "what was typed is left for the shell"


def test_with_once_nobody_is_waited_for_at_a_terminal(spool: Path, terminal: tuple[int, int]) -> None:
    with demo(spool, "--once", "--port", 0, stdin=terminal[1]) as process:
        done = ended(process)

    assert done.code == 0
    assert "Look at it" not in done.out


def test_pages_that_are_looked_at_do_not_keep_a_stopped_demo(spool: Path, terminal: tuple[int, int]) -> None:
    with demo(spool, "--port", 0, stdin=terminal[1]) as process, httpx.Client(trust_env=False) as browser:
        browser.get(address(process))

        process.send_signal(signal.SIGTERM)
        done = ended(process)

    assert (done.code, done.err) == (143, "Stopped.\n")
    assert list(spool.iterdir()) == []
