"""
`ds:Reference` as a value: what a signature lists, and what a receipt repeats.  Nothing is signed or resolved here.
"""

import base64
from dataclasses import dataclass
from typing import Final

from oots.canonical_text import element, escape_attribute, leaf
from oots.errors import InvalidHeader
from oots.xml import DS, EC, Element

EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"

MAX_PREFIXES: Final = 100
"""Longest PrefixList; the longest seen, of Domibus, has eight."""

_INCLUSIVE: Final = f"{{{EC}}}InclusiveNamespaces"
_TRANSFORMS: Final = f"{{{DS}}}Transforms"
_TRANSFORM: Final = f"{{{DS}}}Transform"
_DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
_DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """What happens to the bytes before they are digested, with the PrefixList of exclusive C14N."""

    algorithm: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What was signed, and its digest.  `digest_value` keeps the text as it came: Domibus compares it to the letter."""

    uri: str
    transforms: tuple[Transform, ...]
    digest_method: str
    digest_value: str

    @property
    def digest(self) -> bytes:
        """The digest as bytes; raises `InvalidHeader` when the text is no base64."""
        try:
            return base64.b64decode("".join(self.digest_value.split()), validate=True)
        except ValueError as error:
            raise InvalidHeader("a ds:DigestValue is no base64") from error

    def proves(self, other: "Reference") -> bool:
        """Tell whether both name the same bytes: namespaces and blanks in the XML they came from mean nothing."""
        return self.uri == other.uri and self.digest_method == other.digest_method and self.digest == other.digest


def read_reference(found: Element) -> Reference:
    """Read a `ds:Reference`; raises `InvalidHeader` when a mandatory part is missing."""
    uri = found.get("URI")
    transforms: tuple[Transform, ...] = ()
    method = value = None
    # One walk instead of three searches: this runs for every reference of every message and receipt.
    for child in found:
        if child.tag == _TRANSFORMS:
            transforms = tuple(map(read_transform, child.iterchildren(_TRANSFORM)))
        elif child.tag == _DIGEST_METHOD:
            method = child.get("Algorithm", "")
        elif child.tag == _DIGEST_VALUE:
            value = child.text or ""
    if uri is None or method is None or value is None:
        raise InvalidHeader("a ds:Reference has no URI, DigestMethod or DigestValue")
    return Reference(uri=uri, transforms=transforms, digest_method=method, digest_value=value)


def write_reference(reference: Reference, *, declares: bool) -> str:
    """Write a `ds:Reference`; it `declares` its namespace where it is the first to use it."""
    transforms = "".join(map(_write_transform, reference.transforms))
    if transforms:
        transforms = element("ds:Transforms", transforms)
    method = element("ds:DigestMethod", Algorithm=reference.digest_method)
    value = leaf("ds:DigestValue", reference.digest_value)
    namespace = f' xmlns:ds="{DS}"' if declares else ""
    uri = escape_attribute(reference.uri)
    return f'<ds:Reference{namespace} URI="{uri}">{transforms}{method}{value}</ds:Reference>'


def read_transform(found: Element) -> Transform:
    """Read a `ds:Transform` or `ds:CanonicalizationMethod`: the algorithm and its PrefixList, if it is not too long."""
    inclusive = next(found.iterchildren(_INCLUSIVE), None)
    prefixes = () if inclusive is None else tuple(inclusive.get("PrefixList", "").split())
    if len(prefixes) > MAX_PREFIXES:
        raise InvalidHeader(f"a PrefixList names more than {MAX_PREFIXES} prefixes")
    return Transform(algorithm=found.get("Algorithm", ""), prefixes=prefixes)


def _write_transform(transform: Transform) -> str:
    inclusive = ""
    if transform.prefixes:
        prefixes = escape_attribute(" ".join(transform.prefixes))
        inclusive = f'<ec:InclusiveNamespaces xmlns:ec="{EC}" PrefixList="{prefixes}"></ec:InclusiveNamespaces>'
    return element("ds:Transform", inclusive, Algorithm=transform.algorithm)
