"""
Codes and constant names of ebMS 3, AS4 and the OOTS profiles.  No behaviour, no code lists of the data model.

Sources: ebMS 3.0 Core 6.7, AS4 1.0, TDD 4.7 (header values), TDD 4.5.3, 3.1.4 and 3.2.4 (exceptions).
"""

from enum import Enum
from typing import Final, Self


class EbmsCode(Enum):
    """
    The ebMS errors that this project emits or has to understand (ebMS 3.0 Core 6.7.1, AS4 1.0 3.2.1 and 5.1.8).

    The value is `@errorCode`; the others are the further attributes of `eb:Error`.  All of them are failures.
    """

    short_description: str
    category: str
    origin: str

    def __new__(cls, code: str, short_description: str, category: str, origin: str = "ebMS") -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.short_description = short_description
        member.category = category
        member.origin = origin
        return member

    VALUE_NOT_RECOGNIZED = "EBMS:0001", "ValueNotRecognized", "Content"
    VALUE_INCONSISTENT = "EBMS:0003", "ValueInconsistent", "Content"
    OTHER = "EBMS:0004", "Other", "Content"
    CONNECTION_FAILURE = "EBMS:0005", "ConnectionFailure", "Communication"
    MIME_INCONSISTENCY = "EBMS:0007", "MimeInconsistency", "Unpackaging"
    FEATURE_NOT_SUPPORTED = "EBMS:0008", "FeatureNotSupported", "Unpackaging"
    INVALID_HEADER = "EBMS:0009", "InvalidHeader", "Unpackaging"
    PROCESSING_MODE_MISMATCH = "EBMS:0010", "ProcessingModeMismatch", "Processing"
    EXTERNAL_PAYLOAD_ERROR = "EBMS:0011", "ExternalPayloadError", "Content"
    FAILED_AUTHENTICATION = "EBMS:0101", "FailedAuthentication", "Processing", "security"
    FAILED_DECRYPTION = "EBMS:0102", "FailedDecryption", "Processing", "security"
    POLICY_NONCOMPLIANCE = "EBMS:0103", "PolicyNoncompliance", "Processing", "security"
    DELIVERY_FAILURE = "EBMS:0202", "DeliveryFailure", "Communication", "reliability"
    MISSING_RECEIPT = "EBMS:0301", "MissingReceipt", "Communication"
    INVALID_RECEIPT = "EBMS:0302", "InvalidReceipt", "Communication"
    DECOMPRESSION_FAILURE = "EBMS:0303", "DecompressionFailure", "Communication"


DUPLICATE_DETECTED: Final = "EBMS:4001"
"""What phase4 answers to a MessageId that it has seen; no standard code."""


