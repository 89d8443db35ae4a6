"""The Finnish population register of the demonstration: its settings, and nothing else that is invented."""

from pathlib import Path
from typing import Final

from evidence_provider.settings import DataService, ProviderSettings
from oots.codes import PARTY_TYPE_UNREGISTERED
from oots.edm.model import Identifier, LevelOfAssurance, MultilingualString

SEMANTIC_REPOSITORY: Final = "https://sr.demo.oots.tech.ec.europa.eu"
PROOF_OF_BIRTH: Final = f"{SEMANTIC_REPOSITORY}/requirements/df81cba1-1936-46fe-ad4b-53254b79bf55"

BIRTH_RECORDS: Final = DataService(
    identifier="11efa02b-5865-581f-8ebd-f651997552b2",
    classification=f"{SEMANTIC_REPOSITORY}/evidencetypeclassifications/FI/353b2a47-e074-516a-9ca1-16be21376378",
    requirements=frozenset({PROOF_OF_BIRTH}),
    level_of_assurance=LevelOfAssurance.SUBSTANTIAL,
    languages=("FI", "SV", "EN"),
)


def demo_settings(register: Path) -> ProviderSettings:
    """Give the settings of `DVV-DEMO`, with its register in the file `register`."""
    return ProviderSettings(
        identifier=Identifier(value="DVV-DEMO", scheme_id=f"{PARTY_TYPE_UNREGISTERED}FI"),
        names=(
            MultilingualString(text="Väestörekisteri (esittely)", lang="FI"),
            MultilingualString(text="Befolkningsregistret (demonstration)", lang="SV"),
            MultilingualString(text="Population register (demonstration)", lang="EN"),
        ),
        country="FI",
        data_services=(BIRTH_RECORDS,),
        register=register,
        content_id_domain="dvv-demo.example",
    )
