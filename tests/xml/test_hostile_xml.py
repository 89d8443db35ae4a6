"""What the one parser refuses, and what it costs to refuse it."""

import time
from pathlib import Path

import pytest
from lxml import etree

from oots.errors import MalformedXml
from oots.xml import (
    MAX_ATTRIBUTES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NAMESPACES,
    canonical,
    canonical_document,
    parse,
)

DTD = "a document type declaration is not allowed"

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&l9;</a>"
)
BLOW_UP = b'<!DOCTYPE a [<!ENTITY x "%s">]><a b="%s"/>' % (b"A" * 100_000, b"&x;" * 10_000)


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a []><a/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a/>',
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
        b'<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode("utf-16"),
    ],
)
def test_a_document_type_declaration_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedXml, match=DTD):
        parse(document)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a SYSTEM "{url}">',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "{url}"> %x;]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]>',
    ],
)
def test_no_file_is_opened_for_a_document_type_declaration(declaration: str, tmp_path: Path) -> None:
    # If it were read, libxml2 would stumble over its content first.
    secret = tmp_path / "secret"
    secret.write_text("<not a DTD")

    with pytest.raises(MalformedXml, match=DTD):
        parse((declaration.format(url=secret.as_uri()) + "<a>&x;</a>").encode())


@pytest.mark.parametrize("document", [LAUGHS, BLOW_UP], ids=["laughs", "blow-up"])
def test_entities_that_multiply_are_refused_at_once(document: bytes) -> None:
    start = time.process_time()

    with pytest.raises(MalformedXml):
        parse(document)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"a",
        b"<a>",
        b"<a/><b/>",
        b"<p:a/>",
        b"<a b='1' b='2'/>",
        b"<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
        b"<a>\0</a>",
        b"<a>&x;</a>",
        b"<a>&#0;</a>",
        b"<a>\xff</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        "<?xml version='1.0' encoding='utf-7'?><a/>".encode("utf-7"),
        "<a/>".encode("utf-32"),
        b"<a xml:id='x'><b xml:id='x'/></a>",
    ],
)
def test_what_is_no_xml_that_we_accept_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedXml):
        parse(document)


@pytest.mark.parametrize(
    "document",
    [
        "<a>é</a>".encode(),
        b"\xef\xbb\xbf" + "<a>é</a>".encode(),
        "<a>é</a>".encode("utf-16"),
        "<?xml version='1.0' encoding='UTF-16'?><a>é</a>".encode("utf-16-le"),
        "<?xml version='1.0' encoding='ISO-8859-1' standalone='no'?><a>é</a>".encode("latin-1"),
    ],
)
def test_encodings_that_peers_may_use_mean_the_same(document: bytes) -> None:
    assert etree.tostring(parse(document), encoding="UTF-8") == "<a>é</a>".encode()


def test_elements_may_nest_so_deep_and_no_deeper() -> None:
    assert parse(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH) is not None
    with pytest.raises(MalformedXml, match="nested"):
        parse(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1))
    with pytest.raises(MalformedXml):
        parse(b"<a>" * 100_000)


def test_an_element_may_have_so_many_attributes_and_no_more() -> None:
    many = "".join(f" a{n}=''" for n in range(MAX_ATTRIBUTES))

    assert parse(f"<r><a{many}/></r>".encode()) is not None
    with pytest.raises(MalformedXml, match="attributes"):
        parse(f"<r><a{many} one-more=''/></r>".encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_may_declare_so_many_namespaces_and_no_more(encoding: str) -> None:
    many = "".join(f" xmlns:a{n}='u'" for n in range(MAX_NAMESPACES))

    assert parse(f"<a{many}/>".encode(encoding)) is not None
    with pytest.raises(MalformedXml, match="namespace declarations"):
        parse(f"<a{many}><b xmlns='u'/></a>".encode(encoding))


def test_size_is_looked_at_first() -> None:
    with pytest.raises(MalformedXml, match="bytes"):
        parse(b"<" * (MAX_BYTES + 1))
    assert parse(b"<a/>", max_bytes=4) is not None
    with pytest.raises(MalformedXml, match="more than the 3 allowed"):
        parse(b"<a/>", max_bytes=3)


LONG = b"x" * 10_100_000  # libxml2 takes ten million characters in one node


@pytest.mark.parametrize(
    "document",
    [
        b"<a>%s</a>" % LONG,
        b"<a b='%s'/>" % LONG,
        b"<a><![CDATA[%s]]></a>" % LONG,
        b"<a><!--%s--></a>" % LONG,
        b"<a><?b %s?></a>" % LONG,
        b"<%s/>" % LONG,
        b"<a>%s" % LONG,
    ],
    ids=["text", "attribute", "CDATA", "comment", "instruction", "name", "unfinished"],
)
def test_a_node_of_more_than_ten_million_characters_is_refused_at_once(document: bytes) -> None:
    start = time.process_time()

    with pytest.raises(MalformedXml, match="not well-formed"):
        parse(document)
    assert time.process_time() - start < 1


def test_a_hundred_megabytes_are_not_even_looked_at() -> None:
    document = b"<a>" + b"<b/>" * (25 << 20) + b"</a>"
    start = time.process_time()

    with pytest.raises(MalformedXml, match="bytes, more than the 16777216 allowed"):
        parse(document)
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize(
    "document",
    [
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"\xff\xfe" + "<a/>".encode("utf-16-be"),
        b"\xef\xbb\xbf\xef\xbb\xbf<a/>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
        "<?xml version='1.0' encoding='EBCDIC-CP-US'?><a/>".encode("cp037"),
    ],
    ids=["no UTF-16", "other byte order", "two marks", "no Latin", "EBCDIC"],
)
def test_bytes_that_are_not_in_the_encoding_they_claim_are_refused(document: bytes) -> None:
    with pytest.raises(MalformedXml):
        parse(document)


def test_prefixes_mean_nothing_and_namespaces_everything() -> None:
    written = (b"<a xmlns='u'/>", b"<p:a xmlns:p='u'/>", b"<q.1:a xmlns:q.1='u' xmlns='v' xmlns:a='w'/>")

    assert {parse(document).tag for document in written} == {"{u}a"}


def test_an_xinclude_stays_what_it_is() -> None:
    document = b'<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/hostname" parse="text"/></r>'

    assert etree.tostring(parse(document)) == document


def test_comments_and_instructions_stay_in_the_tree_for_the_digest() -> None:
    document = b"<?a b?><r><!-- c --><?d e?></r>"

    assert etree.tostring(parse(document)) == b"<r><!-- c --><?d e?></r>"
    assert canonical_document(parse(document)) == b"<?a b?>\n<r><?d e?></r>"


def test_a_relative_namespace_has_no_canonical_form() -> None:
    with pytest.raises(MalformedXml, match="no canonical form"):
        canonical(parse(b"<r xmlns='relative'/>"))
    with pytest.raises(MalformedXml, match="no canonical form"):
        canonical_document(parse(b"<r xmlns='relative'/>"))


def test_the_text_of_a_refusal_is_short() -> None:
    with pytest.raises(MalformedXml) as caught:
        parse(b"<" + b"a" * 10_000 + b"></b>")
    assert len(str(caught.value)) < 250
