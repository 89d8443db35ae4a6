"""
The directory's pages: what a country asks and offers, and what a requester would see.  They only read.
"""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment

from directory.codes import names, procedures
from directory.declarations import MemberState
from directory.service import Directory
from directory.walk import walk
from oots.codes import SYSTEM_CHECK
from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.interface import V2_0
from oots.common_services.model import ClassificationConcept
from oots.common_services.queries import MAX_ANSWER
from oots.common_services.questions import question_id
from oots.edm.model import MultilingualString
from oots.errors import QueryRefused
from oots.ui.look import STATIC, templates

_NOBODY_KEEPS: Final = {"Cache-Control": "no-store"}
MAX_FORM_BYTES: Final = 64 << 10
"""Largest form: 64 KiB.  All answers of a user have some hundred bytes."""


def mount(app: FastAPI, directory: Directory) -> None:
    """Add the pages to the application."""
    pages = _Pages(directory)
    app.get("/", include_in_schema=False)(pages.overview)
    app.get("/countries/{country}", include_in_schema=False)(pages.country)
    app.get("/walk", include_in_schema=False)(pages.walk)
    app.post("/walk", include_in_schema=False)(pages.walk)
    app.mount("/static", StaticFiles(directory=STATIC))


class _Pages:
    """One method for each address."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def overview(self) -> Response:
        """Show what is loaded."""
        contents = await self._directory.contents()
        return await self._page("overview.html", contents=contents)

    async def country(self, country: str) -> Response:
        """Show all that a member state declares."""
        contents = await self._directory.contents()
        state = contents.member_states.get(country)
        if state is None:
            return await self._problem("There is nothing here", "This directory holds nothing of such a country.")
        requirements = {item.id: item for item in contents.requirements}
        return await self._page("country.html", contents=contents, state=state, requirements=requirements)

    async def walk(self, request: Request) -> Response:
        """
        Show what a requester would see; answers to questions come by POST.

        A directory is asked with them in the URL.  People's answers are kept out of histories here.
        """
        contents = await self._directory.contents()
        procedure, asking, giving = (request.query_params.get(name, "") for name in ("procedure", "asking", "giving"))
        try:
            answers = await _answers(request)
            catalogue = await self._directory.catalogue(V2_0)
            shown = await run_in_threadpool(
                walk, catalogue, procedure=procedure, asking=asking, giving=giving, answers=answers
            )
        except QueryRefused:
            reason = "Choose a procedure, the country where it is, and the country where the documents are."
            return await self._problem("Something is missing", reason, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        chosen = {"procedure": procedure, "asking": asking, "giving": giving, "answers": answers}
        return await self._page("walk.html", contents=contents, walk=shown, chosen=chosen)

    async def _problem(self, heading: str, reason: str, *, status: HTTPStatus = HTTPStatus.NOT_FOUND) -> Response:
        return await self._page("problem.html", status=status, heading=heading, reason=reason)

    async def _page(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
        # In a thread: a large country is some hundred kilobytes of page.
        render = _templates().get_template(template).render
        text = await run_in_threadpool(render, context, name=self._directory.settings.name)
        return HTMLResponse(text, status_code=status, headers=_NOBODY_KEEPS)


async def _answers(request: Request) -> Mapping[str, str]:
    if request.method == "GET":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    fields = parse_qsl(body.decode("ascii", "replace"))
    return {name: value for name, value in fields if value.isprintable() and len(value) <= MAX_ANSWER}


def preferred(texts: tuple[MultilingualString, ...]) -> MultilingualString | None:
    """Give a text in English, or else in its first language."""
    return next((item for item in texts if item.lang == "EN"), texts[0] if texts else None)


def declared(texts: Mapping[str, str]) -> MultilingualString | None:
    """Give a text as it was declared in English, or else in its first language."""
    return preferred(tuple(MultilingualString(text=text, lang=lang) for lang, text in texts.items()))


def code_labels(states: Mapping[str, MemberState], concept: ClassificationConcept) -> Mapping[str, object]:
    """Give the codes that answer a question, each with its text."""
    parts = (concept.value_expression or "").split("/")
    state = states.get(parts[-2]) if len(parts) > 2 else None
    lists = state.code_lists if state else ()
    return {
        code: declared(texts) for item in lists if item.short_name == parts[-1] for code, texts in item.codes.items()
    }


def kind(answer: object) -> str:
    """Give the name of what an answer is, for templates."""
    match answer:
        case Requirements() | DataServices():
            return "success"
        case QuestionForUser():
            return "question"
        case Refused():
            return "refusal"
    raise HTTPException(HTTPStatus.INTERNAL_SERVER_ERROR)


@cache
def _templates() -> Environment:
    made = templates("directory")
    made.globals.update(
        preferred=preferred,
        declared=declared,
        code_labels=code_labels,
        kind=kind,
        question_id=question_id,
        procedures=sorted(procedures(), key=lambda code: (code[:1], len(code), code)),
        procedure_names={**names("Procedures"), SYSTEM_CHECK: "system check"},
        country_names={**names("CountryIdentificationCode"), "EL": "Greece"},
    )
    return made
