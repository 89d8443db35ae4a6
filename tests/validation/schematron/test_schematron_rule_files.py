from pathlib import Path

import pytest

from oots.validation.findings import Layer, Severity
from tests.validation.schematron.small_rules import found, found_at, pattern, reports, rule

SCH = 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'


def test_a_node_is_taken_by_the_first_rule_of_a_pattern_that_matches_it(tmp_path: Path) -> None:
    content = pattern(
        rule("a[@first]", reports("FIRST")),
        rule("a | b", reports("SECOND")),
        rule("r/*", reports("THIRD")),
    )

    assert found_at(tmp_path, content, '<r><a first="1"/><a/><b/><c/></r>') == [
        ("FIRST", "/r/a[1]"),
        ("SECOND", "/r/a[2]"),
        ("SECOND", "/r/b"),
        ("THIRD", "/r/c"),
    ]


def test_each_pattern_looks_at_every_node_anew(tmp_path: Path) -> None:
    content = pattern(rule("a", reports("ONE"))) + pattern(rule("a", reports("TWO")))

    assert found_at(tmp_path, content, "<a/>") == [("ONE", "/a"), ("TWO", "/a")]


def test_an_assertion_speaks_when_its_test_fails_and_a_report_when_it_holds(tmp_path: Path) -> None:
    content = pattern(
        rule("a", '<sch:assert id="A" test="@x">No x.</sch:assert><sch:report id="R" test="@y">A y.</sch:report>')
    )

    assert found_at(tmp_path, content, "<a/>") == [("A", "/a")]
    assert found_at(tmp_path, content, '<a x="" y=""/>') == [("R", "/a")]


def test_a_variable_of_a_rule_hides_that_of_its_pattern_and_that_of_the_schema(tmp_path: Path) -> None:
    content = (
        '<sch:let name="v" value="\'schema\'"/>'
        + pattern(rule("a", reports("SCHEMA", "$v = 'schema'")))
        + pattern('<sch:let name="v" value="\'pattern\'"/>', rule("a", reports("PATTERN", "$v = 'pattern'")))
        + pattern(
            '<sch:let name="v" value="\'pattern\'"/>',
            rule("a", '<sch:let name="v" value="name(.)"/>', reports("RULE", "$v = 'a'")),
        )
    )

    assert [finding.rule for finding in found(tmp_path, content, "<a/>")] == ["SCHEMA", "PATTERN", "RULE"]


def test_files_are_included_beside_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "inner.sch").write_text(f'<sch:rule {SCH} context="a">{reports("INNER")}</sch:rule>')
    (tmp_path / "deep" / "outer.sch").write_text(f'<sch:pattern {SCH}><sch:include href="inner.sch"/></sch:pattern>')

    assert found_at(tmp_path, '<sch:include href="deep/outer.sch"/>', "<a/>") == [("INNER", "/a")]


def test_a_part_of_a_file_is_included_by_its_id(tmp_path: Path) -> None:
    library = f'<sch:schema {SCH}><sch:pattern id="p">{rule("a", reports("OF-P"))}</sch:pattern></sch:schema>'

    assert found_at(tmp_path, '<sch:include href="library.sch#p"/>', "<a/>", library=library) == [("OF-P", "/a")]


def test_a_rule_extends_abstract_rules_and_rules_of_other_files(tmp_path: Path) -> None:
    abstract = f'<sch:rule abstract="true" id="lower">{reports("LOWER")}</sch:rule>'
    extending = '<sch:rule abstract="true" id="upper"><sch:extends rule="lower"/></sch:rule>'
    other = f'<sch:rule {SCH} context="unused">{reports("OTHER")}</sch:rule>'
    content = pattern(
        abstract, extending, rule("a", '<sch:extends rule="upper"/><sch:extends href="other.sch"/>', reports("OWN"))
    )

    assert [finding.rule for finding in found(tmp_path, content, "<a/>", other=other)] == ["LOWER", "OTHER", "OWN"]


