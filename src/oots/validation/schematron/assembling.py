"""
Rule files as trees: included, extended and instantiated, until only patterns, rules and assertions are left.

Rule files are ours, or an operator's: trusted to be meant well, and read from one folder only.  What they mean is read
in `reading`.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from oots.errors import MalformedXml, UnusableRules
from oots.validation.schematron.rules import Source
from oots.xml import XML, Element, parse

SCHEMATRON: Final = "http://purl.oclc.org/dsdl/schematron"
SCH: Final = f"{{{SCHEMATRON}}}"

MAX_BYTES: Final = 16 << 20
"""Largest rule file.  Published ones carry whole code lists, and have up to 1 MB."""

MAX_FILES: Final = 200
"""Most files that one rule file includes, directly or not."""

MAX_EXTENSIONS: Final = 2_000
"""Most times that rules of one file extend another rule."""

FILE: Final = "{urn:oots:schematron}file"
"""Attribute that tells, for an element and all in it, which file it was read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The folder beyond which no rule file looks."""

    root: Path
    """Absolute, without symbolic links."""

    def read(self, href: str, beside: Path, source: Source) -> tuple[Path, Element]:
        """Read the file that `href` names beside another."""
        path = (beside.parent / href).resolve()
        if re.match(r"[A-Za-z][\w+.-]*:|/", href) or not path.is_relative_to(self.root):
            raise UnusableRules(f"{source}: {href!r} is no file in the folder of the rules")
        return path, self.open(path, source)

    def open(self, path: Path, source: Source | None = None) -> Element:
        """Parse a file of the folder; `source` is who asked for it."""
        where = f"{source}: " if source else ""
        try:
            root = parse(path.read_bytes(), max_bytes=MAX_BYTES)
        except OSError as error:
            raise UnusableRules(f"{where}{path.name} cannot be read: {error.strerror}") from error
        except MalformedXml as error:
            raise UnusableRules(f"{where}{path.name} is no XML that is accepted: {error}") from error
        root.set(FILE, str(path))
        return root

    def source(self, element: Element) -> Source:
        """Tell where an element was written."""
        file = file_of(element).relative_to(self.root)
        return Source(file=str(file), line=cast("int | None", element.sourceline) or 0)


def file_of(element: Element) -> Path:
    """Tell in which file an element was written."""
    holder = next(holder for holder in (element, *element.iterancestors()) if holder.get(FILE))
    return Path(str(holder.get(FILE)))


def assemble(path: Path, folder: Folder) -> Element:
    """Read a rule file and give its `sch:schema` with everything in its place; raises `UnusableRules`."""
    main = path.resolve()
    if not main.is_relative_to(folder.root):
        raise UnusableRules(f"{path.name} is no file in the folder of the rules")
    root = folder.open(main)
    if root.tag != f"{SCH}schema":
        raise UnusableRules(f"{path.name}: the document element is not sch:schema of ISO Schematron")
    _include(root, folder)
    _instantiate(root, folder)
    _extend(root, folder)
    return root


# --- include ----------------------------------------------------------------------------------------------------------


def _include(root: Element, folder: Folder) -> None:
    for _ in range(MAX_FILES):
        include = next(_taken_in(root), None)
        if include is None:
            return
        source = folder.source(include)
        included = _referred(include, folder)
        parent = include.getparent()
        assert parent is not None  # the document element is sch:schema
        if include.tag == f"{SCH}include":
            parent.replace(include, included)
        else:
            _replace(include, list(included), str(file_of(included)))
        if root.tag != f"{SCH}schema":
            raise UnusableRules(f"{source}: the document element cannot be included")
    raise UnusableRules(
        f"{folder.source(root).file}: more than {MAX_FILES} files are included; perhaps one includes itself"
    )


def _taken_in(root: Element) -> Iterator[Element]:
    yield from root.iter(f"{SCH}include")
    yield from (extends for extends in root.iter(f"{SCH}extends") if extends.get("href"))


def _referred(include: Element, folder: Folder) -> Element:
    source = folder.source(include)
    href, _, fragment = _required(include, "href", folder).partition("#")
    _, root = folder.read(href, file_of(include), source)
    if not fragment:
        return root
    for element in root.iter(f"{SCH}*"):
        if fragment in (element.get("id"), element.get(f"{{{XML}}}id")):
            element.set(FILE, str(file_of(root)))
            return element
    raise UnusableRules(f"{source}: {href!r} has no element {fragment!r}")


def _replace(element: Element, by: list[Element], file: str) -> None:
    parent = element.getparent()
    assert parent is not None  # only what stands inside sch:schema is replaced
    place = parent.index(element)
    for child in by:
        if isinstance(child.tag, str):
            child.set(FILE, file)
    parent[place : place + 1] = by


# --- abstract patterns and rules --------------------------------------------------------------------------------------


def _instantiate(root: Element, folder: Folder) -> None:
    patterns = list(root.iter(f"{SCH}pattern"))
    abstract = {pattern.get("id"): pattern for pattern in patterns if pattern.get("abstract") == "true"}
    for pattern in patterns:
        name = pattern.get("is-a")
        if name is None:
            continue
        if name not in abstract:
            raise UnusableRules(f"{folder.source(pattern)}: there is no abstract pattern {name!r}")
        parameters = {
            _required(param, "name", folder): _required(param, "value", folder) for param in pattern.iter(f"{SCH}param")
        }
        copy = deepcopy(abstract[name])
        del copy.attrib["abstract"]
        _substitute(copy, parameters)
        _replace(pattern, [copy], str(file_of(abstract[name])))
    for pattern in abstract.values():
        _replace(pattern, [], "")


def _substitute(pattern: Element, parameters: dict[str, str]) -> None:
    if not parameters:
        return
    names = "|".join(re.escape(name) for name in sorted(parameters, key=len, reverse=True))
    reference = re.compile(rf"\$({names})(?![\w.-])")
    for element in pattern.iter(f"{SCH}*"):
        for attribute, value in element.attrib.items():
            if attribute != FILE:
                element.set(attribute, reference.sub(lambda found: parameters[found[1]], str(value)))


def _extend(root: Element, folder: Folder) -> None:
    abstract = {rule.get("id"): rule for rule in root.iter(f"{SCH}rule") if rule.get("abstract") == "true"}
    for _ in range(MAX_EXTENSIONS):
        extends = next(root.iter(f"{SCH}extends"), None)
        if extends is None:
            break
        name = _required(extends, "rule", folder)
        if name not in abstract:
            raise UnusableRules(f"{folder.source(extends)}: there is no abstract rule {name!r}")
        _replace(extends, [deepcopy(child) for child in abstract[name]], str(file_of(abstract[name])))
    else:
        raise UnusableRules(
            f"{folder.source(root)}: rules extend others more than {MAX_EXTENSIONS} times; perhaps one extends itself"
        )
    for rule in abstract.values():
        _replace(rule, [], "")


def _required(element: Element, attribute: str, folder: Folder) -> str:
    value = element.get(attribute)
    if not value:
        name = element.tag.removeprefix(SCH)
        raise UnusableRules(f"{folder.source(element)}: sch:{name} has no {attribute}")
    return str(value)
