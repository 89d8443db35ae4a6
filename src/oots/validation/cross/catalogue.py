"""X1 to X27 in sentences, for lists of rules and for documentation.  The checks themselves are elsewhere."""

from dataclasses import dataclass
from typing import Final

from oots.edm.specification import V1_2, V2_0
from oots.validation.findings import Severity

_FATAL: Final = Severity.FATAL
_WARNING: Final = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """One check across documents."""

    rule: str
    sentence: str
    """What is so where all is well."""
    of_request: Severity | None = None
    """How bad a breach by a request is, at worst; None when the check is not one of requests."""
    of_answer: Severity | None = None
    """How bad a breach by an answer is, at worst."""
    lines: tuple[str, ...] = (V1_2, V2_0)


CHECKS: Final = (
    CrossCheck(
        rule="X1",
        sentence="The answer names the request by its id, or is EDM:ERR:0003 and names none.",
        of_answer=_FATAL,
    ),
    CrossCheck(
        rule="X2",
        sentence="The answer has the ConversationId of the request, and its MessageId as RefToMessageId if it has one.",
        of_answer=_FATAL,
    ),
    CrossCheck(rule="X3", sentence="The answer has the ExchangeId of the request.", of_answer=_FATAL, lines=(V2_0,)),
    CrossCheck(rule="X4", sentence="The answer follows the line of the request.", of_answer=_WARNING),
    CrossCheck(rule="X5", sentence="The answer is for the requester of the request.", of_answer=_FATAL),
    CrossCheck(
        rule="X6",
        sentence="The response comes from the provider that was asked, or from a platform beside it.",
        of_answer=_FATAL,
    ),
    CrossCheck(
        rule="X7",
        sentence="originalSender and finalRecipient of the header are the agents of the document.",
        of_request=_FATAL,
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X8",
        sentence="The message comes from the access point that speaks for its sender.",
        of_request=_FATAL,
        of_answer=_FATAL,
    ),
    CrossCheck(
        rule="X9",
        sentence="The second request of a preview asks for the same as the first.",
        of_request=_FATAL,
    ),
    CrossCheck(
        rule="X10",
        sentence="The second request of a preview has a PreviewLocation that was issued to its requester and is open.",
        of_request=_FATAL,
    ),
    CrossCheck(rule="X11", sentence="Every evidence is about the subject of the request.", of_answer=_FATAL),
    CrossCheck(rule="X12", sentence="Every evidence is of the type that was asked for.", of_answer=_WARNING),
    CrossCheck(
        rule="X13",
        sentence="Every evidence has a media type that was asked for, and a structured one its data model.",
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X14",
        sentence="Documents of a response and parts of its message belong together one by one.",
        of_answer=_FATAL,
    ),
    CrossCheck(
        rule="X15",
        sentence="Ids of registry objects are unique, and associations end at documents of their package.",
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X16",
        sentence="Documents that accompany an evidence were asked for.",
        of_answer=_WARNING,
        lines=(V2_0,),
    ),
    CrossCheck(
        rule="X17",
        sentence="What is deferred is available later than IssueDateTime of the response.",
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X18",
        sentence="An error has a PreviewLocation only where the request allows a preview.",
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X19",
        sentence="PreviewLocation is an https URL of at most 256 characters, on a host that the provider keeps to.",
        of_answer=_FATAL,
    ),
    CrossCheck(
        rule="X20",
        sentence="What is asked for, and whom, is what the Evidence Broker and the Data Service Directory answered.",
        of_request=_FATAL,
    ),
    CrossCheck(
        rule="X21",
        sentence="The user was identified as surely as the data service wants; a requester is only warned.",
        of_request=_FATAL,
    ),
    CrossCheck(
        rule="X22",
        sentence="The request answers each question of the Data Service Directory once, and no other.",
        of_request=_FATAL,
    ),
    CrossCheck(
        rule="X23",
        sentence="IssueDateTime is at most five minutes later and one day earlier than the message.",
        of_request=_WARNING,
        of_answer=_WARNING,
    ),
    CrossCheck(rule="X24", sentence="No request came under this id before.", of_request=_FATAL),
    CrossCheck(
        rule="X25",
        sentence="Evidence comes after a preview where the request allows one, and no preview is required elsewhere.",
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X26",
        sentence="The action of the header is that of the document.",
        of_request=_FATAL,
        of_answer=_WARNING,
    ),
    CrossCheck(
        rule="X27",
        sentence="Header and document name the same line; a header without SpecificationId is one of 1.x.",
        of_request=_FATAL,
        of_answer=_WARNING,
    ),
)
"""All of them, by number."""