class EdmCode(Enum):
    """
    Exceptions of the evidence error response (code list EDMErrorCodes; TDD 4.5.3).

    `exception_type` is compared as prefixed text by R-EDM-ERR-C013, so it is written exactly so.
    """

    exception_type: str
    message: str

    def __new__(cls, code: str, exception_type: str, message: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.exception_type = exception_type
        member.message = message
        return member

    AUTHENTICATION = "EDM:ERR:0001", "rs:AuthenticationExceptionType", "Failed Authentication"
    AUTHORIZATION = "EDM:ERR:0002", "rs:AuthorizationExceptionType", "Missing Authorization"
    INVALID_REQUEST = (
        "EDM:ERR:0003",
        "rs:InvalidRequestExceptionType",
        "Syntactically or semantically invalid request",
    )
    OBJECT_NOT_FOUND = "EDM:ERR:0004", "rs:ObjectNotFoundExceptionType", "Object not found"
    TIMEOUT = "EDM:ERR:0005", "rs:TimeoutExceptionType", "Exceeding timeout period"
    UNRESOLVED_REFERENCE = (
        "EDM:ERR:0006",
        "rs:UnresolvedReferenceExceptionType",
        "Referenced object that cannot be resolved",
    )
    UNSUPPORTED_CAPABILITY = (
        "EDM:ERR:0007",
        "rs:UnsupportedCapabilityExceptionType",
        "Optional feature or capability is not supported",
    )
    QUERY = (
        "EDM:ERR:0008",
        "query:QueryExceptionType",
        "Invalid query syntax or semantics that must be corrected",
    )


class EbCode(Enum):
    """Refusals of the Evidence Broker (code list EBErrorCodes; TDD 3.2.4)."""

    exception_type: str
    message: str

    def __new__(cls, code: str, exception_type: str, message: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.exception_type = exception_type
        member.message = message
        return member

    EMPTY_RESULT = "EB:ERR:0001", "rs:ObjectNotFoundExceptionType", "The result set is empty"
    UNKNOWN_REQUIREMENT = (
        "EB:ERR:0002",
        "rs:ObjectNotFoundExceptionType",
        "The requirement requested, represented by the requirement id, does not exist",
    )
    PARAMETERS = (
        "EB:ERR:0003",
        "rs:InvalidRequestExceptionType",
        "The query parameters do not follow the query specification",
    )
    JURISDICTION = (
        "EB:ERR:0004",
        "rs:InvalidRequestExceptionType",
        "The jurisdiction level code query parameter is invalid or unknown",
    )
    """Lines 1.x only: 2.0 has no such parameter."""
    PROCEDURE = (
        "EB:ERR:0005",
        "rs:InvalidRequestExceptionType",
        "The value of the procedure-id query parameter is invalid or unknown",
    )
    COUNTRY = (
        "EB:ERR:0006",
        "rs:InvalidRequestExceptionType",
        "The value of the procedure implementation country query parameter is invalid or unknown",
    )
    QUERY = "EB:ERR:0007", "rs:InvalidRequestExceptionType", "The requested Query does not exist"


class DsdCode(Enum):
    """Refusals of the Data Service Directory (code list DSDErrorCodes; TDD 3.1.4)."""

    exception_type: str
    message: str

    def __new__(cls, code: str, exception_type: str, message: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.exception_type = exception_type
        member.message = message
        return member

    NO_DATA_SERVICES = (
        "DSD:ERR:0001",
        "rs:ObjectNotFoundExceptionType",
        "No Data Services were found based on the given parameters",
    )
    UNKNOWN_EVIDENCE_TYPE = (
        "DSD:ERR:0002",
        "rs:ObjectNotFoundExceptionType",
        "The Evidence Type requested cannot be found",
    )
    PARAMETERS = (
        "DSD:ERR:0003",
        "rs:InvalidRequestExceptionType",
        "The query parameters do not follow the query specification",
    )
    QUERY = "DSD:ERR:0004", "rs:InvalidRequestExceptionType", "The requested Query does not exist"
    ADDITIONAL_INPUT = (
        "DSD:ERR:0005",
        "rs:ObjectNotFoundExceptionType",
        "The query requires the included extra attributes to be provided by the user",
    )
    """No failure: whoever asked has to ask the user first."""
    ANSWER = (
        "DSD:ERR:0006",
        "rs:InvalidRequestExceptionType",
        "Incorrect provided value for requested parameters",
    )


class SignatureStep(Enum):
    """What has to hold before an answer of the common services is believed, in the order in which it is looked at."""

    HEADERS = "headers"
    DIGEST = "digest"
    SERIALISATION = "serialisation"
    PROTECTED_HEADER = "protected-header"
    CERTIFICATE = "certificate"
    PATH = "path"
    SUBJECT = "subject"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"


class Action(Enum):
    """`eb:Action` of the service QueryManager (TDD 4.7)."""

    REQUEST = "ExecuteQueryRequest"
    RESPONSE = "ExecuteQueryResponse"
    EXCEPTION = "ExceptionResponse"


SYSTEM_CHECK: Final = "00"
"""Procedure of an exchange that tests the way and concerns nobody (flows.md 2.j)."""

SERVICE: Final = "QueryManager"
SERVICE_TYPE: Final = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0"
GATEWAY_ROLE: Final = "http://sdg.europa.eu/edelivery/gateway"
PARTY_TYPE_OOTS: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots"
PARTY_TYPE_UNREGISTERED: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
"""Followed by an OOTS country code, or `oots`."""

DEFAULT_MPC: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC"

MIME_REGREP: Final = "application/x-ebrs+xml"
"""Type of the leading payload, the RegRep document."""

MIME_GZIP: Final = "application/gzip"
MIME_OCTETS: Final = "application/octet-stream"
MIME_SOAP: Final = "application/soap+xml"
