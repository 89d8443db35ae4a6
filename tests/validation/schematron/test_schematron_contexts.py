import pytest
from saxonche import PySaxonProcessor

from oots.validation.schematron.contexts import last_names, may_share, selection

DOCUMENT = (
    '<r xmlns:n="urn:example:n" id="x"><a i="1"><b/><b k="y"/></a><n:a><b><a/></b></n:a><!-- c --><union><except/>'
    "</union>text<c>1</c><c>2</c><a><c/></a></r>"
)

CONTEXTS = [
    "/",
    "/*",
    "/r",
    "a",
    "n:a",
    "*:a",
    "n:*",
    "//a",
    "a/b",
    "a//b",
    "/r//a",
    "b[1]",
    "b[last()]",
    "r/a[2]",
    "a[b]/b[@k]",
    "a[b | c]",
    "@i",
    "@*",
    "b/@k",
    "text()",
    "comment()",
    "node()",
    "element()",
    "attribute(i)",
    "c[. = '2']",
    "a | b | @k",
    "/ | a",
    "a union c",
    "* except a",
    "* intersect (a | b)",
    "union",
    "union/except",
    "r/union | except",
    "child::a",
    "descendant::b",
    "r/descendant::a",
    "attribute::i",
    "(a | c)[1]",
    "(a | n:a)/b",
    ".[self::a]",
    ".[. = '1']",
    "$kept",
    "$kept/b",
    "key('by-name', 'b')",
    "key('by-name', 'a')/b",
    "a[not(ancestor::a)] (: with | in a comment :)",
    "c[. != '|']",
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_selection_finds_what_the_context_matches(context: str) -> None:
    # Saxon is asked about every node, as XSLT defines what a pattern matches.
    stylesheet = f"""
    <xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:n="urn:example:n">
      <xsl:output method="text"/>
      <xsl:variable name="kept" select="//a"/>
      <xsl:key name="by-name" match="*" use="local-name()"/>
      <xsl:template match="{context}" mode="ask" priority="9"><xsl:sequence select="true()"/></xsl:template>
      <xsl:template match="." mode="ask" priority="1"><xsl:sequence select="false()"/></xsl:template>
      <xsl:template match="/">
        <xsl:variable name="selected" select="{selection(context)}"/>
        <xsl:for-each select="/ | //node() | //@*">
          <xsl:variable name="matches" as="item()"><xsl:apply-templates select="." mode="ask"/></xsl:variable>
          <xsl:value-of select="'matches'[$matches], 'selected'[current() intersect $selected], ';'" separator=""/>
        </xsl:for-each>
      </xsl:template>
    </xsl:stylesheet>"""
    saxon = PySaxonProcessor(license=False)
    executable = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_text=stylesheet, encoding="UTF-8")
    of_each_node = set(executable.transform_to_string(xdm_node=saxon.parse_xml(xml_text=DOCUMENT)).split(";"))

    assert of_each_node - {""} == {"matchesselected"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "a"),
        ("a", "b/a"),
        ("a", "n:a"),
        ("a", "*"),
        ("a", "b | a[@x]"),
        ("@x", "@*"),
        ("a", "node()"),
        ("a", "(b | a)"),
        ("a", "child::a"),
        ("a", ".[@x]"),
        ("a", "$kept"),
        ("a", "key('k', 'v')"),
        ("p:a", "q:a"),
    ],
)
def test_contexts_that_might_match_one_node_are_told(one: str, other: str) -> None:
    assert may_share(last_names(one), last_names(other))
    assert may_share(last_names(other), last_names(one))


@pytest.mark.parametrize(
    ("one", "other"), [("a", "b"), ("a/b[a]", "b/a[b]"), ("a", "@a"), ("a | b", "c | x/d[. = 'a']")]
)
def test_contexts_of_other_names_share_nothing(one: str, other: str) -> None:
    assert not may_share(last_names(one), last_names(other))


def test_a_plain_context_is_selected_without_detours() -> None:
    assert selection("/a/b[c]") == "/a/b[c]"
    assert selection("a/b | @c") == "//a/b | //@c"
