"""
What things are called in each line of the interface: their URLs in the Semantic Repository, made and taken apart.

Seeds hold UUIDs and short names, so that one content serves every environment and every line.
"""

import re
from dataclasses import dataclass
from typing import Final

from oots.common_services.interface import INTERFACES, Interface

REPOSITORY_1: Final = "https://sr.oots.tech.ec.europa.eu"
"""Lines 1.x name no environment, whichever one they are used in."""

_EVIDENCE_TYPE: Final = re.compile(r"((?i:https)://[^/]+)/evidencetypeclassifications/([A-Za-z]+)/([0-9A-Fa-f-]+)")
_REQUIREMENT: Final = re.compile(r"((?i:https)://[^/]+)/requirements/([0-9A-Fa-f-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The URLs of one line."""

    interface: Interface
    repository: str
    """Scheme and host of the environment, such as `https://sr.acc.oots.tech.ec.europa.eu`."""

    @property
    def base(self) -> str:
        """Scheme and host in this line."""
        return REPOSITORY_1 if self.is_line_1 else self.repository

    @property
    def is_line_1(self) -> bool:
        """Regions are NUTS and LAU codes, and providers depend on a place."""
        return "Jurisdiction/AdminUnitLevel2" in self.interface.places

    def has(self, place: str) -> bool:
        """Tell whether the line has an element."""
        return place in self.interface.places

    def requirement(self, uuid: str) -> str:
        """Give the URL of a requirement."""
        return f"{self.base}/requirements/{uuid}"

    def evidence_type(self, segment: str, uuid: str) -> str:
        """Give the URL of an evidence type; `segment` is a country, `EU` or `oots`."""
        return f"{self.base}/evidencetypeclassifications/{segment}/{uuid}"

    def code_list(self, country: str, short_name: str) -> str:
        """Give the URL of a member state's code list."""
        return f"{self.base}/codelists/{country}/{short_name}"

    def data_model(self, name: str) -> str:
        """Give the URL of a data model."""
        return f"{self.base}/{'distributions' if self.is_line_1 else 'datamodels'}/{name}"

    def uuid_of_requirement(self, url: str) -> str | None:
        """Give the UUID, in lower case, of a requirement by its URL; `None` for one of another repository."""
        found = _REQUIREMENT.fullmatch(url)
        return found[2].lower() if found and self._is_ours(found[1]) else None

    def key_of_evidence_type(self, url: str) -> tuple[str, str] | None:
        """Give segment and UUID of an evidence type by its URL; `None` for one of another repository."""
        found = _EVIDENCE_TYPE.fullmatch(url)
        return (found[2], found[3].lower()) if found and self._is_ours(found[1]) else None

    def _is_ours(self, base: str) -> bool:
        # A client may have learnt a URL in the other line.  One of another environment names nothing here.
        return base.lower() in {self.repository, REPOSITORY_1}


def naming(interface: str, repository: str) -> Naming:
    """Give the URLs of a version of the interface."""
    return Naming(interface=INTERFACES[interface], repository=repository)
