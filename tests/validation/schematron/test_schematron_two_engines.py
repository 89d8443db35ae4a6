"""Saxon and elementpath are two readings of XPath: on every base document, whole and damaged, they find the same."""

from functools import cache

import pytest

from oots.cli.bench.elementpath_rules import ElementpathRules
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.rule_sets import RuleSet
from tests.conformance.changes import BASES
from tests.conformance.checked import KINDS

DAMAGES = [
    (b"whole", b"whole"),
    (b'name="Procedure"', b'name="Other"'),
    (b"eidas", b"eidos"),
    (b">EN<", b">en<"),
    (b'lang="EN"', b'lang="xx"'),
    (b"sdg:Identifier", b"sdg:Name"),
    (b"urn:uuid", b"uuid"),
    (b"EAS:", b"EAZ:"),
    (b"Value", b"Valeur"),
    (b'name="ExchangeId"', b'name="Exchange"'),
]


@pytest.mark.parametrize("name", sorted(path.name for path in BASES.glob("*.xml")))
def test_two_engines_find_the_same_breaches(name: str) -> None:
    kind, line = KINDS[name.partition("-")[0]], f"oots-edm:v{name.removesuffix('.xml').rpartition('-')[2]}"
    rule_set = RuleSet(kind=kind, line=line)
    theirs = elementpath_rules(rule_set)

    for text, other in DAMAGES:
        document = (BASES / name).read_bytes().replace(text, other)
        ours = {finding.rule for finding in checker().check(document, rule_set)}

        assert theirs.check(document) == ours - theirs.left_out, text


@cache
def elementpath_rules(rule_set: RuleSet) -> ElementpathRules:
    return ElementpathRules(rule_set)


@cache
def checker() -> Checker:
    return Checker()
