"""
What goes wrong on the API for portals, as `application/problem+json` (RFC 9457).
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from evidence_requester.errors import Conflict
from oots.errors import CallerError, NotChecked, NotFound, OperatorError

log = logging.getLogger(__name__)


class Unauthorized(CallerError):
    """The caller is not the portal."""


def answer_problems(app: FastAPI) -> None:
    """Have `app` answer every error with a problem (RFC 9457)."""

    @app.exception_handler(CallerError)
    async def caller_error(_: Request, error: CallerError) -> Response:
        if isinstance(error, NotFound):
            return _problem(HTTPStatus.NOT_FOUND, str(error))
        if isinstance(error, Unauthorized):
            return _problem(HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": "Bearer"})
        if isinstance(error, Conflict):
            return _problem(HTTPStatus.CONFLICT, str(error))
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    @app.exception_handler(OperatorError)
    async def operator_error(_: Request, error: OperatorError) -> Response:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    @app.exception_handler(NotChecked)
    async def not_checked(_: Request, error: NotChecked) -> Response:
        # Nothing unchecked is sent; the button may be pressed again.
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the request could not be checked: {error}")

    @app.exception_handler(RequestValidationError)
    async def invalid_body(_: Request, error: RequestValidationError) -> Response:
        # The field and the reason, never the value: it may be somebody's name.
        found = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:5])
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found))

    @app.exception_handler(HTTPException)
    async def http_exception(_: Request, error: HTTPException) -> Response:
        return _problem(error.status_code, error.detail, error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        log.error("a request of the portal could not be processed", exc_info=error)
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the request could not be processed; the log says why")


def _problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")