def test_an_abstract_pattern_is_instantiated_with_its_parameters(tmp_path: Path) -> None:
    content = (
        f'<sch:pattern abstract="true" id="needed">{rule("$where", reports("$id", "not($what) and $whatever"))}'
        '</sch:pattern><sch:let name="whatever" value="true()"/>'
        '<sch:pattern is-a="needed"><sch:param name="where" value="a"/><sch:param name="what" value="@x"/>'
        '<sch:param name="id" value="A-NEEDS-X"/></sch:pattern>'
        '<sch:pattern is-a="needed"><sch:param name="where" value="b"/><sch:param name="what" value="@y"/>'
        '<sch:param name="id" value="B-NEEDS-Y"/></sch:pattern>'
    )

    assert found_at(tmp_path, content, '<a y=""><b x=""/></a>') == [("A-NEEDS-X", "/a"), ("B-NEEDS-Y", "/a/b")]


def test_a_message_may_quote_the_document_and_carry_diagnostics(tmp_path: Path) -> None:
    content = (
        pattern(
            rule(
                "a",
                '<sch:report id="R" test="true()" diagnostics="more">In <sch:name/>\n <sch:emph>x</sch:emph> is'
                ' <sch:value-of select="@x"/>, not <sch:value-of select="b"/>.</sch:report>',
            )
        )
        + '<sch:diagnostics><sch:diagnostic id="more">Parent: <sch:name path=".."/>.</sch:diagnostic></sch:diagnostics>'
    )

    (finding,) = found(tmp_path, content, '<r><a x="1 é\n"><b>2</b><b>3</b></a></r>')

    assert finding.message == "In a x is 1 é , not 2 3. Parent: r."


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ('role="FATAL"', Severity.FATAL),
        ('flag="warning"', Severity.WARNING),
        ('role="Caution"', Severity.CAUTION),
        ('role="other" flag="INFO"', Severity.INFO),
        ('role="ERROR"', Severity.FATAL),
        ("", Severity.FATAL),
    ],
)
def test_severity_is_a_role_or_a_flag_and_fatal_when_nothing_is_said(
    tmp_path: Path, said: str, severity: Severity
) -> None:
    content = pattern(rule("a", f'<sch:report id="R" {said} test="true()">Found.</sch:report>'))

    (finding,) = found(tmp_path, content, "<a/>")

    assert finding.severity is severity


def test_an_assertion_without_id_is_named_by_its_file_and_line(tmp_path: Path) -> None:
    content = "\n" + pattern(rule("a", '<sch:report test="true()">Found.</sch:report>'))

    (finding,) = found(tmp_path, content, "<a/>")

    assert finding.rule == "main.sch, line 4"


def test_a_location_has_names_and_positions_and_no_values(tmp_path: Path) -> None:
    content = (
        pattern(rule("@secret", reports("A")))
        + pattern(rule("text()", reports("T")))
        + pattern(rule("/", reports("D")))
    )
    document = (
        '<n:r xmlns:n="urn:example:n" xmlns:o="urn:other"><o:e/><n:e/><n:e secret="42" xml:lang="x">43</n:e></n:r>'
    )

    assert found_at(tmp_path, content, document) == [
        ("A", "/n:r/n:e[2]/@secret"),
        ("T", "/n:r/n:e[2]/text()"),
        ("D", ""),
    ]


def test_a_long_name_in_a_document_makes_no_long_location(tmp_path: Path) -> None:
    document = "<r>" + f"<{'e' * 900}>" * 20 + f"</{'e' * 900}>" * 20 + "</r>"

    (finding, *_) = found(tmp_path, pattern(rule("*[not(*)]", reports("R"))), document)

    assert len(finding.location) <= 300


def test_at_most_fifty_findings_are_given(tmp_path: Path) -> None:
    assert len(found(tmp_path, pattern(rule("a", reports("A"))), f"<r>{'<a/>' * 60}</r>")) == 50


def test_a_rule_that_stumbles_over_a_document_is_broken_and_the_others_are_played(tmp_path: Path) -> None:
    content = pattern(
        rule(
            "r",
            '<sch:let name="one" value="string(a)"/>',
            '<sch:assert id="STUMBLES" role="WARNING" test="upper-case(a) = \'X\'">The a is x.</sch:assert>',
            '<sch:assert id="LET" test="$one = \'X\'">The a is X.</sch:assert>',
            '<sch:assert id="PLAYED" test="b">There is a b.</sch:assert>',
        )
    )

    stumbled, of_let, played = found(tmp_path, content, "<r><a/><a/></r>")

    assert (stumbled.rule, stumbled.severity, stumbled.location) == ("STUMBLES", Severity.WARNING, "/r")
    assert stumbled.message.startswith("The a is x. (The rule stumbles")
    assert (of_let.rule, played.rule, played.message) == ("LET", "PLAYED", "There is a b.")


