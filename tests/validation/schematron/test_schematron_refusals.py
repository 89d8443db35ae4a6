from pathlib import Path

import pytest

from oots.errors import MalformedXml, UnreadableCodeList, UnusableRules
from oots.validation.schematron.stylesheet import compile_rules
from tests.validation.schematron.small_rules import found, pattern, reports, rule, schema


def refusal(folder: Path, content: str) -> str:
    path = folder / "main.sch"
    path.write_text(schema(content), encoding="utf-8")
    with pytest.raises(UnusableRules) as refused:
        compile_rules(path, line="oots-edm:v2.0")
    return str(refused.value)


@pytest.mark.parametrize(
    "test",
    [
        "doc($x)",
        "document(@href)",
        "document('list.xml', .)",
        "document (: literal? :) (concat('a', '.xml'))",
        "doc#1('list.xml')",
        "'list.xml' => doc()",
        "fn:doc(@x)",
        "unparsed-text('list.xml')",
        "unparsed-text-lines('list.xml')",
        "unparsed-text-available('list.xml')",
        "json-doc('list.json')",
        "doc-available('list.xml')",
        "collection()",
        "uri-collection('.')",
        "environment-variable('HOME')",
        "available-environment-variables()",
        "parse-xml('&lt;a/>')",
        "parse-xml-fragment('a')",
        "transform(map{})",
        "load-xquery-module('urn:x')",
        "function-lookup(xs:QName('fn:doc'), 1)",
        "Q{http://www.w3.org/2005/xpath-functions}doc('list.xml')",
        "saxon:evaluate('1')",
        "java:java.lang.System.exit(0)",
        "unknown:call(.)",
        "oots-map:get(map{}, 1)",
        "stream-available('list.xml')",
        "system-property('xsl:vendor')",
        "code:listed(@list, .)",
        "code:column('EDMErrorCodes', @column)",
    ],
)
def test_what_reaches_outside_of_the_document_is_refused_with_file_and_line(tmp_path: Path, test: str) -> None:
    (tmp_path / "list.xml").write_text("<a/>", encoding="utf-8")
    prefixes = (
        '<sch:ns prefix="fn" uri="http://www.w3.org/2005/xpath-functions"/>'
        '<sch:ns prefix="xs" uri="http://www.w3.org/2001/XMLSchema"/>'
        '<sch:ns prefix="saxon" uri="http://saxon.sf.net/"/>'
        '<sch:ns prefix="java" uri="http://saxon.sf.net/java-type"/>'
    )

    assert refusal(tmp_path, prefixes + "\n" + pattern(rule("a", reports("R", test)))).startswith("main.sch, line 4: ")


@pytest.mark.parametrize("place", ["let", "context", "value-of", "name", "function", "diagnostic"])
def test_every_expression_of_a_rule_file_is_looked_at(tmp_path: Path, place: str) -> None:
    reach = "unparsed-text('x')"
    content = {
        "let": f'<sch:let name="x" value="{reach}"/>',
        "context": pattern(rule(f"a[{reach}]", reports("R"))),
        "value-of": pattern(rule("a", reports("R", text=f'<sch:value-of select="{reach}"/>'))),
        "name": pattern(rule("a", reports("R", text=f'<sch:emph><sch:name path="{reach}"/></sch:emph>'))),
        "function": f'<xsl:function name="code:f"><xsl:if test="{reach}"/></xsl:function>',
        "diagnostic": pattern(rule("a", '<sch:report id="R" test="true()" diagnostics="d">Found.</sch:report>'))
        + '<sch:diagnostics><sch:diagnostic id="d">'
        + f'<sch:value-of select="{reach}"/></sch:diagnostic></sch:diagnostics>',
    }[place]

    assert "unparsed-text() reaches outside" in refusal(tmp_path, content)


@pytest.mark.parametrize("instruction", ["result-document", "source-document", "evaluate", "message", "copy-of"])
def test_functions_of_rule_files_are_made_of_few_instructions(tmp_path: Path, instruction: str) -> None:
    content = f'<xsl:function name="code:f"><xsl:{instruction} href="x" xpath="1" select="1"/></xsl:function>'

    assert f"may not stand in a function of rules: {{http://www.w3.org/1999/XSL/Transform}}{instruction}, " in refusal(
        tmp_path, content
    )


@pytest.mark.parametrize(
    "attribute", ["_select=\"unparsed-text('x')\"", "use-when=\"doc-available('x')\"", 'expand-text="yes"']
)
def test_no_attribute_of_a_function_is_evaluated_unseen(tmp_path: Path, attribute: str) -> None:
    content = f'<xsl:function name="code:f"><xsl:sequence {attribute}/></xsl:function>'

    assert refusal(tmp_path, content).startswith("main.sch, line 3: ")


