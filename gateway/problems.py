"""
What goes wrong on the REST API, as `application/problem+json` (RFC 9457).
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.outbox import AlreadySubmitted
from gateway.tokens import NotAllowed
from oots.errors import CallerError, NotFound, OperatorError, TransportRefusal

PROBLEM: Final = "application/problem+json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong."""

    type: str
    title: str
    status: int
    detail: str


def answer_problems(app: FastAPI) -> None:
    """Have `app` answer every error with a problem."""
    app.add_exception_handler(CallerError, _caller_error)
    app.add_exception_handler(TransportRefusal, _transport_refusal)
    app.add_exception_handler(OperatorError, _operator_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(Exception, _unexpected)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Give a problem with a status and a sentence."""
    found = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(asdict(found), status, headers, media_type=PROBLEM)


async def _caller_error(_: Request, error: Exception) -> Response:
    statuses: dict[type[Exception], HTTPStatus] = {
        NotFound: HTTPStatus.NOT_FOUND,
        AlreadySubmitted: HTTPStatus.CONFLICT,
        NotAllowed: HTTPStatus.FORBIDDEN,
    }
    return problem(statuses.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY), str(error))


async def _transport_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, TransportRefusal)
    return problem(error.status, error.reason)


async def _operator_error(_: Request, error: Exception) -> Response:
    log.error("a back end cannot be served: %s", error)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def _http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, error.headers)


async def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:5])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found))


async def _unexpected(_: Request, error: Exception) -> Response:
    log.error("a request of a back end could not be processed", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the request could not be processed; the log says why")
