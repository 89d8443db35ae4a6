"""Schemas of a folder that somebody else has published: which files count, and what they may refer to."""

from pathlib import Path

import pytest

from oots.errors import UnusableSchemas
from oots.validation.published.schemas import load_published
from oots.xml import QUERY, RIM, RS, SDG, parse

XS = "http://www.w3.org/2001/XMLSchema"


def write(folder: Path, name: str, namespace: str, *content: str) -> None:
    text = f"<xs:schema xmlns:xs='{XS}' xmlns:sdg='{SDG}' targetNamespace='{namespace}'>{''.join(content)}</xs:schema>"
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def element(name: str) -> str:
    return f"<xs:element name='{name}'/>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder that lacks nothing but SDG."""
    write(tmp_path, "regrep/query.xsd", QUERY, f"<xs:import namespace='{RIM}'/>", element("query"))
    write(tmp_path, "regrep/rs.xsd", RS, f"<xs:import namespace='{RIM}' schemaLocation='http://127.0.0.1:9/rim.xsd'/>")
    write(tmp_path, "regrep/rim.xsd", RIM)
    return tmp_path


def knows(folder: Path, name: str, namespace: str = SDG) -> bool:
    return load_published(folder).validate(parse(f"<{name} xmlns='{namespace}'/>".encode()))


def test_imports_are_found_wherever_the_files_say_they_are(folder: Path) -> None:
    write(folder, "sdg/sdg.xsd", SDG, f"<xs:import namespace='{QUERY}'/>", element("whole"))

    assert knows(folder, "whole")
    assert knows(folder, "query", QUERY)
    assert not knows(folder, "other")


def test_a_file_that_another_one_includes_is_a_piece_of_it(folder: Path) -> None:
    write(folder, "sdg/a.xsd", SDG, "<xs:include schemaLocation='z.xsd'/>", element("whole"))
    write(folder, "sdg/z.xsd", SDG, element("piece"))

    assert knows(folder, "whole")
    assert knows(folder, "piece")


def test_of_several_versions_the_highest_counts(folder: Path) -> None:
    write(folder, "sdg/sdg-v1.9.0.xsd", SDG, element("old"))
    write(folder, "sdg/sdg-v1.10.0.xsd", SDG, element("new"))

    assert knows(folder, "new")
    assert not knows(folder, "old")


@pytest.mark.parametrize("place", ["../../outside.xsd", "http://127.0.0.1:9/a.xsd", "/etc/passwd", "nowhere.xsd", ""])
def test_what_is_included_is_in_the_folder(place: str, folder: Path) -> None:
    write(folder, "sdg/sdg.xsd", SDG, f"<xs:include schemaLocation='{place}'/>")

    with pytest.raises(UnusableSchemas, match=r"^sdg\.xsd, line 1: what it includes is not in the folder$"):
        load_published(folder)


def test_what_cannot_be_loaded_names_the_file(folder: Path) -> None:
    write(folder, "sdg/sdg.xsd", SDG, "<xs:element name='a' type='sdg:Nobody'/>")

    with pytest.raises(UnusableSchemas, match=r"^sdg\.xsd: the schemas of the folder cannot be loaded: .*Nobody"):
        load_published(folder)
