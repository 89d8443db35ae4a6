"""
The evidence error response, `query:QueryResponse` with status Failure, and its exceptions (TDD 4.5.3; edm.md 2.3).

Like any answer it is read as far as it can be understood.
"""

from datetime import datetime
from typing import Final

from oots.codes import EdmCode
from oots.edm.elements import Breach, attribute, new_root, sub
from oots.edm.model import ErrorResponse, ErrorSeverity, ExceptionReport, PreviewMethod
from oots.edm.response import QUERY_RESPONSE
from oots.edm.sdg import ERROR_PROVIDER, REQUESTER_OF_ANSWER, read_agent, write_agent
from oots.edm.slots import (
    XSI_TYPE,
    Slots,
    specification_of,
    type_of,
    write_any,
    write_date_time,
    write_international_string,
    write_string,
)
from oots.edm.specification import SPECIFICATIONS, Specification
from oots.errors import CallerError, EdmException, LineCannotCarry, UnreadableResponse
from oots.xml import QUERY, RIM, RS, SDG, XSI, Element

FAILURE: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
_EXCEPTION: Final = f"{{{RS}}}Exception"
# R-EDM-ERR-C013 compares xsi:type as text, prefix included: rs and query must be bound just so.
_NSMAP: Final = {"query": QUERY, "rim": RIM, "rs": RS, "sdg": SDG, "xsi": XSI}
_NAMESPACES: Final = {"rs": RS, "query": QUERY}
_PREVIEW_METHOD: Final = "PreviewMethod"
_MAX_DETAIL: Final = 1000
"""Characters; the schema has no limit, and a list of broken rules should not grow without one."""
_PREVIEW_REQUIRED: Final = ":codes:ErrorSeverity:EDMErrorResponse:PreviewRequired"


def exception_report(error: EdmException, now: datetime) -> ExceptionReport:
    """Say in an error response what our own code raised: the broken rules, then the reason."""
    reason = f"{', '.join(error.rules)}: {error.detail}" if error.rules else error.detail
    return ExceptionReport(
        code=error.code,
        severity=ErrorSeverity.ERROR,
        message=error.code.message,
        detail=reason[:_MAX_DETAIL],
        timestamp=now,
    )


def read_error_response(root: Element) -> ErrorResponse:
    """Read an error response; raises `UnreadableResponse` when it cannot be understood."""
    try:
        return _read(root)
    except Breach as breach:
        raise UnreadableResponse(breach.detail, rules=breach.rules) from breach


def _read(root: Element) -> ErrorResponse:
    if root.tag != QUERY_RESPONSE:
        raise Breach("the document element is not query:QueryResponse", "R-EDM-ERR-S001")
    if attribute(root, "status") != FAILURE:
        raise Breach("status of query:QueryResponse is not Failure", "R-EDM-ERR-S006")
    specification = specification_of(root, rule="R-EDM-ERR-C001")
    slots = Slots(root, specification.error)
    exceptions = tuple(_read_exception(item, specification) for item in root.iterchildren(_EXCEPTION))
    if not exceptions:
        raise Breach("an error response has no rs:Exception", "R-EDM-ERR-S008")
    has_requester = "EvidenceRequester" in slots
    return ErrorResponse(
        request_id=attribute(root, "requestId") or None,
        specification=specification.id,
        response_id=slots.string("EvidenceResponseIdentifier"),
        error_provider=read_agent(slots.any("ErrorProvider"), ERROR_PROVIDER),
        requester=read_agent(slots.any("EvidenceRequester"), REQUESTER_OF_ANSWER) if has_requester else None,
        exceptions=exceptions,
    )


def write_error_response(response: ErrorResponse) -> Element:
    """Write an error response; raises `CallerError` for a value that its line cannot carry."""
    specification = SPECIFICATIONS.get(response.specification)
    if specification is None:
        raise CallerError(f"an error response can be written in {', '.join(SPECIFICATIONS)} only")
    _must_fit_the_request(response)
    if specification.error_provider_has_address and response.error_provider.address is None:
        raise LineCannotCarry("error_provider.address", specification.id, "the address is missing (R-EDM-ERR-C024)")
    request_id = {} if response.request_id is None else {"requestId": response.request_id}
    root = new_root(QUERY_RESPONSE, _NSMAP, {"status": FAILURE, **request_id})
    write_string(root, "SpecificationIdentifier", response.specification)
    write_string(root, "EvidenceResponseIdentifier", response.response_id)
    write_agent(write_any(root, "ErrorProvider"), "Agent", response.error_provider, ERROR_PROVIDER)
    if response.requester is not None:
        write_agent(write_any(root, "EvidenceRequester"), "Agent", response.requester, REQUESTER_OF_ANSWER)
    for report in response.exceptions:
        _write_exception(root, report, specification)
    return root


