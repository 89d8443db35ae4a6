"""
Where a declaration holds, in the words of each line: code lists of the member state, or NUTS and LAU codes.
"""

from collections.abc import Mapping

from directory.declarations import CodeList, MemberState
from directory.naming import Naming
from oots.common_services.model import AdditionalJurisdictionClassification, Jurisdiction, JurisdictionLevel

_NUTS_LEVELS = {3: JurisdictionLevel.NUTS1, 4: JurisdictionLevel.NUTS2, 5: JurisdictionLevel.NUTS3}
"""By the length of a code."""


def code_list(state: MemberState, short_name: str) -> CodeList:
    """Give a code list that was seen to be there."""
    return next(item for item in state.code_lists if item.short_name == short_name)


def jurisdictions(
    state: MemberState, regions: Mapping[str, tuple[str, ...]], naming: Naming
) -> tuple[Jurisdiction, ...]:
    """
    Give where something holds that is declared for regions of a member state, or for all of it.

    Lines 1.x name one region in one jurisdiction, and only regions of territories: without such there is none, since
    the whole country would be too much.
    """
    if not naming.is_line_1:
        return (Jurisdiction(admin_unit_level1=state.country, regions=_classified(state, regions, naming)),)
    if not regions:
        return (Jurisdiction(admin_unit_level1=state.country),)
    [(short_name, codes), *others] = regions.items()
    territory = code_list(state, short_name).territory
    if others or territory is None:
        return ()
    return tuple(place(state.country, code, territory) for code in codes)


def place(country: str, code: str, territory: str) -> Jurisdiction:
    """Give a region in the words of lines 1.x."""
    if territory == "nuts":
        return Jurisdiction(admin_unit_level1=country, admin_unit_level2=code)
    return Jurisdiction(admin_unit_level1=country, admin_unit_level3=code)


def level_of(item: CodeList) -> JurisdictionLevel | None:
    """Give how finely the codes of a territory tell places apart; `None` for what lines 1.x have no level for."""
    if item.territory == "lau":
        return JurisdictionLevel.LAU
    levels = {_NUTS_LEVELS.get(len(code)) for code in item.codes}
    return levels.pop() if item.territory == "nuts" and len(levels) == 1 else None


def _classified(
    state: MemberState, regions: Mapping[str, tuple[str, ...]], naming: Naming
) -> tuple[AdditionalJurisdictionClassification, ...]:
    return tuple(
        AdditionalJurisdictionClassification(list_id=naming.code_list(state.country, short_name), code=code)
        for short_name, codes in regions.items()
        for code in codes
    )
