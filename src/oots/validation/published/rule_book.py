"""
Schemas, rules and code lists from a checkout of the published artefacts, as a rule book.

The layout is that of the repository of the technical design documents: `OOTS-EDM/xsd`, `OOTS-EDM/sch` and
`OOTS-EDM/codelists`, one line at a time.  Rule files are trusted to mean well, and still see nothing but the document
and files of the checkout (`schematron.expressions`).
"""

import re
from pathlib import Path
from typing import Final

from oots.edm.specification import V2_0
from oots.errors import UnreadableCodeList, UnusableRules
from oots.validation.files.detecting import NAMES
from oots.validation.findings import Finding, Layer
from oots.validation.published.lists import published_files, read_published_list
from oots.validation.published.schemas import load_published
from oots.validation.schematron.rule_sets import Kind, RuleSet
from oots.validation.xsd import check_against, check_header
from oots.xml import Element

FOLDER: Final = "OOTS-EDM"

_KINDS: Final = {"REQ": Kind.REQUEST, "RESP": Kind.RESPONSE, "ERR": Kind.ERROR, "EBMS": Kind.HEADER}
_NAME: Final = re.compile(r"EDM-(REQ|RESP|ERR|EBMS)(?:-([A-Z]))?", re.IGNORECASE)
_STRUCTURE_FIRST: Final = "SC"


class PublishedRules:
    """What a checkout holds.  Parts that it does not have are not checked, and not taken from elsewhere either."""

    def __init__(self, checkout: Path) -> None:
        """Read the checkout; raises `OperatorError` for what cannot be used, and tells the rest in `remarks`."""
        folder = checkout / FOLDER
        if not folder.is_dir():
            raise UnusableRules(f"{checkout} has no folder {FOLDER}, as a checkout of the published artefacts has")
        self.remarks: list[str] = []
        """Whole sentences about what is missing or broken."""
        self._schema = load_published(folder / "xsd") if self._has(folder / "xsd", "documents meet no schema") else None
        lists = folder / "codelists"
        has_lists = self._has(lists, "rules that ask for a code list cannot be played")
        self.every = _rule_sets(folder, lists)
        self._remark_on_rules(folder / "sch")
        if has_lists:
            self._remark_on_lists(lists)

    def covers(self, kind: Kind, /) -> bool:
        """Tell whether the checkout has a schema or rules for a kind of document."""
        return kind is Kind.HEADER or self._schema is not None or any(one.kind is kind for one in self.every)

    def schema_findings(self, element: Element, kind: Kind, _: str | None, /) -> tuple[Finding, ...]:
        """Check a document against the schema of the checkout; it has none for headers, so that one is ours."""
        if kind is Kind.HEADER:
            return check_header(element)
        return () if self._schema is None else check_against(element, self._schema, Layer.XSD)

    def rule_sets(self, kind: Kind, line: str | None) -> tuple[RuleSet, ...]:
        """Give the files for a kind of document, structure before content; a checkout is of one line."""
        return tuple(one for one in self.every if one.kind is kind and line is not None)

    def _has(self, folder: Path, otherwise: str) -> bool:
        if not folder.is_dir():
            self.remarks.append(f"{folder} is not there: {otherwise}.")
        return folder.is_dir()

    def _remark_on_rules(self, folder: Path) -> None:
        missing = [NAMES[kind] for kind in Kind if not any(one.kind is kind for one in self.every)]
        if missing:
            self.remarks.append(f"{folder} has no rules for {', '.join(missing)}: they meet no business rules.")

    def _remark_on_lists(self, folder: Path) -> None:
        for file in published_files(folder, ".gc"):
            try:
                read_published_list(file)
            except UnreadableCodeList as error:
                self.remarks.append(f"{error}; a rule that asks for it cannot be played.")


def _rule_sets(folder: Path, lists: Path) -> tuple[RuleSet, ...]:
    files = [path for path in published_files(folder / "sch", ".sch") if path.parent == folder / "sch"]
    found = [(name, path) for path in files if (name := _NAME.fullmatch(path.stem))]
    found.sort(key=lambda item: _STRUCTURE_FIRST.find((item[0][2] or "").upper()))
    return tuple(
        RuleSet(
            kind=_KINDS[name[1].upper()],
            line=V2_0,  # chooses among our code lists, which are not asked
            folder=folder,
            file=str(path.relative_to(folder)),
            lists=lists,
        )
        for name, path in found
    )