def _must_fit_the_request(response: ErrorResponse) -> None:
    if not response.exceptions:
        raise CallerError("an error response has at least one exception")
    unreadable = any(report.code is EdmCode.INVALID_REQUEST for report in response.exceptions)
    if response.request_id is None and not unreadable:
        raise CallerError("an error response has a request_id, unless it says EDM:ERR:0003 (R-EDM-ERR-C025)")


def _read_exception(element: Element, specification: Specification) -> ExceptionReport:
    slots = Slots(element, specification.exception)
    code = _read_code(element)
    return ExceptionReport(
        code=code,
        severity=_read_severity(element),
        message=element.get("message") or code.message,
        detail=element.get("detail"),
        timestamp=slots.date_time("Timestamp"),
        preview_location=slots.optional_string("PreviewLocation"),
        preview_method=_read_preview_method(slots),
        preview_description=slots.international_string("PreviewDescription"),
    )


def _read_preview_method(slots: Slots) -> PreviewMethod:
    # A method that nobody may ask for (R-EDM-ERR-C021) leaves the one that needs no asking.
    return _METHODS.get(slots.optional_string("PreviewMethod") or "", PreviewMethod.GET)


_METHODS: Final = {method.value: method for method in PreviewMethod}


def _must_fit_line(report: ExceptionReport, specification: Specification) -> None:
    if report.preview_method is PreviewMethod.GET:
        return
    if _PREVIEW_METHOD not in specification.exception.by_name:
        reason = f"this line has no {_PREVIEW_METHOD}, GET is implied"
        raise LineCannotCarry("exceptions.preview_method", specification.id, reason)
    if report.preview_location is None:
        raise LineCannotCarry("exceptions.preview_method", specification.id, "needs a preview_location")


def _write_exception(root: Element, report: ExceptionReport, specification: Specification) -> None:
    _must_fit_line(report, specification)
    attributes = {
        XSI_TYPE: report.code.exception_type,
        "code": report.code.value,
        "severity": report.severity.value,
        "message": report.message,
    }
    if report.detail is not None:
        attributes["detail"] = report.detail
    element = sub(root, _EXCEPTION, attributes=attributes)
    write_date_time(element, "Timestamp", report.timestamp)
    if report.preview_location is not None:
        write_string(element, "PreviewLocation", report.preview_location)
    if report.preview_description:
        write_international_string(element, "PreviewDescription", report.preview_description)
    if report.preview_location is not None and _PREVIEW_METHOD in specification.exception.by_name:
        # R-EDM-ERR-S031: where the line has the slot, a location never comes without it.
        write_string(element, _PREVIEW_METHOD, report.preview_method.value)


def _read_code(element: Element) -> EdmCode:
    code = _CODES.get(attribute(element, "code")) or _CODE_OF_TYPE.get(type_of(element))
    if code is None:
        raise Breach("an rs:Exception has neither a code nor a type of EDMErrorCodes", "R-EDM-ERR-C017")
    return code


def _qualified(exception_type: str) -> tuple[str | None, str]:
    prefix, _, name = exception_type.partition(":")
    return _NAMESPACES[prefix], name


_CODES: Final = {code.value: code for code in EdmCode}
_CODE_OF_TYPE: Final = {_qualified(code.exception_type): code for code in EdmCode}


def _read_severity(element: Element) -> ErrorSeverity:
    severity = attribute(element, "severity")
    # The 1.0 line wrote another host, so only the end counts.  Any other severity means an error to us.
    return ErrorSeverity.PREVIEW_REQUIRED if severity.endswith(_PREVIEW_REQUIRED) else ErrorSeverity.ERROR
