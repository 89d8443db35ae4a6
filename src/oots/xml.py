"""
The one XML parser, the namespaces, canonical form, and schemas.  Nobody else calls `etree.parse`.

Everything that is parsed comes from outside and is hostile: entities, network and DTDs are off, size and depth bounded.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from oots.canonical_text import escape_attribute, escape_text
from oots.errors import MalformedXml
from oots.resources import schemas

Element = etree._Element  # noqa: SLF001  lxml has no public name for its element type

S12: Final = "http://www.w3.org/2003/05/soap-envelope"
EB: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0"
SDG: Final = "http://data.europa.eu/p4s"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"

MAX_BYTES: Final = 16 << 20
"""Largest document that is made into a tree: 16 MiB (`design.md`, decision 3)."""

MAX_DEPTH: Final = 100
"""Deepest nesting; libxml2 alone would take 256.  The deepest OOTS document seen has 14."""

MAX_ATTRIBUTES: Final = 100
"""Most attributes of one element; an envelope of Domibus has 8 declarations and 3 attributes."""

MAX_NAMESPACES: Final = 10_000
"""Most namespace declarations of one document: prefixes are looked up in linear time, and canonical form asks often."""

_ENCODING: Final = re.compile(r"utf-8|utf-16(le|be)?|(us-)?ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)

_KINDS: Final[Mapping[int, str]] = {
    number: name.partition("ERR_")[2].lower().replace("_", " ")
    for name, number in vars(etree.ErrorTypes).items()
    if "ERR_" in name
}

_too_deep = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
_too_many_attributes = etree.XPath(f"boolean(//@*[{MAX_ATTRIBUTES + 1}])")
_local = threading.local()
_loading = threading.Lock()


def _parser() -> etree.XMLParser:
    # One for each thread: a parser must not be shared while it runs, and making one costs more than a small document.
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            remove_comments=False,  # what was signed is digested as it came
            remove_pis=False,
            # Never collect_ids=False: it saves little, and makes lxml 6.1 load external DTDs and parameter entities.
        )
        _local.parser = parser
    return parser


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_namespaces: int = MAX_NAMESPACES) -> Element:
    """
    Parse a document from outside and give its root.

    Raises `MalformedXml` for what is not well-formed, has a DTD, or exceeds a limit of this module.
    """
    if len(data) > max_bytes:
        raise MalformedXml(f"the document has {len(data)} bytes, more than the {max_bytes} allowed")
    if data.count(b"xmlns") + data.count(b"x\0m\0l\0n\0s") > max_namespaces:
        raise MalformedXml(f"the document has more than {max_namespaces} namespace declarations")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise MalformedXml(f"not well-formed: {_kind(error)}") from error
    except (ValueError, LookupError) as error:
        raise MalformedXml("not well-formed") from error
    if root is None:
        raise MalformedXml("the document has no element")
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None:
        raise MalformedXml("a document type declaration is not allowed")
    if not _ENCODING.fullmatch(docinfo.encoding or "UTF-8"):
        raise MalformedXml("the encoding is none of UTF-8, UTF-16, ASCII, ISO-8859 and Windows-125x")
    if _too_deep(root):
        raise MalformedXml(f"elements are nested more than {MAX_DEPTH} deep")
    if _too_many_attributes(root):
        raise MalformedXml(f"an element has more than {MAX_ATTRIBUTES} attributes")
    return root


def _kind(error: etree.XMLSyntaxError) -> str:
    # libxml2's own sentences quote names, and a person's name that was not escaped may look like one of an element.
    line, column = error.position
    return f"{_KINDS.get(getattr(error, 'code', 0), 'syntax')}, line {line}, column {column}"


def canonical(element: Element, prefixes: Iterable[str] = ()) -> bytes:
    """
    Give exclusive C14N without comments, for an element or, when it is the root, for what a reference to it covers.

    `prefixes` is the PrefixList of `ec:InclusiveNamespaces`, honoured for a parsed document.
    """
    inclusive = list(prefixes)
    if "#default" in inclusive:
        return _canonical_with_default(element, inclusive)
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=inclusive or None,
        )
    except etree.C14NError as error:
        raise MalformedXml(f"no canonical form: {error}") from error


def canonical_document(root: Element) -> bytes:
    """Give exclusive C14N without comments of the whole document, processing instructions around the root included."""
    try:
        return etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise MalformedXml(f"no canonical form: {error}") from error


@cache
def schema(path: str) -> etree.XMLSchema:
    """Load `schemas/<path>` once; imports resolve beside it, never over the network."""
    return load_schema(schemas() / path)


def load_schema(path: Path) -> etree.XMLSchema:
    """Load an XSD from a trusted file."""
    # libxml2 sets up its built-in types with the first schema, unguarded: two threads at once fail, or crash.
    with _loading:
        return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


# libxml2 ignores `#default` in a PrefixList, and no call repairs that.  Java signers emit it when an ancestor of what
# they sign declares a default namespace.  This writer gives what Santuario gives; it is slow, and meant for header
# subtrees of a document without DTD.


def _canonical_with_default(apex: Element, prefixes: list[str]) -> bytes:
    inclusive = {"" if prefix == "#default" else prefix for prefix in prefixes}
    out: list[str] = []

    def write(element: Element, rendered: dict[str, str]) -> None:
        if isinstance(element, etree._Comment):  # noqa: SLF001
            return
        if isinstance(element, etree._ProcessingInstruction):  # noqa: SLF001
            text = str(element.text or "")
            target = str(element.target)
            out.append(f"<?{target}{' ' + text if text else ''}?>")
            return
        in_scope = {prefix or "": uri for prefix, uri in element.nsmap.items()}
        used = {element.prefix or ""}
        attributes = []
        for name, value in element.attrib.items():
            qname = etree.QName(name)
            if qname.namespace is None:
                attributes.append(("", qname.localname, qname.localname, value))
                continue
            prefix = _attribute_prefix(element, qname)
            attributes.append((qname.namespace, qname.localname, f"{prefix}:{qname.localname}", value))
            if prefix != "xml":
                used.add(prefix)
        now_rendered = dict(rendered)
        declarations = []
        for prefix in sorted(used | (inclusive & (in_scope.keys() | {""}))):
            uri = in_scope.get(prefix, "")
            if prefix == "xml" or (prefix and not uri) or now_rendered.get(prefix, "") == uri:
                continue
            declarations.append(f' xmlns{":" + prefix if prefix else ""}="{escape_attribute(uri)}"')
            now_rendered[prefix] = uri
        name = f"{element.prefix + ':' if element.prefix else ''}{etree.QName(element).localname}"
        written = "".join(f' {full}="{escape_attribute(str(value))}"' for _, _, full, value in sorted(attributes))
        out.append(f"<{name}{''.join(declarations)}{written}>")
        out.append(escape_text(element.text or ""))
        for child in element:
            write(child, now_rendered)
            out.append(escape_text(child.tail or ""))
        out.append(f"</{name}>")

    write(apex, {})
    return "".join(out).encode()


def _attribute_prefix(element: Element, qname: etree.QName) -> str:
    if qname.namespace == XML:
        return "xml"
    found = element.xpath(
        "name(@*[namespace-uri()=$uri and local-name()=$local])", uri=qname.namespace, local=qname.localname
    )
    return str(found).partition(":")[0]