def test_a_code_is_listed_exactly_as_it_is_written(tmp_path: Path) -> None:
    content = pattern(
        rule("a/text()", '<sch:assert id="R" test="code:listed(\'ErrorSeverity\', .)">Listed.</sch:assert>')
    )
    severity = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:EDMErrorResponse:PreviewRequired"

    (of_lower_case,) = found(tmp_path, content, f"<a>{severity.lower()}</a>")

    assert of_lower_case.layer is Layer.CODE_LIST
    assert not found(tmp_path, content, f"<a>{severity}</a>")


def test_nothing_is_listed_when_there_is_nothing(tmp_path: Path) -> None:
    content = pattern(rule("a", '<sch:assert id="R" test="code:listed(\'LanguageCode\', @lang)">Listed.</sch:assert>'))

    assert not found(tmp_path, content, '<a lang="EN"/>')
    assert len(found(tmp_path, content, "<a/>")) == 1


def test_rules_see_the_other_columns_of_a_code_list(tmp_path: Path) -> None:
    content = pattern(rule("a", reports("R", "code:column('EDMErrorCodes', 'code') = 'EDM:ERR:0002'")))

    assert found(tmp_path, content, "<a/>")


def test_rules_look_into_documents_that_they_name_and_that_lie_beside_them(tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text('<list note="{1}"><code>A</code><code>B</code></list>', encoding="utf-8")
    content = "<sch:let name=\"codes\" value=\"document('list.xml')/list[@note = '{1}']/code\"/>" + pattern(
        rule("a", '<sch:assert id="R" test=". = $codes">Listed.</sch:assert>')
    )

    assert not found(tmp_path, content, "<a>B</a>")
    assert len(found(tmp_path, content, "<a>C</a>")) == 1


def test_rules_declare_keys_and_functions(tmp_path: Path) -> None:
    content = (
        '<sch:ns prefix="f" uri="urn:example:f"/>'
        '<xsl:key name="by-id" match="b" use="@id"/>'
        '<xsl:function name="f:twice"><xsl:param name="x"/><xsl:sequence select="$x || $x"/></xsl:function>'
        + pattern(rule("a", reports("R", "key('by-id', f:twice(@ref))")))
    )

    assert found_at(tmp_path, content, '<r><a ref="x"/><a ref="y"/><b id="xx"/></r>') == [("R", "/r/a[1]")]


def test_a_quoted_line_separator_does_not_cut_a_finding(tmp_path: Path) -> None:
    content = pattern(rule("a", reports("R", text='It is <sch:value-of select="."/>.')))

    (finding,) = found(tmp_path, content, "<a>1\u2028\u00852\t3</a>")

    assert finding.message == "It is 1\u2028\u00852 3."


def test_functions_and_keys_may_come_from_an_included_file(tmp_path: Path) -> None:
    library = (
        '<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:f="urn:example:f" name="f:one">'
        '<xsl:sequence select="1"/></xsl:function>'
    )
    content = '<sch:ns prefix="f" uri="urn:example:f"/><sch:include href="library.sch"/>' + pattern(
        rule("a", reports("R", "f:one() = 1"))
    )

    assert found_at(tmp_path, content, "<a/>", library=library) == [("R", "/a")]


def test_an_id_with_odd_blanks_is_one_id(tmp_path: Path) -> None:
    content = pattern(rule("a", '<sch:report id=" R&#9;1&#10;" test="true()">Found.</sch:report>'))

    assert found_at(tmp_path, content, "<a/>") == [("R 1", "/a")]


def test_comments_and_processing_instructions_in_rule_files_mean_nothing(tmp_path: Path) -> None:
    content = "<!-- c --><?p i?>" + pattern("<!-- c -->", rule("a", "<?p i?>", reports("R", text="Fo<!-- c -->und.")))

    (finding,) = found(tmp_path, content, "<?p i?><a/>")

    assert finding.message == "Found."
