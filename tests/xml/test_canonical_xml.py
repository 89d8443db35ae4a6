"""Exclusive canonical form with a PrefixList, and the `#default` that libxml2 does not know (as4.md 14.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.xml import Element, canonical, parse

OUTER = b'<p:a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><p:b Id="x1"><p:c/></p:b></p:a>'
UNDECLARED = b'<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b Id="x1"><c xmlns=""/><d/></p:b></p:a>'
SHADOWED = b'<a xmlns:p="urn:p" xmlns:q="urn:q"><p:b Id="x1" q:z="1" b="2"><p:c xmlns:q="urn:q2"><q:e/></p:c></p:b></a>'


def apex(document: bytes) -> Element:
    """Find what is canonicalised."""
    found = parse(document).find(".//*[@Id='x1']")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("prefixes", "document", "expected"),
    [
        (
            "#default",
            OUTER,
            b'<p:b xmlns="urn:d" xmlns:p="urn:p" Id="x1"><p:c></p:c></p:b>',
        ),
        (
            "#default q",
            OUTER,
            b'<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" Id="x1"><p:c></p:c></p:b>',
        ),
        (
            "#default",
            UNDECLARED,
            b'<p:b xmlns="urn:d" xmlns:p="urn:p" Id="x1"><c xmlns=""></c><d></d></p:b>',
        ),
        (
            "",
            UNDECLARED,
            b'<p:b xmlns:p="urn:p" Id="x1"><c></c><d xmlns="urn:d"></d></p:b>',
        ),
        (
            "q zz",
            SHADOWED,
            b'<p:b xmlns:p="urn:p" xmlns:q="urn:q" Id="x1" b="2" q:z="1"><p:c xmlns:q="urn:q2"><q:e></q:e></p:c></p:b>',
        ),
    ],
)
def test_canonical_form_is_that_of_santuario(prefixes: str, document: bytes, expected: bytes) -> None:
    assert canonical(apex(document), prefixes.split()) == expected


def test_text_is_escaped_as_canonical_form_wants_it() -> None:
    document = (
        b'<p:a xmlns:p="urn:p"><p:b Id="x1" c="&lt;&amp;&quot;\'&gt;&#9;&#10;&#13;">'
        b"<![CDATA[<&>]]>&#13;\n<!-- gone --><?pi  data?><?pi?></p:b></p:a>"
    )
    expected = (
        b'<p:b xmlns:p="urn:p" Id="x1" c="&lt;&amp;&quot;\'>&#x9;&#xA;&#xD;">'
        b"&lt;&amp;&gt;&#xD;\n<?pi data?><?pi?></p:b>"
    )

    assert canonical(apex(document)) == expected
    assert canonical(apex(document), ["#default"]) == expected


_prefix = st.sampled_from("pqr")
_uri = st.sampled_from(["urn:1", "urn:2", "urn:3"])
_text = st.text(st.sampled_from("ab é€&<>\"'\t\n\r"), max_size=6)


def _escaped(text: str) -> str:
    return "".join(f"&#{ord(character)};" if character in "&<>\"'\t\n\r" else character for character in text)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 3) -> str:
    name = f"{draw(_prefix)}:{draw(st.sampled_from('xyz'))}"
    declared = draw(st.dictionaries(_prefix, _uri, max_size=2))
    attributes = draw(st.dictionaries(st.sampled_from(["b", "a", "xml:lang", "p:a", "q:b"]), _text, max_size=3))
    start = "".join(
        [f"<{name}"]
        + [f' xmlns:{prefix}="{uri}"' for prefix, uri in declared.items()]
        + [f' {key}="{_escaped(value)}"' for key, value in attributes.items()]
    )
    inside = st.one_of(
        _text.map(_escaped),
        st.sampled_from(["<!-- c -->", "<?t d?>", "<![CDATA[<c>]]>"]),
        *([_elements(depth - 1)] if depth else []),
    )
    return f"{start}>{''.join(draw(st.lists(inside, max_size=3)))}</{name}>"


@given(element=_elements(), prefixes=st.lists(st.sampled_from(["p", "q", "r", "zz"]), unique=True))
def test_where_no_default_namespace_is_declared_default_changes_nothing(element: str, prefixes: list[str]) -> None:
    # libxml2 writes one side, our own writer the other.
    document = f'<p:o xmlns:p="urn:1" xmlns:q="urn:2" xmlns:r="urn:9">{element}tail</p:o>'
    inner = parse(document.encode())[0]

    assert canonical(inner, [*prefixes, "#default"]) == canonical(inner, prefixes)
