"""
What a portal may be told beside the errors that all services have.
"""

from oots.errors import CallerError, OperatorError


class Conflict(CallerError):
    """What is asked for contradicts what was done before: the same would be refused again."""


class RequestingDisabled(OperatorError):
    """The node is new: whoever runs it has not let it send requests for people (flows.md 7.6)."""
