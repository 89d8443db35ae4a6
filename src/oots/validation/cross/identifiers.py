"""When two documents mean the same agent, the same message or the same media type, though they write it otherwise."""

from oots.edm.model import Agent, Identifier


def same_agent(found: Agent, expected: Agent) -> bool:
    """Compare who is meant, not what it is called."""
    return same_identifier(found.identifier, expected.identifier)


def same_identifier(found: Identifier, expected: Identifier) -> bool:
    """Compare value and scheme; an answer without the scheme is in breach elsewhere, and still names the same value."""
    return found.value == expected.value and found.scheme_id in (None, expected.scheme_id)


def same_uuid(found: str, expected: str) -> bool:
    """Compare UUIDs, with or without `urn:uuid:`, in whatever case."""
    return found.casefold() == expected.casefold()


def essence(media_type: str) -> str:
    """Give a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()
