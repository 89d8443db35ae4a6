"""The code lists by which queries and seeds are judged; both lines have the same codes."""

from collections.abc import Collection, Mapping

from oots.codes import SYSTEM_CHECK
from oots.edm.specification import V2_0
from oots.validation.code_lists import code_list


def codes(name: str) -> Collection[str]:
    """Give the codes of a list."""
    return code_list(name, V2_0).codes


def procedures() -> Collection[str]:
    """Give the codes of procedures, and that of the system check, which is in no list."""
    return code_list("Procedures", V2_0).codes | {SYSTEM_CHECK}


def structured_formats() -> Collection[str]:
    """Give the media types that machines read."""
    media_types = code_list("OOTSMediaTypes", V2_0)
    kinds = zip(media_types.column("code"), media_types.column("name-Structure"), strict=True)
    return {code for code, kind in kinds if kind == "structured"}


def names(name: str) -> Mapping[str, str]:
    """Give what the codes of a list stand for."""
    found = code_list(name, V2_0)
    return dict(zip(found.column("code"), found.column("name-Value"), strict=True))