@pytest.mark.parametrize(
    "href", ["../outside.xml", "/etc/passwd", "http://example.org/list.xml", "file:list.xml", "link/outside.xml"]
)
def test_no_file_outside_of_the_folder_of_the_rules_is_read(tmp_path: Path, href: str) -> None:
    (tmp_path / "outside.xml").write_text("<a/>", encoding="utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "link").symlink_to(tmp_path)

    assert "is no file in the folder of the rules" in refusal(rules, f'<sch:include href="{href}"/>')
    assert "is no file in the folder of the rules" in refusal(rules, f"<sch:let name='x' value=\"doc('{href}')\"/>")


def test_a_rule_file_that_is_a_link_out_of_its_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.sch").write_text(schema(""), encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "main.sch").symlink_to(tmp_path / "elsewhere.sch")

    with pytest.raises(UnusableRules, match="is no file in the folder of the rules"):
        compile_rules(tmp_path / "rules" / "main.sch", line="oots-edm:v2.0")


def test_a_folder_of_rules_may_be_wider_than_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text("<a/>", encoding="utf-8")
    (tmp_path / "sch").mkdir()
    path = tmp_path / "sch" / "main.sch"
    path.write_text(schema("<sch:let name='x' value=\"doc('../list.xml')\"/>"), encoding="utf-8")

    assert "oots-sch:document-1" in compile_rules(path, line="oots-edm:v2.0", root=tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('<sch:include href="missing.sch"/>', "main.sch, line 3: missing.sch cannot be read"),
        ('<sch:include href="broken.sch"/>', "main.sch, line 3: broken.sch is no XML that is accepted"),
        ('<sch:include href="main.sch"/>', "perhaps one includes itself"),
        (
            '<xsl:variable name="x" select="1"/>',
            "main.sch, line 3: {http://www.w3.org/1999/XSL/Transform}variable is not",
        ),
        ('<xsl:import href="x"/>', "import is not known here"),
        ("<sch:group/>", "group is not known here"),
        (pattern('<xsl:key name="k" match="a" use="1"/>'), "key is not known here"),
        (pattern(rule("a", "<sch:asert/>")), "asert is not known here"),
        (pattern(rule("a", "<sch:rule/>")), "rule is not known here"),
        ('<sch:ns prefix="1" uri="urn:x"/>', "main.sch, line 3: '1' cannot be a prefix"),
        ('<sch:ns prefix="xml" uri="urn:x"/>', "'xml' cannot be a prefix"),
        ("<sch:include/>", "main.sch, line 3: sch:include has no href"),
        ('<sch:pattern is-a="missing"/>', "main.sch, line 3: there is no abstract pattern 'missing'"),
        (pattern(rule("a", '<sch:extends rule="missing"/>')), "there is no abstract rule 'missing'"),
        (
            pattern('<sch:rule abstract="true" id="r"><sch:extends rule="r"/></sch:rule>'),
            "perhaps one extends itself",
        ),
        (pattern("<sch:rule/>"), "main.sch, line 3: sch:rule has no context"),
        (pattern(rule("a", "<sch:assert>Text.</sch:assert>")), "sch:assert has no test"),
        (pattern(rule("a", '<sch:report test="1" diagnostics="d"/>')), "there is no diagnostic 'd'"),
        ('\n<sch:let name="x" value="\'open"/>', "main.sch, line 4: a string has no end"),
        ('<sch:let name="x" value="1 (: open (: :)"/>', "a comment has no end"),
    ],
)
def test_a_broken_rule_file_is_refused_with_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "broken.sch").write_text("<a", encoding="utf-8")

    assert sentence in refusal(tmp_path, content)


def test_rules_of_xpath_1_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "main.sch"
    path.write_text('<schema xmlns="http://purl.oclc.org/dsdl/schematron"/>', encoding="utf-8")

    with pytest.raises(UnusableRules, match="queryBinding is 'xslt'"):
        compile_rules(path, line="oots-edm:v2.0")


def test_a_list_that_there_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "main.sch"
    path.write_text(schema(pattern(rule("a", reports("R", "code:listed('Colours', .)")))), encoding="utf-8")

    with pytest.raises(UnreadableCodeList, match="Colours"):
        compile_rules(path, line="oots-edm:v2.0")


@pytest.mark.parametrize(
    ("test", "reason"),
    [("a b", "XPST0003"), ("$nowhere", "XPST0008"), ("nothing()", "XPST0017"), ("undeclared:a", "XPST0081")],
)
def test_what_saxon_refuses_is_told_with_file_and_line(tmp_path: Path, test: str, reason: str) -> None:
    included = (
        f'<rule xmlns="http://purl.oclc.org/dsdl/schematron" context="a">\n\n<assert id="R" test="{test}"/></rule>'
    )

    with pytest.raises(UnusableRules) as refused:
        found(tmp_path, pattern('<sch:include href="other.sch"/>'), "<a/>", other=included)

    assert str(refused.value).startswith(f"other.sch, line 3: {reason}")


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        "<a",
        "",
    ],
)
def test_saxon_never_gets_what_our_parser_refuses(tmp_path: Path, document: str) -> None:
    with pytest.raises(MalformedXml):
        found(tmp_path, pattern(rule("a", reports("R"))), document)


def test_nothing_that_saxon_would_open_is_opened_even_if_it_slips_through() -> None:
    from saxonche import PySaxonApiError

    from oots.validation.schematron.checker import Checker

    checker = Checker()
    stylesheet = (
        '<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
        f"<xsl:value-of select=\"unparsed-text('{Path(__file__).as_uri()}')\"/></xsl:template></xsl:stylesheet>"
    )
    executable = checker._compile(stylesheet)

    with pytest.raises(PySaxonApiError, match="prohibited"):
        executable.transform_to_string(xdm_node=checker._saxon.parse_xml(xml_text="<a/>"))


def test_a_document_full_of_escaped_characters_and_long_names_is_played(tmp_path: Path) -> None:
    document = f'<r xmlns:{"n" * 2000}="{"u" * 200_000}"><{"e" * 2000}/>{"&lt;" * 200_000}<a/></r>'

    assert [finding.rule for finding in found(tmp_path, pattern(rule("a", reports("R"))), document)] == ["R"]
