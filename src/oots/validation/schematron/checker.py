"""
Plays rules on documents in this process: for tests, for `oots validate`, and inside the workers.

Saxon cannot be interrupted, and holds the interpreter while it runs: a service checks in a `WorkerPool`.
"""

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from oots.errors import NotChecked, UnusableRules
from oots.validation.findings import Finding, Layer, Severity
from oots.validation.schematron.rule_sets import RuleSet
from oots.validation.schematron.stylesheet import SOURCE, compile_rules
from oots.xml import parse

if TYPE_CHECKING:
    from saxonche import PySaxonApiError, PyXsltExecutable

_ALLOWED_PROTOCOLS: Final = "http://saxon.sf.net/feature/allowedProtocols"
_EXTERNAL_FUNCTIONS: Final = "http://saxon.sf.net/feature/allow-external-functions"
_PARSER_PROPERTY: Final = "http://saxon.sf.net/feature/parserProperty?uri=http://www.oracle.com/xml/jaxp/properties/"
_LIMITS_OF_ENTITIES: Final = ("maxGeneralEntitySizeLimit", "maxXMLNameLimit", "totalEntitySizeLimit")
"""Off: they count each `&lt;`, and refuse a text with 100,000.  What Saxon gets has no entities, and is bounded."""

_MAX_LOCATION: Final = 300
_MAX_MESSAGE: Final = 1000


class Checker:
    """Compiled rule sets; each is compiled when it is first asked for.  For one thread."""

    def __init__(self) -> None:
        """Make one with nothing loaded; raises `UnusableRules` where Saxon is not installed."""
        # Saxon takes 50 MB: only who checks documents loads it.
        try:
            from saxonche import PySaxonProcessor
        except ImportError as error:
            # Its wheels are for Linux with glibc on x86-64 and arm64, macOS and Windows: not for Alpine.
            raise UnusableRules(
                f"Schematron needs saxonche, which is not installed here or cannot run: {error}"
            ) from error
        self._saxon = PySaxonProcessor(license=False)
        # No protocol at all: not even a file can be read.
        self._saxon.set_configuration_property(_ALLOWED_PROTOCOLS, "")
        self._saxon.set_configuration_property(_EXTERNAL_FUNCTIONS, "false")
        for limit in _LIMITS_OF_ENTITIES:
            self._saxon.set_configuration_property(f"{_PARSER_PROPERTY}{limit}", "0")
        self._compiler = self._saxon.new_xslt30_processor()
        self._compiled: dict[RuleSet, PyXsltExecutable] = {}

    def load(self, rule_set: RuleSet) -> None:
        """Compile a rule set now; raises `UnusableRules`."""
        if rule_set not in self._compiled:
            self._compiled[rule_set] = self._compile(
                compile_rules(rule_set.path, line=rule_set.line, root=rule_set.folder, lists=rule_set.lists)
            )

    def check(self, document: bytes, rule_set: RuleSet) -> tuple[Finding, ...]:
        """
        Play a rule set on a document, at most `MAX_FINDINGS` of whose breaches are given.

        Raises `MalformedXml` for what is no document, `UnusableRules`, and `NotChecked` when a rule cannot be played.
        """
        from saxonche import PySaxonApiError

        self.load(rule_set)
        # Saxon's parser would open external entities: it gets what ours has read, written again.
        text = etree.tostring(parse(document), encoding="unicode")
        try:
            tree = self._saxon.parse_xml(xml_text=text, encoding="UTF-8")
            lines = self._compiled[rule_set].transform_to_string(xdm_node=tree)
        except PySaxonApiError as error:
            raise NotChecked(f"the rules {rule_set.name} cannot be played on it: {_code(error)}") from None
        # Not splitlines: that also cuts at characters which a document may have, such as U+2028.
        return tuple(_finding(line) for line in (lines or "").split("\n") if line)

    def _compile(self, stylesheet: str) -> "PyXsltExecutable":
        from saxonche import PySaxonApiError

        try:
            return self._compiler.compile_stylesheet(stylesheet_text=stylesheet, encoding="UTF-8")
        except PySaxonApiError as error:
            raise UnusableRules(_explained(error, stylesheet)) from None


def _finding(line: str) -> Finding:
    rule, severity, layer, location, message = line.split("\t")
    return Finding(
        rule=rule,
        severity=Severity(severity),
        layer=Layer(layer),
        location=location[:_MAX_LOCATION],
        message=message[:_MAX_MESSAGE],
    )


# --- what Saxon says --------------------------------------------------------------------------------------------------

_LINE: Final = re.compile(r"on line (\d+)")
_SOURCE: Final = re.compile(rf"<\?{SOURCE} (.*?)\?>")
_CODE: Final = re.compile(r"\b[A-Z]{4}\d{4}\b")


def _explained(error: "PySaxonApiError", stylesheet: str) -> str:
    # The text names a line of the stylesheet; the instruction above it says which line of which rule file it is.
    text = " ".join(str(error).split())
    line = _LINE.search(text)
    above = "\n".join(stylesheet.splitlines()[: int(line[1])]) if line else ""
    sources = _SOURCE.findall(above)
    where = f"{sources[-1]}: " if sources else ""
    reason = _CODE.search(text)
    return f"{where}{text[reason.start() :] if reason else text}"


def _code(error: "PySaxonApiError") -> str:
    # The texts of Saxon quote the document.
    found = _CODE.search(str(error))
    return found[0] if found else "Saxon failed"
