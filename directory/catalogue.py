"""
All that a directory can answer in one line, as values, made from what it holds.

What of it answers a question is decided in `evidence_broker` and `data_service_directory`.
"""

from collections.abc import Collection, Mapping
from functools import cached_property

from directory.declarations import Contents
from directory.naming import Naming
from directory.offers import EvidenceTypeKey, Offer, key_of, offers_of
from directory.requirements import requirements_of
from oots.common_services.model import Requirement


class Catalogue:
    """The content in the form of one line; what the line cannot say is left out.  Each half is made when asked for."""

    def __init__(self, contents: Contents, naming: Naming) -> None:
        """Take consistent contents."""
        self.naming = naming
        self._contents = contents

    @property
    def interface(self) -> str:
        """The version of the interface."""
        return self.naming.interface.id

    @cached_property
    def requirements(self) -> Mapping[str, Requirement]:
        """By UUID, each with all its declarations and all its lists."""
        return requirements_of(self._contents, self.naming)

    @cached_property
    def evidence_types(self) -> Collection[EvidenceTypeKey]:
        """All that are declared, whether somebody provides them or not."""
        states = self._contents.member_states.values()
        return frozenset(key_of(item, state) for state in states for item in state.evidence_types)

    @cached_property
    def offers(self) -> Mapping[tuple[EvidenceTypeKey, str], tuple[Offer, ...]]:
        """By evidence type and country."""
        return offers_of(self._contents, self.naming)
