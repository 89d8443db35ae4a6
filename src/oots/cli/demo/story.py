"""
The story of the demo: someone from Finland moves to Portugal, and the municipality asks Finland for the birth record.

Who plays in it, and what is asked; the organisations are invented, the codes are real (common-services.md 9).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evidence_provider.demo import BIRTH_RECORDS, PROOF_OF_BIRTH, demo_settings
from evidence_provider.invented_people import DEMO_CITIZEN
from evidence_provider.settings import ProviderSettings
from oots.codes import PARTY_TYPE_OOTS, PARTY_TYPE_UNREGISTERED
from oots.ebms.messages import PartyId
from oots.edm.lines import LINES
from oots.edm.model import Address, Agent, AgentClassification, Identifier, MultilingualString

SENTENCE: Final = (
    "Someone from Finland moves to Portugal. "
    "The municipality asks the Finnish population register for the birth record."
)
PORTUGAL: Final = PartyId(value="AP_PT_DEMO", type=PARTY_TYPE_OOTS)
FINLAND: Final = PartyId(value="AP_FI_DEMO", type=PARTY_TYPE_OOTS)
TITLE: Final = "Birth record"


def _authority(country: str, value: str, **names: str) -> Agent:
    return Agent(
        identifier=Identifier(value=value, scheme_id=f"{PARTY_TYPE_UNREGISTERED}{country}"),
        names=tuple(MultilingualString(text=text, lang=language) for language, text in names.items()),
        address=Address(admin_unit_level1=country),
        classification=AgentClassification.EVIDENCE_REQUESTER,
    )


MUNICIPALITY: Final = _authority(
    "PT", "CM-PROVA-DEMO", PT="Câmara Municipal de Prova (demonstração)", EN="Municipality of Prova (demo)"
)
STUDY_GRANTS: Final = _authority("FI", "OPINTO-DEMO", FI="Opintohallinto (esittely)", EN="Study Grants Finland (demo)")


def finnish_register(register: Path) -> ProviderSettings:
    """Give the provider of the story."""
    return demo_settings(register)


def portuguese_register(register: Path) -> ProviderSettings:
    """Give the other provider: it is there, and serves nothing yet."""
    return ProviderSettings(
        identifier=Identifier(value="IRN-DEMO", scheme_id=f"{PARTY_TYPE_UNREGISTERED}PT"),
        names=(MultilingualString(text="Registo civil (demonstração)", lang="PT"),),
        country="PT",
        data_services=(),
        register=register,
        content_id_domain="irn-demo.example",
    )


def journey() -> dict[str, Any]:
    """Give what the portal knows once the person has signed in, as the requester's API takes it."""
    return {
        "procedure": "S1",
        "subject": {
            "level_of_assurance": "Substantial",
            "identifier": {"value": f"FI/PT/{DEMO_CITIZEN.eidas_value}", "scheme": "eidas"},
            "family_name": DEMO_CITIZEN.family_name,
            "given_name": DEMO_CITIZEN.given_name,
            "date_of_birth": DEMO_CITIZEN.date_of_birth.isoformat(),
        },
    }


def request(provider: ProviderSettings, *, lines: Sequence[str] = LINES) -> dict[str, Any]:
    """
    Give what the person asks for; a directory would have told the portal all of it.

    `lines` are those that the provider's access service announces.
    """
    return {
        "requirement": {"identifier": PROOF_OF_BIRTH, "names": {"EN": "Proof of birth"}},
        "evidence_type": {
            "identifier": BIRTH_RECORDS.identifier,
            "classification": BIRTH_RECORDS.classification,
            "titles": {"EN": TITLE},
            "format": "application/pdf",
            "languages": ["EN"],
        },
        "provider": {
            "identifier": {"value": provider.identifier.value, "scheme": provider.identifier.scheme_id},
            "names": {name.lang: name.text for name in provider.names},
            "access_point": {"value": FINLAND.value, "scheme": FINLAND.type},
            "conforms_to": list(lines),
        },
        # There is no preview space yet: the story is one that national law exempts (TDD 4.9, 1).
        "possibility_for_preview": False,
        "explicit_request_given": True,
    }
