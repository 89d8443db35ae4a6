"""
What the routes for back ends take beside a body: who asks, and the fields of path, query and header.
"""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Header, HTTPException, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.settings import Backend
from gateway.tokens import Tokens
from oots.net.gateway_api import MAX_WAIT_SECONDS

_BEARER: Final = HTTPBearer(auto_error=False, scheme_name="token", description="The token of a back end.")


async def current_backend(
    request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Backend:
    """Give the back end whose token is shown, or refuse."""
    tokens: Tokens = request.app.state.tokens
    backend = tokens.owner(shown.credentials) if shown else None
    if backend is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "a bearer token of this gateway is needed", challenge)
    return backend


CurrentBackend = Annotated[Backend, Depends(current_backend)]
MessageId = Annotated[str, Path(description="The MessageId, percent-encoded.")]
Number = Annotated[int, Path(description="Of the payload, counted from 0.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Instead of `message_id`: what is submitted again under the same key is not sent again.",
    ),
]
Range = Annotated[str | None, Header(alias="Range", description="One range of `bytes`.")]
IfRange = Annotated[str | None, Header(alias="If-Range", description="The ETag of what has come so far.")]
Actions = Annotated[list[str], Query(min_length=1, description="Of the messages; may stand several times.")]
Wait = Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for one when there is none.")]
