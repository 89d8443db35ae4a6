"""
The command `oots validate`: its options, its report on stdout, and its exit code.

How files are checked is in `oots.validation.files.checking`.
"""

import io
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from oots.cli.validate_files import File, files_of
from oots.cli.validate_progress import Progress

if TYPE_CHECKING:
    from oots.validation.files.checked import Told
    from oots.validation.files.checking import FileChecks
    from oots.validation.files.rule_books import RuleBook
    from oots.validation.reports.report import Report

_VALID, _INVALID, _UNREADABLE = 0, 1, 2
_INTERRUPTED: Final = 128 + signal.SIGINT
_COLOURS: Final = {"good": "green", "bad": "red", "doubtful": "yellow", "quiet": "blue"}

_Read = TypeVar("_Read")


class Line(Enum):
    """The lines of the exchange data model, as they are called on the command line."""

    V1_2 = "v1.2"
    V2_0 = "v2.0"


class What(Enum):
    """What may be told about a file."""

    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"
    HEADER = "header"
    MESSAGE = "message"


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def validate(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Documents, whole AS4 messages, or folders of them; - is stdin."),
    ] = None,
    line: Annotated[Line | None, typer.Option(help="Their line.  Else they say it themselves.")] = None,
    kind: Annotated[What | None, typer.Option(help="What they are.  Else it is told by the document element.")] = None,
    header: Annotated[
        str | None, typer.Option(metavar="FILE", help="The ebMS header that goes with the document.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Another message of the same exchange, to compare with.  May be repeated."),
    ] = None,
    artefacts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A checkout of the published artefacts, to be used for ours.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = Format.TEXT,
    list_rules: Annotated[bool, typer.Option("--list-rules", help="List the rules, and leave.")] = False,
) -> None:
    """
    Check evidence requests, responses, errors, their ebMS headers, and whole AS4 messages.

    Schema, business rules, code lists; with --header or --against also what documents say about each other.

    Exit code: 0 all are valid, 1 one is not, 2 one could not be read or checked.
    """
    _print_whatever_it_is()
    with _refusals_told():
        if list_rules:
            _list(_rule_book(artefacts, explains=False), format_)
            return
        found = _found(files or [], header)
        told = _told(line, kind, header, against or [])
        code = _validate(found, told, _rule_book(artefacts, explains=format_ is Format.TEXT), _report(format_))
    raise typer.Exit(code)


def _found(names: list[str], header: str | None) -> list[File]:
    if not names:
        raise typer.BadParameter("a file is needed, or a folder, or - for standard input", param_hint="FILE")
    found = files_of(names)
    if not found:
        raise typer.BadParameter("in the folder is no file that ends with .xml, .mime or .eml", param_hint="FILE")
    if header is not None and len(found) != 1:
        raise typer.BadParameter("a header goes with one document", param_hint="--header")
    return found


# --- the checks -------------------------------------------------------------------------------------------------------


def _validate(files: list[File], told: "Told", book: "RuleBook", report: "Report") -> int:
    from oots.validation.files.checking import FileChecks
    from oots.validation.files.playing import RulePlayer

    progress, worst = Progress(len(files)), _VALID
    with RulePlayer(book.every) as player:
        checks = FileChecks(told, book, player)
        typer.echo(report.begin(), nl=False)
        for file in files:
            worst = max(worst, _validate_one(file, checks, report, progress))
            progress.done()
    typer.echo(report.end(), nl=False)
    progress.sum_up()
    return worst


def _validate_one(file: File, checks: "FileChecks", report: "Report", progress: Progress) -> int:
    worst = _VALID
    for checked in checks.check(file.name, file.chunks()):
        if not (checked.is_known or file.is_named):
            progress.passed_over(checked)
            typer.echo(report.pass_over(checked), nl=False)
            continue
        progress.count(checked)
        progress.make_room()
        typer.echo(report.add(checked), nl=False)
        verdict = _VALID if checked.is_valid else _INVALID
        worst = max(worst, verdict if checked.has_verdict else _UNREADABLE)
    return worst


def _told(line: Line | None, kind: What | None, header: str | None, against: list[str]) -> "Told":
    from oots.validation.files.checked import Told
    from oots.validation.files.others import read_header, read_message
    from oots.validation.schematron.rule_sets import Kind

    is_message = kind is What.MESSAGE
    return Told(
        kind=None if kind is None or is_message else Kind[kind.name],
        is_message=is_message,
        line=None if line is None else f"oots-edm:{line.value}",
        header=None if header is None else _read(header, read_header),
        header_file=header or "",
        others=tuple(_read(name, read_message) for name in against),
    )


def _read(name: str, read: "Callable[[Iterator[bytes]], _Read]") -> _Read:
    from oots.errors import CallerError, OotsError

    try:
        return read(File(name=name, is_named=True).chunks())
    except OSError as error:
        raise CallerError(f"{name}: it cannot be read: {error.strerror}") from error
    except OotsError as error:
        raise CallerError(f"{name}: {error}") from error


def _rule_book(artefacts: Path | None, *, explains: bool) -> "RuleBook":
    if artefacts is None:
        from oots.validation.files.rule_books import OwnRules

        return OwnRules(explains=explains)
    from oots.validation.published.rule_book import PublishedRules

    book = PublishedRules(artefacts)
    for remark in book.remarks:
        typer.echo(remark, err=True)
    return book


# --- what is printed --------------------------------------------------------------------------------------------------


def _report(format_: Format) -> "Report":
    if format_ is Format.JSON:
        from oots.validation.reports.as_json import JsonReport

        return JsonReport()
    if format_ is Format.JUNIT:
        from oots.validation.reports.junit import JunitReport

        return JunitReport()
    from oots.validation.reports.text import TextReport

    return TextReport(lambda word, look: typer.style(word, fg=_COLOURS[look]))


def _list(book: "RuleBook", format_: Format) -> None:
    from oots.validation.reports.rule_list import as_json, as_text, list_cross_checks, list_rules

    write = as_json if format_ is Format.JSON else as_text
    typer.echo(write((*list_rules(book.every), *list_cross_checks())), nl=False)


@contextmanager
def _refusals_told() -> Iterator[None]:
    from oots.errors import OotsError
    from oots.validation.reports.printable import printable

    try:
        yield
    except OotsError as error:
        typer.secho(printable(str(error)), err=True, fg="red")
        raise typer.Exit(_UNREADABLE) from None
    except KeyboardInterrupt:
        # Not 1, which would say that something is invalid.
        typer.echo("Stopped.", err=True)
        raise typer.Exit(_INTERRUPTED) from None


def _print_whatever_it_is() -> None:
    # A terminal that knows no Greek shows escapes, and a name of a file that is no UTF-8 stops nothing.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
