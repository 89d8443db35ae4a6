"""
Every error this project raises on purpose.  Foreign exceptions stop at the package that met them.

The branches follow who is told:

    OotsError
    ├── EbmsError            the peer Access Point, in an ebMS error signal (as4.md 4.3)
    │   ├── ValueInconsistent, Other, MimeInconsistency, FeatureNotSupported, InvalidHeader,
    │   │   ProcessingModeMismatch, ExternalPayloadError, FailedAuthentication, FailedDecryption,
    │   │   PolicyNoncompliance, DeliveryFailure, DecompressionFailure
    │   └── MissingReceipt, InvalidReceipt     told to our own back end only
    ├── SoapFault            the peer, where SOAP itself asks for a fault
    ├── TransportRefusal     the peer, by HTTP status alone: no ebMS answer can be built
    ├── EdmException         the evidence requester abroad, in an evidence error response
    ├── UnreadableResponse   our own caller: the answer to its request is no answer
    ├── CallerError          our own caller over REST or on the command line
    │   └── NotFound, LineCannotCarry, NoCommonLine, QueryRefused
    ├── OperatorError        whoever runs the node: settings, ports, keys
    │   └── StoreUnavailable, DamagedContent, UnreadableCodeList, UnusableRules, UnusableSchemas
    ├── NotChecked           whoever wanted a document checked: there is no verdict
    │   └── CheckTookTooLong, CheckOverloaded
    ├── DirectoryError       whoever asked the common services: there is no answer that could be used
    │   └── DirectoryUnavailable, NoDirectory, UnusableAnswer, UntrustedAnswer, UnreadableAnswer
    └── MalformedXml         nobody yet: whoever parsed knows whom to tell
"""

from typing import ClassVar

from oots.codes import DsdCode, EbCode, EbmsCode, EdmCode, SignatureStep


class OotsError(Exception):
    """Base of all; its text says what was found and what was expected, without personal data."""


