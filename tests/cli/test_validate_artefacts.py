"""`oots validate --artefacts`: somebody else's schemas, rules and code lists, in the layout of the published ones."""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.validated_files import REFERENCE, REQUEST, RESPONSE, changed, only, rules, validate

EXAMPLES = sorted(REFERENCE.glob("examples/Exchange/*/*/*full example.xml"))
HEAD = (
    '<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">\n'
    '<sch:ns prefix="query" uri="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"/>'
    '<sch:ns prefix="rim" uri="urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"/>'
    '<sch:ns prefix="gc" uri="http://docs.oasis-open.org/codelist/ns/genericode/1.0/"/>'
    '<sch:ns prefix="code" uri="urn:oots:codelists"/>'
)
LIST = """<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/">
<Identification><ShortName>Colours</ShortName><Version>1</Version><CanonicalUri>urn:x</CanonicalUri></Identification>
<ColumnSet><Column Id="code" Use="required"/><Key Id="k"><ColumnRef Ref="code"/></Key></ColumnSet>
<SimpleCodeList><Row><Value ColumnRef="code"><SimpleValue>red</SimpleValue></Value></Row></SimpleCodeList>
</gc:CodeList>"""


def rule_file(*assertions: str, context: str = "/query:QueryRequest") -> str:
    rule = f'<sch:rule context="{context}">{"".join(assertions)}</sch:rule>'
    return f"{HEAD}<sch:pattern>{rule}</sch:pattern></sch:schema>"


