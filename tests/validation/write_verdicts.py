"""
Writes `verdicts.jsonl`, what the published schemas say to every small change of a document.

Run it as `python tests/validation/write_verdicts.py`.  The published schemas are those of line 1.0, and no part of this
project.  A row is one element of one document, with the changes that they let through; every other change they refuse.
Where our schemas have the other verdict the row says why.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import xmlschema
from lxml import etree
from xmlschema.exceptions import XMLSchemaException

sys.path.insert(0, str(Path(__file__).parent))

from mutations import DOCUMENTS, mutations, reduced
from validated_vectors import line_of

from oots.edm.specification import V1_2, V2_0
from oots.xml import Element

TABLE: Final = Path(__file__).parent / "verdicts.jsonl"
PUBLISHED: Final = Path(__file__).parents[3] / "shared" / "reference" / "xsd"
_REGREP: Final = "http://docs.oasis-open.org/regrep/regrep-core/v4.0/os/xsd/"

Row = dict[str, Any]


def rows(name: str) -> Iterator[Row]:
    """Give the rows of one document."""
    line = line_of(name)
    for path, changes in groupby(mutations(reduced(name)), key=lambda mutation: mutation[0]):
        verdicts = {change: _is_valid(document) for _, change, document in changes}
        reasons = {change: reason for change in verdicts if (reason := _reason(line, path, change, verdicts[change]))}
        row: Row = {"document": name, "element": path, "changes": len(verdicts)}
        row["valid"] = [change for change, valid in verdicts.items() if valid]
        yield row | ({"otherwise": reasons} if reasons else {})


def written(table: Iterable[Row]) -> str:
    """Give rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table)


def committed(name: str) -> list[Row]:
    """Read the rows of one document from the table."""
    table = [json.loads(text) for text in TABLE.read_text("utf-8").splitlines()]
    return [row for row in table if row["document"] == name]


# --- what the published schemas say -----------------------------------------------------------------------------------


@cache
def _published() -> xmlschema.XMLSchema11:
    # vc:minVersion="1.1" makes a processor of XSD 1.0 skip the SDG file.
    return xmlschema.XMLSchema11(
        str(PUBLISHED / "sdg" / "SDG-GenericMetadataProfile-v1.0.0.xsd"),
        locations={
            "http://www.w3.org/XML/1998/namespace": str(PUBLISHED / "xml" / "xml.xsd"),
            "http://www.w3.org/1999/xlink": str(PUBLISHED / "xml" / "xlink.xsd"),
            "http://www.w3.org/2005/08/addressing": str(PUBLISHED / "xml" / "ws-addr.xsd"),
        },
        uri_mapper=lambda uri: (
            str(PUBLISHED / "regrep4" / uri.removeprefix(_REGREP)) if uri.startswith(_REGREP) else uri
        ),
    )


def _is_valid(document: Element) -> bool:
    try:
        return _published().is_valid(etree.tostring(document, encoding="unicode"))
    except XMLSchemaException:  # what it says to an xsi:type that does not exist
        return False


# --- where our schemas say something else -----------------------------------------------------------------------------

_SINCE_2_0: Final = {
    "2.0: the identifier of a data service is optional": [("sdg:DataServiceEvidenceType/sdg:Identifier", "without")],
    "2.0: a wanted distribution is asked for by a rule": [("sdg:DataServiceEvidenceType/sdg:DistributedAs", "without")],
    "2.0: several formats may be wanted": [("sdg:DistributedAs/sdg:Format", "twice")],
    "2.0: gender is a code of a list": [
        ("sdg:Person/sdg:Gender", change) for change in ("with other text", "with long text", "emptied")
    ],
    "2.0: a companion says less than a main evidence": [
        (f"sdg:Evidence/sdg:{name}", "without")
        for name in ("IsAbout", "IssuingAuthority", "IsConformantTo", "IssuingDate", "Distribution")
    ],
}
_ANY: Final = (
    "text may not stand beside the element of an Any; the engine that judged the published schemas overlooks it"
)
_DIFFERENCES: Final = {
    V1_2: {},
    V2_0: {place: reason for reason, places in _SINCE_2_0.items() for place in places},
}


def _reason(line: str, path: str, change: str, valid: bool) -> str | None:
    *_, parent, name = ("//" + path).split("/")
    place = "/".join(step.partition("[")[0] for step in (parent, name))
    if valid and change == "with other text" and place.endswith(("/rim:SlotValue", "/rim:Element")):
        return _ANY
    return None if valid else _DIFFERENCES[line].get((place, change))


if __name__ == "__main__":
    TABLE.write_text(written(row for name in DOCUMENTS for row in rows(name)), "utf-8")
