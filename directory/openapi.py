"""
What the document `/openapi.json` says of the two services: parameters, answers, signature.

All of it is written by hand: parameters are read by `oots.common_services`, which refuses in the words of the standard.
"""

from typing import Any, Final

from directory.settings import DirectorySettings
from oots.common_services.interface import (
    ACCEPT_VERSION,
    DATA_SERVICES,
    EVIDENCE_TYPES,
    INTERFACES,
    REQUIREMENTS,
    Service,
)
from oots.common_services.signature import DIGEST, RESPONSE_SIG

_TEXT: Final = {"type": "string"}
_UUID: Final = {"type": "string", "format": "uuid"}

_PARAMETERS: Final = {
    "procedure-id": "Code of a procedure, such as `T1`.",
    "country-code": "OOTS code of a country: the requester's for procedures, the provider's otherwise. Greece is `EL`.",
    "requirement-id": "URL of a requirement in the Semantic Repository.",
    "evidence-type-classification": "URL of an evidence type in the Semantic Repository.",
    "specification": "Only providers that speak this version of the exchange data model, such as `oots-edm:v2.0`.",
    "return-incomplete": "`true`: requirements too for which nothing is declared.",
    "jurisdiction-admin-l2": "Lines 1.x: NUTS code.",
    "jurisdiction-admin-l3": "Lines 1.x: LAU code.",
    "jurisdiction-context-id": "Lines 1.x: UUID of the question about a place that is answered.",
    "evidence-type-id": "Lines 1.0 and 1.1: UUID of the data service whose questions are answered.",
}

_QUERIES: Final = {
    Service.EVIDENCE_BROKER: (REQUIREMENTS, EVIDENCE_TYPES),
    Service.DATA_SERVICE_DIRECTORY: (DATA_SERVICES,),
}

_SUMMARIES: Final = {
    Service.EVIDENCE_BROKER: "Which requirements has a procedure, and which evidence types prove a requirement?",
    Service.DATA_SERVICE_DIRECTORY: "Who in a country can send an evidence type?",
}


def description_of(settings: DirectorySettings) -> str:
    """Give the introduction."""
    return f"""
Evidence Broker and Data Service Directory of the Once-Only Technical System, of the environment whose identifiers
begin with `{settings.repository}`.

* Every answer has status 200: `status` of `query:QueryResponse` tells success from failure.
* Every answer is signed: `{DIGEST}` is over its bytes, `{RESPONSE_SIG}` is a detached JWS over the line `{DIGEST}: …`.
* `{ACCEPT_VERSION}` names the version of the answer; without it, the answer has the form of `oots-cs:v1.0`.
* A parameter stands once, and one that the version does not have is refused. What a user answered to a question of
  `DSD:ERR:0005` is sent under the UUID of the question.
"""


def search_description(service: Service) -> dict[str, Any]:
    """Give what a route says of itself."""
    return {
        "summary": _SUMMARIES[service],
        "operation_id": f"search_{service.value}",
        "responses": {200: _ANSWER, 503: {"description": "The directory cannot read what it holds."}},
        "openapi_extra": {"parameters": _parameters(service)},
    }


_ANSWER: Final = {
    "description": "`query:QueryResponse` of RegRep 4.0: records, a refusal, or a question for the user.",
    "content": {"application/x-ebrs+xml": {"schema": _TEXT}},
    "headers": {
        DIGEST: {"required": True, "schema": _TEXT, "description": "`SHA-256=` and the digest of the body, base64."},
        RESPONSE_SIG: {"required": True, "schema": _TEXT, "description": "JWS, detached; some kilobytes long."},
        "Cache-Control": {"required": True, "schema": _TEXT},
        "ETag": {"schema": _TEXT, "description": "Of a success: the digest."},
    },
}


def _parameters(service: Service) -> list[dict[str, Any]]:
    names = {
        name for interface in INTERFACES.values() for query in _QUERIES[service] for name in interface.parameters[query]
    }
    query_id = {"name": "queryId", "in": "query", "required": True}
    version = {"name": ACCEPT_VERSION, "in": "header", "required": False}
    return [
        {**query_id, "schema": {"type": "string", "enum": list(_QUERIES[service])}},
        {**version, "schema": {"type": "string", "enum": list(INTERFACES)}},
        *(
            {"name": name, "in": "query", "required": False, "description": text, "schema": _schema(name)}
            for name, text in _PARAMETERS.items()
            if name in names
        ),
    ]


def _schema(name: str) -> dict[str, Any]:
    return _UUID if name in {"jurisdiction-context-id", "evidence-type-id"} else _TEXT