class EbmsError(OotsError):
    """An AS4 message is wrong; its sender is told in a SignalMessage."""

    code: ClassVar[EbmsCode] = EbmsCode.OTHER

    def __init__(self, detail: str, *, ref_to_message_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.ref_to_message_id = ref_to_message_id
        """Set as soon as the MessageId in error could be read."""


class ValueInconsistent(EbmsError):
    """A header value contradicts another, or the P-Mode."""

    code = EbmsCode.VALUE_INCONSISTENT


class Other(EbmsError):
    """The message could not be processed for a reason of our own."""

    code = EbmsCode.OTHER


class MimeInconsistency(EbmsError):
    """The MIME package is broken: root part missing, boundary wrong, Content-ID used twice."""

    code = EbmsCode.MIME_INCONSISTENCY


class FeatureNotSupported(EbmsError):
    """An element or attribute is well formed, and we do not support it."""

    code = EbmsCode.FEATURE_NOT_SUPPORTED


class InvalidHeader(EbmsError):
    """`eb:Messaging` is not well-formed, not schema valid, or not in a SOAP 1.2 envelope."""

    code = EbmsCode.INVALID_HEADER


class ProcessingModeMismatch(EbmsError):
    """No P-Mode matches parties, roles, service, action, agreement."""

    code = EbmsCode.PROCESSING_MODE_MISMATCH


class ExternalPayloadError(EbmsError):
    """A PartInfo points outside the package, or at a part that is not there."""

    code = EbmsCode.EXTERNAL_PAYLOAD_ERROR


class FailedAuthentication(EbmsError):
    """The signature does not hold, or its certificate is not the one on file for the party."""

    code = EbmsCode.FAILED_AUTHENTICATION


class FailedDecryption(EbmsError):
    """A payload could not be decrypted with our key.  One text for every cause: no oracle."""

    code = EbmsCode.FAILED_DECRYPTION


class PolicyNoncompliance(EbmsError):
    """Something is not signed, not encrypted, or secured in a way that the profile does not allow."""

    code = EbmsCode.POLICY_NONCOMPLIANCE


class DeliveryFailure(EbmsError):
    """The message was understood and cannot be kept."""

    code = EbmsCode.DELIVERY_FAILURE


class DecompressionFailure(EbmsError):
    """A payload is no gzip, is damaged, or inflates beyond its limit."""

    code = EbmsCode.DECOMPRESSION_FAILURE


class MissingReceipt(EbmsError):
    """All attempts are used up and no receipt came."""

    code = EbmsCode.MISSING_RECEIPT


class InvalidReceipt(EbmsError):
    """A receipt came, and it does not prove that our message arrived."""

    code = EbmsCode.INVALID_RECEIPT


class SoapFault(OotsError):
    """SOAP 1.2 itself asks for a fault: MustUnderstand or VersionMismatch (HTTP 500)."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(reason)
        self.value = value
        """Local name of the fault code."""
        self.reason = reason


class TransportRefusal(OotsError):
    """No ebMS answer can be built; the peer gets an HTTP status and one line of text."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class EdmException(OotsError):
    """A request for evidence cannot be served; the requester is told in an evidence error response (TDD 4.5.3)."""

    code: ClassVar[EdmCode] = EdmCode.QUERY

    def __init__(self, detail: str, *, rules: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        """Goes abroad in `@detail`: a rule or a reason, never personal data."""
        self.rules = rules


class AuthenticationRefused(EdmException):
    """The identity of the user could not be established, or its level is too low."""

    code = EdmCode.AUTHENTICATION


class AuthorizationMissing(EdmException):
    """The requester is not entitled."""

    code = EdmCode.AUTHORIZATION


class InvalidRequest(EdmException):
    """The request breaks the schema or a rule, or was seen before."""

    code = EdmCode.INVALID_REQUEST


class ObjectNotFound(EdmException):
    """Not exactly one person, or nothing of that type is served.  One text for none and for many."""

    code = EdmCode.OBJECT_NOT_FOUND


class TimeBudgetExceeded(EdmException):
    """The answer would come after T1."""

    code = EdmCode.TIMEOUT


class UnresolvedReference(EdmException):
    """The request names a data service, classification or requirement that we do not know."""

    code = EdmCode.UNRESOLVED_REFERENCE


class UnsupportedCapability(EdmException):
    """The request asks for an option that we do not offer."""

    code = EdmCode.UNSUPPORTED_CAPABILITY


class QueryFailure(EdmException):
    """Anything else that went wrong on our side."""

    code = EdmCode.QUERY


class UnreadableResponse(OotsError):
    """An answer cannot be understood; whoever waits for it is told, because no message goes back to its sender."""

    def __init__(self, detail: str, *, rules: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rules = rules


class CallerError(OotsError):
    """Our own caller asked for something that cannot be done; the text says which field and why."""


class NotFound(CallerError):
    """There is nothing under that identifier."""


class LineCannotCarry(CallerError):
    """A value has a part that its line of the exchange data model has no place for, or lacks one that it asks for."""

    def __init__(self, field: str, line: str, reason: str) -> None:
        super().__init__(f"{field} in {line}: {reason}")
        self.field = field
        """Path of the field in the value, such as `evidence_type.distributions.transformation`."""
        self.line = line


class NoCommonLine(CallerError):
    """A provider speaks no line of the exchange data model that we speak."""


class QueryRefused(CallerError):
    """A query that the common services do not know, or would refuse."""

    def __init__(self, code: EbCode | DsdCode, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.code = code
        """What a directory answers to it."""
        self.parameter = parameter
        """Name of the query parameter, or of the header, that is wrong."""


class OperatorError(OotsError):
    """Whoever runs the node has to do something; the text says what."""


class StoreUnavailable(OperatorError):
    """The disk or the database is full, locked or gone: nothing was promised, and the same may be tried again."""


class DamagedContent(OperatorError):
    """What we stored is not there as we wrote it: altered, cut short, moved or missing.  Trying again does not help."""


class UnreadableCodeList(OperatorError):
    """A code list is no genericode that we can use, or is not there; the text says where it breaks."""


class UnusableRules(OperatorError):
    """A file of Schematron rules cannot be compiled, or reaches outside; the text names file and line."""


class UnusableSchemas(OperatorError):
    """XML Schemas that an operator brings cannot be loaded; the text says which file, and why."""


class NotChecked(OotsError):
    """The rules gave no verdict on a document: it is neither valid nor invalid."""


class CheckTookTooLong(NotChecked):
    """Checking a document was stopped for time or for memory.  Trying again will not help."""


class CheckOverloaded(NotChecked):
    """More documents wait to be checked than may wait.  The same may be tried again."""


class DirectoryError(OotsError):
    """The common services gave no answer that could be used; the text says who was asked, and what came."""


class DirectoryUnavailable(DirectoryError):
    """A directory, or the name server that would lead to it, does not answer.  The same may be tried again."""


class NoDirectory(DirectoryError):
    """DNS names no instance of a common service for a country."""


class UnusableAnswer(DirectoryError):
    """What came instead of an answer was none, or was changed on its way: nothing of it is used."""


class UntrustedAnswer(DirectoryError):
    """An answer that nobody vouches for: it is not read, not kept, and not acted on."""

    def __init__(self, step: SignatureStep, detail: str) -> None:
        super().__init__(f"{step.value}: {detail}")
        self.step = step
        """What failed; all steps before it held."""


class UnreadableAnswer(DirectoryError):
    """A directory vouches for its answer, and the answer cannot be understood."""

    def __init__(self, detail: str, *, rules: tuple[str, ...] = ()) -> None:
        super().__init__(f"{', '.join(rules)}: {detail}" if rules else detail)
        self.rules = rules


class MalformedXml(OotsError):
    """Bytes that are no XML we accept: not well-formed, a DTD, too deep, too large."""
