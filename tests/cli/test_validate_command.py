"""`oots validate` as the command-line contract has it: kinds, lines, formats, exit codes, and what a terminal shows."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.validated_files import BASES, HEADER, REQUEST, RESPONSE, changed, found, only, rules, validate

ERROR = BASES / "error-of-a-preview-2.0.xml"
BROKEN = {
    "xsd": (REQUEST, ">true<", ">perhaps<", "cvc-datatype-valid.1.2.1"),
    "schematron": (REQUEST, "urn:uuid:5b0a", "uuid:5b0a", "R-EDM-REQ-S004"),
    "codelist": (ERROR, "EDM:ERR:0002", "EDM:ERR:0099", "R-EDM-ERR-C017"),
    "header": (HEADER, "9f0e1c52-", "9f0e1c5-", "R-EDM-ebMS-037"),
}

# --- what it is -------------------------------------------------------------------------------------------------------

KINDS = {
    "request-of-a-natural-person": "request",
    "response-with-evidence": "response",
    "response-deferred": "response",
    "error-of-a-preview": "error",
    "header-of-a-request": "header",
    "header-of-a-response": "header",
}


@pytest.mark.parametrize("line", ["1.2", "2.0"])
def test_kind_and_line_are_found_out(line: str) -> None:
    files = [BASES / f"{name}-{line}.xml" for name in KINDS]

    documents = found(*files)

    assert [document["file"] for document in documents] == [str(file) for file in files]
    assert [document["kind"] for document in documents] == list(KINDS.values())
    assert {document["line"] for document in documents} == {f"v{line}"}
    assert all(document["valid"] for document in documents)


def test_a_line_that_is_told_counts() -> None:
    document = only("--line", "v1.2", REQUEST)

    assert (document["line"], document["valid"]) == ("v1.2", False)
    assert "R-EDM-REQ-C001" in rules(document)


def test_a_kind_that_is_told_counts() -> None:
    document = only("--kind", "response", REQUEST)

    assert (document["kind"], document["valid"]) == ("response", False)


@pytest.mark.parametrize(
    ("said", "played", "sentence"),
    [
        ("oots-edm:v1.0", "v1.2", "It says that it follows the line oots-edm:v1.0; it was checked as oots-edm:v1.2."),
        ("oots-edm:v9.9", "v2.0", "It says that it follows the line oots-edm:v9.9; it was checked as oots-edm:v2.0."),
        ("", "v2.0", "It does not say which line it follows; it was checked as oots-edm:v2.0."),
    ],
)
def test_a_line_that_is_not_known_is_checked_as_the_nearest_one(said: str, played: str, sentence: str) -> None:
    document = only("-", stdin=changed(REQUEST, "oots-edm:v2.0", said))

    assert document["line"] == played
    assert not document["valid"]
    assert [one["message"] for one in document["findings"] if one["rule"] == "line-assumed"] == [sentence]


def test_the_header_tells_the_line_before_the_document_does() -> None:
    of_header, of_document = found("--header", HEADER, "-", stdin=changed(REQUEST, "oots-edm:v2.0", "oots-edm:v1.2"))

    assert (of_header["file"], of_header["kind"], of_header["line"]) == (str(HEADER), "header", "v2.0")
    assert of_document["line"] == "v2.0"
    assert rules(of_document) == {"R-EDM-REQ-C001", "X27"}


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", BROKEN)
def test_a_breach_is_found_in_its_layer(layer: str, tmp_path: Path) -> None:
    path, old, new, rule = BROKEN[layer]
    file = tmp_path / "a.xml"
    file.write_bytes(changed(path, old, new))

    result = validate("--format", "json", file)

    (document,) = json.loads(result.stdout)["documents"]
    assert set(document) == {"file", "kind", "line", "valid", "findings"}
    assert set(document["findings"][0]) == {"rule", "severity", "layer", "location", "message"}
    assert {(one["rule"], one["layer"]) for one in document["findings"] if one["severity"] == "fatal"} >= {
        (rule, layer)
    }
    assert (document["valid"], result.exit_code) == (False, 1)


def test_an_answer_is_compared_with_its_request(tmp_path: Path) -> None:
    answer = tmp_path / "answer.xml"
    answer.write_bytes(changed(RESPONSE, 'requestId="urn:uuid:5b', 'requestId="urn:uuid:5c'))

    alone, compared = only(answer), only(answer, "--against", REQUEST)

    assert (alone["valid"], compared["valid"]) == (True, False)
    assert {one["layer"] for one in compared["findings"] if one["severity"] == "fatal"} == {"cross"}
    assert "X1" in rules(compared)
    assert "X2" in rules(compared, "info")  # for want of headers


@pytest.mark.parametrize(
    ("header", "said", "is_contradiction"),
    [
        ("2.0", "oots-edm:v1.2", True),
        ("2.0", "", False),
        ("1.2", "oots-edm:v1.0", False),
        ("1.2", "oots-edm:v2.0", True),
    ],
)
def test_a_header_of_another_line_is_told_even_of_what_cannot_be_read(
    header: str, said: str, is_contradiction: bool
) -> None:
    unreadable = changed(REQUEST, "oots-edm:v2.0", said).replace(b'name="IssueDateTime"', b'name="Issued"')

    _, document = found("--header", BASES / f"header-of-a-request-{header}.xml", "-", stdin=unreadable)

    assert "not-compared" in rules(document, "info")
    assert ("X27" in rules(document)) == is_contradiction


def test_ids_of_a_response_are_compared_with_each_other() -> None:
    document = only("-", stdin=changed(RESPONSE, "0000000000a2", "0000000000a1"))

    assert "X15" in rules(document, "warning")


def test_a_header_is_compared_with_its_document() -> None:
    of_header, of_document = found(REQUEST, "--header", BASES / "header-of-a-response-2.0.xml")

    assert of_header["valid"]
    assert {"X7", "X26"} <= rules(of_document)


def test_rules_with_a_warning_leave_a_document_valid() -> None:
    document = only(
        "-", stdin=changed(HEADER, ">AP_SE_01<", ">AP_SE_01<").replace(b"Z</eb:Timestamp>", b"+02:00</eb:Timestamp>")
    )

    assert rules(document, "warning") == {"OOTS-HEADER-003"}
    assert document["valid"]


# --- text -------------------------------------------------------------------------------------------------------------


def test_a_valid_document_is_one_line() -> None:
    result = validate(REQUEST)

    assert (result.stdout, result.stderr) == (f"{REQUEST}: valid (evidence request, v2.0)\n", "")
    assert result.exit_code == 0


def test_text_says_where_it_is_what_was_found_and_what_would_be_right(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(changed(REQUEST, "urn:uuid:5b0a", "uuid:5b0a"))

    result = validate(file)

    assert result.stdout == (
        f"{file}: not valid (evidence request, v2.0, 1 fatal)\n"
        "\n"
        "  fatal   R-EDM-REQ-S004\n"
        "  where   line 6, /query:QueryRequest/@id\n"
        "  found   'uuid:5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11'\n"
        "  right   The id of the request is a UUID behind the prefix urn:uuid:.\n"
        "\n"
    )


def test_text_explains_what_breaks_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(changed(REQUEST, "FamilyName>", "FamlyName>").replace(b"/sdg:FamilyName", b"/sdg:FamlyName", 1))

    result = validate(file)

    assert "sdg:FamlyName is not known in sdg:Person; perhaps sdg:FamilyName is meant" in " ".join(
        result.stdout.split()
    )


def test_json_and_junit_hold_no_value_of_the_document(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(changed(REQUEST, ">1990-01-01<", ">Secret<").replace(b">true<", b">Secret<", 1))

    assert "Secret" in validate(file).stdout
    for form in ("json", "junit"):
        result = validate("--format", form, file)
        assert result.exit_code == 1
        assert "Secret" not in result.stdout


def test_a_terminal_that_knows_no_greek_gets_escapes(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(changed(REQUEST, "urn:uuid:5b0a", "ταυτότητα"))

    done = subprocess.run(
        [sys.executable, "-m", "oots", "validate", str(file)],
        env={"PYTHONIOENCODING": "iso-8859-1", "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert rb"'\u03c4\u03b1\u03c5" in done.stdout
    assert done.stderr == b""


def test_text_tells_once_for_want_of_what_documents_were_not_compared() -> None:
    told = validate("--against", HEADER, BASES / "header-of-a-response-2.0.xml").stdout

    assert "  info    X1, X4, X5, X25\n  what    was not checked, for want of the request\n" in told


def test_a_document_that_cannot_be_read_is_not_compared() -> None:
    document = only("-", "--against", REQUEST, stdin=changed(RESPONSE, 'name="IssueDateTime"', 'name="Issued"'))

    assert rules(document, "info") == {"not-compared"}


# --- JUnit ------------------------------------------------------------------------------------------------------------


def test_junit_tells_failures_errors_and_what_was_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a-valid.xml").write_bytes(REQUEST.read_bytes())
    (tmp_path / "b-invalid.xml").write_bytes(changed(REQUEST, "urn:uuid:5b0a", "uuid:5b0a"))
    (tmp_path / "c-unreadable.xml").write_bytes(b"<")
    (tmp_path / "d-evidence.xml").write_bytes(b"<certificate/>")

    result = validate("--format", "junit", tmp_path)

    suite = etree.fromstring(result.stdout.encode())[0]
    cases = {Path(case.get("name", "")).name: case for case in suite}
    assert result.exit_code == 2
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == (
        "4",
        "1",
        "1",
        "1",
    )
    assert [child.tag for child in cases["a-valid.xml"]] == []
    assert cases["a-valid.xml"].get("classname") == "oots.request.v2.0"
    assert cases["b-invalid.xml"][0].get("message") == "R-EDM-REQ-S004"
    assert "fatal R-EDM-REQ-S004 at /query:QueryRequest/@id: The id" in (cases["b-invalid.xml"][0].text or "")
    assert cases["c-unreadable.xml"][0].tag == "error"
    assert "certificate" in cases["d-evidence.xml"][0].get("message", "")


# --- files ------------------------------------------------------------------------------------------------------------


def test_standard_input_is_a_file_too() -> None:
    document = only("-", stdin=REQUEST.read_bytes())

    assert (document["file"], document["kind"], document["valid"]) == ("-", "request", True)


def test_folders_are_walked_and_the_sum_is_told(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "header.xml").write_bytes(HEADER.read_bytes())
    (tmp_path / "request.XML").write_bytes(REQUEST.read_bytes())
    (tmp_path / "evidence.xml").write_bytes(b"<certificate/>")
    (tmp_path / "notes.txt").write_bytes(b"<")

    result = validate(tmp_path)

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == (
        f"passed over {tmp_path / 'evidence.xml'}: the document element is certificate, which is none of "
        "query:QueryRequest, query:QueryResponse, eb:Messaging and the Envelope of SOAP\n"
        "2 valid, 1 passed over\n"
    )


def test_a_person_who_stops_it_gets_no_verdict() -> None:
    command = [sys.executable, "-m", "oots", "validate", "--format", "json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(len('{"documents":['))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)

    assert (told, process.returncode) == (b"Stopped.\n", 130)


def test_a_file_that_is_named_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "evidence.xml"
    file.write_bytes(b"<certificate/>")

    assert validate(file).exit_code == 2


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}.xml").write_bytes(b"<certificate/>")

    result = validate("--format", "json", tmp_path)

    assert json.loads(result.stdout) == {"documents": []}
    assert "100 of 150 files" in result.stderr.splitlines()


# --- refusals ---------------------------------------------------------------------------------------------------------

MISUSES: dict[str, tuple[list[str], str]] = {
    "nothing": ([], "a file is needed"),
    "a folder with nothing in it": (["."], "in the folder is no file"),
    "one header for two documents": (["a.xml", "b.xml", "--header", "c.xml"], "a header goes with one document"),
    "a header that is not there": ([str(REQUEST), "--header", "nowhere.xml"], "nowhere.xml: it cannot be read"),
    "a header that is none": ([str(REQUEST), "--header", str(REQUEST)], "neither eb:Messaging nor a SOAP envelope"),
    "a comparison with nothing": ([str(REQUEST), "--against", "nowhere.xml"], "nowhere.xml: it cannot be read"),
    "a comparison with a folder": ([str(REQUEST), "--against", "/"], "/: it cannot be read"),
    "a line that there is not": ([str(REQUEST), "--line", "v3.0"], "v3.0"),
    "a kind that there is not": ([str(REQUEST), "--kind", "letter"], "letter"),
    "artefacts that are not there": ([str(REQUEST), "--artefacts", "nowhere"], "nowhere has no folder OOTS-EDM"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_misuse_is_told_and_ends_with_2(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, expected = MISUSES[name]
    monkeypatch.chdir(tmp_path)

    result = validate(*arguments)

    assert result.exit_code == 2
    assert expected in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


# --- the rules --------------------------------------------------------------------------------------------------------


def test_rules_are_listed_with_lines_severities_and_sentences() -> None:
    result = validate("--list-rules")

    lines = result.stdout.splitlines()
    at = lines.index("R-EDM-REQ-S004     v1.2 fatal, v2.0 fatal")
    assert lines[at + 1].strip() == "The id of the request is a UUID behind the prefix urn:uuid:."
    assert "R-EDM-ebMS-037     v2.0 fatal" in lines
    assert result.exit_code == 0


def test_rules_are_listed_as_json() -> None:
    listed = json.loads(validate("--list-rules", "--format", "json").stdout)["rules"]

    by_name = {rule["rule"]: rule for rule in listed}
    assert by_name["R-EDM-ebMS-037"] == {
        "rule": "R-EDM-ebMS-037",
        "lines": {"v2.0": "fatal"},
        "sentence": "The ExchangeId is a UUID.",
    }
    assert by_name["X3"]["lines"] == {"v2.0": "fatal"}
    assert len(by_name) > 250
