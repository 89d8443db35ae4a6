"""
`ds:Reference` as a value: what a signature lists, and what a receipt repeats.  Nothing is signed or resolved here.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots.errors import InvalidHeader
from oots.xml import DS, EC, Element

EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"

_INCLUSIVE: Final = f"{{{EC}}}InclusiveNamespaces"


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
        except binascii.Error as error:
            raise InvalidHeader("a ds:DigestValue is no base64") from error

    def proves(self, other: "Reference") -> bool:
        """Tell whether both name the same bytes: namespaces and blanks in the XML they came from mean nothing."""
        return (self.uri, self.digest_method, self.digest) == (other.uri, other.digest_method, other.digest)


def read_reference(element: Element) -> Reference:
    """Read a `ds:Reference`; raises `InvalidHeader` when a mandatory part is missing."""
    uri = element.get("URI")
    method = element.find(f"{{{DS}}}DigestMethod")
    value = element.find(f"{{{DS}}}DigestValue")
    if uri is None or method is None or value is None:
        raise InvalidHeader("a ds:Reference has no URI, DigestMethod or DigestValue")
    return Reference(
        uri=uri,
        transforms=tuple(map(read_transform, element.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"))),
        digest_method=method.get("Algorithm", ""),
        digest_value=value.text or "",
    )


def write_reference(parent: Element, reference: Reference) -> None:
    """Append a `ds:Reference`."""
    element = etree.SubElement(parent, f"{{{DS}}}Reference", {"URI": reference.uri})
    if reference.transforms:
        transforms = etree.SubElement(element, f"{{{DS}}}Transforms")
        for transform in reference.transforms:
            _write_transform(transforms, transform)
    etree.SubElement(element, f"{{{DS}}}DigestMethod", {"Algorithm": reference.digest_method})
    etree.SubElement(element, f"{{{DS}}}DigestValue").text = reference.digest_value


def read_transform(element: Element) -> Transform:
    """Read a `ds:Transform` or `ds:CanonicalizationMethod`: the algorithm and its PrefixList."""
    inclusive = element.find(_INCLUSIVE)
    prefixes = "" if inclusive is None else inclusive.get("PrefixList", "")
    return Transform(algorithm=element.get("Algorithm", ""), prefixes=tuple(prefixes.split()))


def _write_transform(parent: Element, transform: Transform) -> None:
    element = etree.SubElement(parent, f"{{{DS}}}Transform", {"Algorithm": transform.algorithm})
    if transform.prefixes:
        etree.SubElement(element, _INCLUSIVE, {"PrefixList": " ".join(transform.prefixes)}, nsmap={"ec": EC})
