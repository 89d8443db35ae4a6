"""The files under `schemas/codelists` are what the script beside this writes, and mean what is published."""

from pathlib import Path

import pytest
from code_list_tables import TABLES, Table
from write_code_lists import PUBLISHED, WRITTEN, all_tables, write

from oots.errors import UnreadableCodeList
from oots.validation.code_lists import read_code_list

published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published lists are not here")
OOTS_LISTS = sorted(PUBLISHED.parent.glob("OOTS/*.gc"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_list_of_oots_is_written_as_its_table_says(table: Table) -> None:
    assert (WRITTEN / f"{table.stem}.gc").read_text("utf-8") == write(table)


@published
def test_every_list_is_written_as_the_tables_and_the_published_files_say() -> None:
    tables = {f"{table.stem}.gc": write(table) for table in all_tables()}

    assert {file.name: file.read_text("utf-8") for file in WRITTEN.iterdir()} == tables


@published
@pytest.mark.parametrize("file", OOTS_LISTS, ids=lambda file: file.stem)
def test_a_published_list_of_oots_holds_no_code_that_ours_lack(file: Path) -> None:
    name = file.stem.removesuffix("-CodeList")
    if name == "EDMErrorCodes":
        with pytest.raises(UnreadableCodeList, match="not well-formed: tag name mismatch, line 121"):
            read_code_list(file.read_bytes())
        return
    [ours, *_] = [read_code_list(path.read_bytes()).codes for path in sorted(WRITTEN.glob(f"{name}*.gc"))]

    of_the_later_host = {code.replace("oots.tech.europa", "oots.tech.ec.europa") for code in _codes(file)}
    assert of_the_later_host <= ours
    assert ours - of_the_later_host == (LATER if name == "Procedures" else set())


LATER = {"V5", "X7", "X9", "X10", "X11", "AK1", "AL1", "AM1"}


def _codes(file: Path) -> frozenset[str]:
    return read_code_list(file.read_bytes()).codes
