"""`oots validate` on hostile and broken files: a sentence, in bounded time and memory, and never a traceback."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.validated_files import REQUEST, VECTORS, changed, found, only, rules, validate

TEXT = REQUEST.read_text("utf-8")
SLOT = '<rim:Slot name="Procedure">'
MESSAGE = (VECTORS / "captured" / "phase4-4.4.1-user-message" / "message.mime").read_bytes()
MANY = 10**8  # a hundred megabytes


def inside(text: str) -> Callable[[], bytes]:
    """Give the request with something before the slot Procedure."""
    return lambda: changed(REQUEST, SLOT, text + SLOT)


def before(text: str) -> Callable[[], bytes]:
    """Give the request with something before its document element."""
    return lambda: changed(REQUEST, "<query:QueryRequest", text + "<query:QueryRequest")


NO_DOCUMENT: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not well-formed"),
    "blanks": (lambda: b" \n" * 50, "not well-formed"),
    "no XML": (lambda: b"PK\x03\x04" + bytes(100), "not well-formed"),
    "a DTD": (before("<!DOCTYPE a>"), "a document type declaration is not allowed"),
    "a DTD with an entity": (before('<!DOCTYPE a [<!ENTITY e "x">]>'), "a document type declaration is not allowed"),
    "a DTD from elsewhere": (before('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/">'), "declaration is not allowed"),
    "an entity of nobody": (inside("&e;"), "not well-formed"),
    "100 MB of elements": (lambda: b"<a>" + b"<b/>" * (MANY // 4) + b"</a>", "more than the 1048576 bytes"),
    "100 MB of text": (inside("S" * MANY), "more than the 1048576 bytes"),
    "100 MB of blanks": (lambda: b" " * MANY, "more than the 1048576 bytes"),
    "100 MB of a boundary": (lambda: b"--" + b"a" * MANY, "do not end with CR and LF"),
    "100 MB of a header field": (lambda: b"a: " + b"a" * MANY, "does not end with an empty line"),
    "100,000 nested elements": (lambda: b"<a>" * 100_000 + b"</a>" * 100_000, "not well-formed"),
    "101 nested elements": (inside("<a>" * 101 + "</a>" * 101), "nested more than 100 deep"),
    "another encoding than it says": (lambda: TEXT.replace("UTF-8", "UTF-16", 1).encode(), ""),
    "UTF-8 that is Latin": (lambda: TEXT.replace("S1", "é").encode("latin-1"), "not well-formed"),
    "an encoding that nobody knows": (lambda: TEXT.replace("UTF-8", "klingon", 1).encode(), ""),
    "two marks of a byte order": (lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + TEXT.encode(), "not well-formed"),
    "a character that XML does not have": (inside("\x01"), "not well-formed"),
    "10,001 namespaces": (inside("".join(f"<a xmlns='u{n}'/>" for n in range(10_001))), "namespace declarations"),
    "101 attributes": (inside("<a " + " ".join(f"a{n}='0'" for n in range(101)) + "/>"), "more than 100 attributes"),
    "an unknown root": (lambda: b"<html/>", "the document element is html"),
    "a root of another namespace": (lambda: b"<QueryRequest xmlns='urn:x'/>", "QueryRequest of the namespace urn:x"),
    "a root that hides its name": ("<a\u200d/>".encode, "the document element is a·,"),
    "an envelope without a header": (
        lambda: b"<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'/>",
        "no eb:Messaging",
    ),
    "a document of the common services": (
        lambda: TEXT.replace("oots-edm:v2.0", "oots-cs:v2.0").encode(),
        "a document of the common services",
    ),
    "a message cut short": (lambda: MESSAGE[:-100], "ends before its closing boundary"),
    "a message from an editor": (lambda: MESSAGE.replace(b"\r\n", b"\n"), "do not end with CR and LF"),
    "a message without Content-Type": (lambda: b"Host: a\r\n\r\n" + MESSAGE, "do not say the Content-Type"),
    "a message of pictures": (lambda: b"Content-Type: image/png\r\n\r\n\x89PNG", "Content-Type is 'image/png'"),
    "a message whose envelope has a DTD": (
        lambda: MESSAGE.replace(b"<S12:Envelope", b"<!DOCTYPE a><S12:Envelope", 1),
        "declaration is not allowed",
    ),
    "a boundary with quotes": (lambda: b'--a"b\r\n\r\n', "is no boundary"),
}


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_what_is_no_document_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    make, expected = NO_DOCUMENT[name]
    file = tmp_path / "file.xml"
    file.write_bytes(make())

    started = time.monotonic()
    result = validate("--format", "json", file)

    assert time.monotonic() - started < 10
    assert result.exit_code == 2
    (document,) = json.loads(result.stdout)["documents"]
    assert (document["kind"], document["line"], document["valid"]) == (None, None, False)
    (finding,) = document["findings"]
    assert (finding["rule"], finding["severity"], finding["layer"]) == ("unreadable", "fatal", "xml")
    assert expected in finding["message"]


VALID: dict[str, Callable[[], bytes]] = {
    "a mark of the byte order": lambda: b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": lambda: TEXT.replace("UTF-8", "UTF-16", 1).encode("utf-16"),
    "Latin-1": lambda: TEXT.replace("UTF-8", "ISO-8859-1", 1).encode("latin-1", "xmlcharrefreplace"),
    "no declaration": lambda: TEXT.partition("?>")[2].strip().encode(),
    "processing instructions": lambda: changed(REQUEST, SLOT, "<?a b?>" + SLOT) + b"<?xml-stylesheet href='http://a'?>",
    "comments": lambda: changed(REQUEST, SLOT, "<!-- -->" + SLOT),
    "odd prefixes": lambda: re.sub(r'(</?|"|xmlns:)rim(?=[:=])', r"\1sdg1", TEXT).encode(),
    "a default namespace": lambda: (
        TEXT.replace("<sdg:", "<").replace("</sdg:", "</").replace("xmlns:sdg=", "xmlns=").encode()
    ),
    "an entity that XML has": lambda: TEXT.replace(">S1<", ">&#83;1<", 1).encode(),
}


def test_what_only_looks_odd_is_valid(tmp_path: Path) -> None:
    # All in one run, because starting a worker takes most of the time.
    files = written(tmp_path, VALID)

    result = validate(*files)

    assert result.stdout.splitlines() == [f"{file}: valid (evidence request, v2.0)" for file in files]
    assert result.exit_code == 0


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "a wrong slot before all others": (inside("<rim:Slot/>"), "cvc-complex-type.4"),
    "a million bytes of wrong siblings": (inside("<b/>" * 250_000), "too-many-children"),
    "999 wrong slots": (inside("<rim:Slot name='a'/>" * 980), "R-EDM-REQ-S019"),
    "text of 900,000 characters": (lambda: changed(REQUEST, ">oots-edm:v2.0<", f">{'v' * 900_000}<"), "R-EDM-REQ-C001"),
    "a type that is no name": (lambda: changed(REQUEST, '"rim:StringValueType"', '"\u200b"'), "R-EDM-REQ-S020"),
    "a type of nobody": (lambda: changed(REQUEST, '"rim:StringValueType"', '"rim:Nobody"'), "cvc-elt.4.2"),
    "a line of nobody": (lambda: changed(REQUEST, ">oots-edm:v2.0<", ">\u009b31m<"), "R-EDM-REQ-C001"),
}


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_what_breaks_the_rules_badly_is_told_in_bounded_time(form: str, tmp_path: Path) -> None:
    files = written(tmp_path, {name: make for name, (make, _) in BROKEN.items()})

    started = time.monotonic()
    result = validate("--format", form, *files)

    assert time.monotonic() - started < 60
    assert result.exit_code == 1
    assert len(result.stdout) < 500_000
    assert all(line.isprintable() for line in result.stdout.splitlines())


def test_what_breaks_the_rules_badly_breaks_the_rules_that_it_should(tmp_path: Path) -> None:
    files = written(tmp_path, {name: make for name, (make, _) in BROKEN.items()})

    documents = found(*files)

    for document, (name, (_, rule)) in zip(documents, BROKEN.items(), strict=True):
        assert rule in rules(document), name
        if rule == "too-many-children":
            assert rules(document) == {rule}  # at that size nothing else is asked of it


def written(folder: Path, contents: dict[str, Callable[[], bytes]]) -> list[Path]:
    """Write a file for each, in their order."""
    files = [folder / f"{name}.xml" for name in contents]
    for file, make in zip(files, contents.values(), strict=True):
        file.write_bytes(make())
    return files


# --- files ------------------------------------------------------------------------------------------------------------

NAMES = [
    b"a\x1b[31m.xml",
    "a\u202eb.xml".encode(),
    b"a\nb.xml",
    b"a\xff\xfe.xml",
    b'a\x01<>&".xml',
    b"a\xef\xbf\xbf.xml",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_a_name_of_a_file_cannot_do_anything(name: bytes, form: str, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(name)
    file.write_bytes(b"<a/>")

    result = validate("--format", form, file)

    assert result.exit_code == 2
    assert all(line.isprintable() for line in result.stdout.splitlines())
    if form == "json":
        json.loads(result.stdout)
    if form == "junit":
        etree.fromstring(result.stdout.encode())


def test_a_folder_is_walked_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "gone.xml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / ".hidden.xml").write_bytes(b"<")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden.xml").write_bytes(b"<")
    (tmp_path / "one.xml").write_bytes(REQUEST.read_bytes())

    result = validate(tmp_path)

    assert result.stdout == f"{tmp_path / 'one.xml'}: valid (evidence request, v2.0)\n"
    assert result.exit_code == 0


def test_a_file_without_end_is_not_read_to_the_end() -> None:
    document = only("/dev/zero")

    assert "more than the 1048576 bytes" in document["findings"][0]["message"]


@pytest.mark.parametrize("name", ["nowhere.xml", "forbidden.xml"])
def test_a_file_that_cannot_be_opened_is_told_and_the_next_one_checked(name: str, tmp_path: Path) -> None:
    if name.startswith("forbidden"):
        (tmp_path / name).symlink_to(tmp_path / name)  # a link to itself: nobody may open it, not even root

    result = validate("--format", "json", tmp_path / name, REQUEST)

    first, second = json.loads(result.stdout)["documents"]
    assert first["findings"][0]["message"].startswith("it cannot be read: ")
    assert second["valid"] is True
    assert result.exit_code == 2


def test_a_large_message_costs_no_memory(tmp_path: Path) -> None:
    # The third part is larger than all that the process may have.
    file = tmp_path / "message.mime"
    head, _, _ = MESSAGE.rpartition(b"\r\n--")
    boundary = MESSAGE.lstrip(b"\r\n").split(b"\r\n", 1)[0]
    with file.open("wb") as stream:
        stream.write(head + b"\r\n" + boundary + b"\r\nContent-ID: <large@a>\r\n\r\n")
        for _ in range(400):
            stream.write(bytes(1 << 20))
        stream.write(b"\r\n" + boundary + b"--\r\n")
    # The worker has a limit of its own.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, resource.RLIM_INFINITY));"
    limited = f"{limit} from oots.cli import app; app()"

    done = subprocess.run(
        [sys.executable, "-c", limited, "validate", "--format", "json", str(file)],
        capture_output=True,
        check=False,
        timeout=60,
    )

    (header,) = json.loads(done.stdout)["documents"]
    assert done.stderr == b""
    assert (header["kind"], done.returncode) == ("header", 1)
    assert rules(header) == {"EBMS:0011"}
