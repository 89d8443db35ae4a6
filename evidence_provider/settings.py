"""The provider's settings as values: who it is, what it serves, where its register lies.  Nothing is read here."""

from dataclasses import dataclass
from pathlib import Path

from oots.edm.model import Address, Agent, AgentClassification, Identifier, LevelOfAssurance, MultilingualString


@dataclass(frozen=True, slots=True, kw_only=True)
class DataService:
    """One entry of the Data Service Directory that this provider serves."""

    identifier: str
    """UUID of the entry."""
    classification: str
    """URL of the evidence type in the Semantic Repository."""
    requirements: frozenset[str]
    """URLs of the requirements that the evidence type proves."""
    level_of_assurance: LevelOfAssurance
    """The lowest with which the user must have been identified."""
    languages: tuple[str, ...]
    """Languages of the document, upper case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """Everything that tells one evidence provider from another."""

    identifier: Identifier
    """Of the authority, as the Data Service Directory publishes it."""
    names: tuple[MultilingualString, ...]
    """Of the authority; all of them stand at the head of its documents."""
    country: str
    """OOTS code of the country whose register this is, such as `FI`; Greece is `EL`."""
    data_services: tuple[DataService, ...]
    register: Path
    """File of the population register."""
    content_id_domain: str
    """Right-hand side of the Content-IDs of our documents."""
    system_check: DataService | None = None
    """The entry that answers procedure 00 with a test document; the only one that does, and it does nothing else."""

    @property
    def authority(self) -> Agent:
        """The authority by identifier and names alone, as metadata of a document want it."""
        return Agent(identifier=self.identifier, names=self.names)

    def agent(self, classification: AgentClassification) -> Agent:
        """Give the authority with its address, in the part that it plays in an answer."""
        address = Address(admin_unit_level1=self.country)
        return Agent(identifier=self.identifier, names=self.names, address=address, classification=classification)
