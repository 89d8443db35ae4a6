"""
Writes `schemas/codelists`: `python tests/conformance/write_code_lists.py`.

The lists of OOTS come from the tables beside this file, the long ones of others from the published files.  Of those
only codes and one name are taken, and of countries and languages only what OOTS uses: the codes of two letters.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

sys.path.insert(0, str(Path(__file__).parent))

from code_list_tables import EAS_2_0, TABLES, Table

ROOT: Final = Path(__file__).parents[2]
WRITTEN: Final = ROOT / "schemas" / "codelists"
PUBLISHED: Final = ROOT.parent / "shared" / "reference" / "codelists" / "External"
_GENERICODE: Final = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"
_COLUMNS: Final = ("code", "name-Value")


_NEWEST_EAS: Final = "oots-2.0.1"


def all_tables() -> Iterator[Table]:
    """Give every list; those of others need the published files."""
    yield from TABLES
    yield _two_letters("CountryIdentificationCode-2.3.gc", "CountryIdentificationCode")
    yield _two_letters("LanguageCode-2.3.gc", "LanguageCode")
    yield _published("NutsCodes.gc", "NUTS")
    eas = _published("EAS.gc", "EAS-1.2")
    names = dict(eas.rows)
    # Which schemes 1.2.5 knows is not known: the oldest and the newest list together refuse nobody for that.
    newer = [(code, "") for code in EAS_2_0 if code not in names]
    version = f"{eas.version}+{_NEWEST_EAS}"
    version_uri = f"{eas.canonical_uri}-{version}"
    yield replace(eas, version=version, version_uri=version_uri, rows=sorted([*eas.rows, *newer]))
    yield Table(
        stem="EAS-2.0",
        short_name="EAS",
        canonical_uri=eas.canonical_uri,
        version=_NEWEST_EAS,
        version_uri=f"{eas.canonical_uri}-{_NEWEST_EAS}",
        columns=_COLUMNS,
        rows=[(code, names.get(code, "")) for code in EAS_2_0],
    )


def _two_letters(file: str, stem: str) -> Table:
    whole = _published(file, stem)
    rows = {code: name for code, name in whole.rows if len(code) == 2}
    return replace(whole, rows=list(rows.items()))


def _published(file: str, stem: str) -> Table:
    root = etree.parse(PUBLISHED / file).getroot()
    rows = []
    for row in root.iterfind("SimpleCodeList/Row"):
        values = {(value.get("ColumnRef") or "").lower(): value.findtext("SimpleValue") or "" for value in row}
        rows.append((values["code"].strip(), " ".join(values["name"].split())))
    return Table(
        stem=stem,
        short_name=root.findtext("Identification/ShortName") or "",
        canonical_uri=root.findtext("Identification/CanonicalUri") or "",
        version=root.findtext("Identification/Version") or "",
        version_uri=root.findtext("Identification/CanonicalVersionUri") or "",
        columns=_COLUMNS,
        rows=rows,
    )


def write(table: Table) -> str:
    """Give a list as genericode 1.0, one row a line."""
    columns = "\n".join(
        f'    <Column Id="{name}" Use="{"optional" if index else "required"}">'
        f'<ShortName>{name}</ShortName><Data Type="{"string" if index else "normalizedString"}"/></Column>'
        for index, name in enumerate(table.columns)
    )
    rows = "\n".join(f"    <Row>{''.join(_values(table, row))}</Row>" for row in table.rows)
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<gc:CodeList xmlns:gc="{_GENERICODE}">
  <Identification>
    <ShortName>{table.short_name}</ShortName>
    <Version>{table.version}</Version>
    <CanonicalUri>{table.canonical_uri}</CanonicalUri>
    <CanonicalVersionUri>{table.version_uri}</CanonicalVersionUri>
  </Identification>
  <ColumnSet>
{columns}
    <Key Id="codeKey"><ShortName>codeKey</ShortName><ColumnRef Ref="code"/></Key>
  </ColumnSet>
  <SimpleCodeList>
{rows}
  </SimpleCodeList>
</gc:CodeList>
"""


def _values(table: Table, row: Sequence[str]) -> Iterator[str]:
    for column, value in zip(table.columns, row, strict=True):
        if value:
            yield f'<Value ColumnRef="{column}"><SimpleValue>{escape(value)}</SimpleValue></Value>'


if __name__ == "__main__":
    WRITTEN.mkdir(exist_ok=True)
    for table in all_tables():
        (WRITTEN / f"{table.stem}.gc").write_text(write(table), "utf-8")