def asserts(name: str, test: str, text: str = "It is so.") -> str:
    return f'<sch:assert id="{name}" role="FATAL" test="{test}">{text}</sch:assert>'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Lay out a checkout that has folders and nothing in them, but for a code list."""
    for name in ("sch", "codelists/OOTS"):
        (tmp_path / "OOTS-EDM" / name).mkdir(parents=True)
    (tmp_path / "OOTS-EDM" / "codelists" / "OOTS" / "Colours-CodeList.gc").write_text(LIST, encoding="utf-8")
    return tmp_path


def write(checkout: Path, name: str, text: str) -> None:
    path = checkout / "OOTS-EDM" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- rules ------------------------------------------------------------------------------------------------------------


def test_rules_of_a_checkout_are_played_and_not_ours(checkout: Path) -> None:
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("THEIRS-S", "false()")))
    write(checkout, "sch/EDM-REQ-C.sch", rule_file(asserts("THEIRS-C", "false()")))
    write(checkout, "sch/DSD-RESP.sch", "not even XML")

    document = only("--artefacts", checkout, "-", stdin=changed(REQUEST, "urn:uuid:5b0a", "uuid:5b0a"))

    assert [one["rule"] for one in document["findings"]] == ["THEIRS-S", "THEIRS-C"]
    assert not document["valid"]


def test_rules_take_in_files_and_ask_code_lists_of_the_checkout(checkout: Path) -> None:
    included = (
        '<sch:pattern xmlns:sch="http://purl.oclc.org/dsdl/schematron"><sch:rule context="/query:QueryRequest">'
        f"{asserts('INCLUDED', 'false()')}</sch:rule></sch:pattern>"
    )
    listed = "document('../codelists/OOTS/Colours-CodeList.gc')//SimpleValue"
    write(checkout, "sch/codelist-include/one.sch", included)
    write(
        checkout,
        "sch/EDM-REQ-C.sch",
        rule_file(
            asserts("RED", "code:listed('Colours', 'red')"),
            asserts("GREEN", "code:listed('Colours', 'green')"),
            asserts("READ", f"{listed} = 'red'"),
            asserts("NOT-READ", f"{listed} = 'green'"),
        ).replace("</sch:schema>", '<sch:include href="codelist-include/one.sch"/></sch:schema>'),
    )

    document = only("--artefacts", checkout, REQUEST)

    assert rules(document) == {"GREEN", "NOT-READ", "INCLUDED"}


REACHING = {
    "a file that is not named as it is": ("document(@id)", "the function document() reaches outside"),
    "the web": ("doc('http://127.0.0.1:9/a')", "is no file in the folder of the rules"),
    "a file of the machine": ("document('/etc/passwd')", "is no file in the folder of the rules"),
    "a file above": ("document('../../../a.xml')", "is no file in the folder of the rules"),
    "text of the machine": ("unparsed-text('/etc/passwd') = ''", "the function unparsed-text() reaches outside"),
    "a list that there is not": ("code:listed('Shapes', 'red')", "there is no code list 'Shapes' in"),
    "no XPath": ("((", "EDM-REQ-S.sch, line 2"),
}


@pytest.mark.parametrize("name", REACHING)
def test_rules_that_cannot_be_used_give_no_verdict_and_a_sentence(name: str, checkout: Path) -> None:
    test, expected = REACHING[name]
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("A", test)))

    document = only("--artefacts", checkout, REQUEST)

    assert not document["valid"]
    (finding,) = document["findings"]
    assert finding["rule"] == "not-checked"
    assert expected in finding["message"]


def test_rules_that_cannot_be_used_are_in_the_way_of_their_own_documents_only(checkout: Path) -> None:
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("THEIRS", "false()")))
    write(checkout, "sch/EDM-RESP-S.sch", rule_file(asserts("A", "((")))

    result = validate("--artefacts", checkout, "--format", "json", REQUEST, RESPONSE, REQUEST)

    documents = json.loads(result.stdout)["documents"]
    assert [rules(document) for document in documents] == [{"THEIRS"}, {"not-checked"}, {"THEIRS"}]
    assert result.exit_code == 2


def test_a_rule_that_loops_is_stopped(checkout: Path) -> None:
    loop = "every $a in 1 to 2000000, $b in 1 to 2000000 satisfies $a + $b gt 0"
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("LOOPS", loop)))
    started = time.monotonic()

    result = validate("--artefacts", checkout, "--format", "json", REQUEST)

    assert time.monotonic() - started < 40
    assert '"rule": "not-checked"' in result.stdout
    assert "checking was stopped after" in result.stdout
    assert result.exit_code == 2


def test_their_rules_are_listed(checkout: Path) -> None:
    value = "It is so, not <sch:value-of select='@id'/>."
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("THEIRS", "false()", value)))

    result = validate("--list-rules", "--artefacts", checkout)

    assert result.stdout.startswith(f"{'THEIRS':18} published fatal\n{'':18} It is so, not ….\n")
    assert "R-EDM-" not in result.stdout


# --- what is missing or broken ----------------------------------------------------------------------------------------


def test_what_a_checkout_lacks_is_told_and_not_taken_from_elsewhere(checkout: Path) -> None:
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("THEIRS", "true()")))

    result = validate("--artefacts", checkout, "-", stdin=changed(REQUEST, ">true<", ">perhaps<"))

    assert result.stdout == "-: valid (evidence request, v2.0)\n"
    assert result.stderr == (
        f"{checkout / 'OOTS-EDM' / 'xsd'} is not there: documents meet no schema.\n"
        f"{checkout / 'OOTS-EDM' / 'sch'} has no rules for response, error, header: they meet no business rules.\n"
    )


def test_a_document_for_which_a_checkout_has_nothing_is_not_called_valid(checkout: Path) -> None:
    result = validate("--artefacts", checkout, REQUEST)

    assert "could not be checked" in result.stdout
    assert "  what    there is neither a schema nor a rule for it" in result.stdout
    assert result.exit_code == 2


def test_a_broken_code_list_is_told_and_all_else_goes_on(checkout: Path) -> None:
    write(checkout, "codelists/EDMErrorCodes-CodeList.gc", LIST.replace("</SimpleValue>", "</SimpleVlue>"))
    write(checkout, "sch/EDM-REQ-S.sch", rule_file(asserts("RED", "code:listed('Colours', 'red')")))

    result = validate("--artefacts", checkout, REQUEST)

    assert result.exit_code == 0
    assert "EDMErrorCodes-CodeList.gc: the code list cannot be read: not well-formed" in result.stderr


SCHEMAS = {
    "no XML": ("<xs:schema", "a.xsd is no XML that is accepted"),
    "no schema": ("<html/>", "a.xsd: the document element is not xs:schema"),
    "a schema of something else": (
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:x'/>",
        "has no schema of urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0 and ",
    ),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_that_cannot_be_used_end_it_with_a_sentence(name: str, checkout: Path) -> None:
    text, expected = SCHEMAS[name]
    write(checkout, "xsd/a.xsd", text)

    result = validate("--artefacts", checkout, REQUEST)

    assert result.exit_code == 2
    assert expected in result.stderr


# --- the published ones -----------------------------------------------------------------------------------------------

published = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published artefacts are not beside this checkout")


@pytest.fixture(scope="session")
def line_1_0(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out the published schemas and code lists of 1.0, with a rule of our own."""
    checkout = tmp_path_factory.mktemp("published")
    for name in ("xsd", "codelists"):
        shutil.copytree(REFERENCE / name, checkout / "OOTS-EDM" / name)
    write(checkout, "sch/EDM-REQ-C.sch", rule_file(asserts("LOA", "code:listed('LoA', 'High')")))
    write(checkout, "sch/EDM-ERR-C.sch", rule_file(asserts("CODE", "true()"), context="/query:QueryResponse"))
    return checkout


@published
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_published_examples_are_valid_by_the_published_schemas(example: Path, line_1_0: Path) -> None:
    document = only("--artefacts", line_1_0, example)

    assert document["valid"]


@published
def test_the_published_schemas_refuse_what_breaks_them(line_1_0: Path) -> None:
    document = only("--artefacts", line_1_0, "-", stdin=changed(EXAMPLES[0], ">true<", ">perhaps<"))

    assert not document["valid"]
    assert {finding["layer"] for finding in document["findings"] if finding["severity"] == "fatal"} == {"xsd"}


@published
def test_the_published_list_of_error_codes_is_broken_and_all_others_are_read(line_1_0: Path) -> None:
    remarks = validate("--artefacts", line_1_0, EXAMPLES[0]).stderr.splitlines()

    assert [remark.partition(":")[0] for remark in remarks if ".gc" in remark] == ["EDMErrorCodes-CodeList.gc"]
