"""Elements that are written as text are their own canonical form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.canonical_text import element, leaf
from oots.errors import CallerError
from oots.xml import canonical, parse

_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
_value = st.lists(st.one_of(_text, st.sampled_from(["&", "<", ">", '"', "\t", "\n", "\r", "]]>"]))).map("".join)


@given(text=_value, first=_value, second=_value)
def test_it_is_what_lxml_makes_canonical_and_reads_back(text: str, first: str, second: str) -> None:
    written = element("a", leaf("b", text, z=first, a=second), m=None, Z=first)

    root = parse(written.encode())

    assert canonical(root).decode() == written
    assert (root[0].text or "", root[0].get("z"), root[0].get("a")) == (text, first, second)
    assert root.get("m") is None


@pytest.mark.parametrize("character", ["\0", "\x08", "\x1f", "\ufffe", "\ud800"])
def test_what_xml_does_not_have_is_refused(character: str) -> None:
    with pytest.raises(CallerError, match="does not allow"):
        leaf("a", f"x{character}")
    with pytest.raises(CallerError, match="does not allow"):
        element("a", b=f"x{character}")
