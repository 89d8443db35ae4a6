"""
Security tokens: how a message names a certificate (as4.md 3.2).

A token only proposes a certificate.  It counts when it is one of those on file for the party.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final

from cryptography import x509
from lxml import etree

from oots.canonical_text import element
from oots.errors import FailedAuthentication, PolicyNoncompliance
from oots.wssec.algorithms import BASE64_BINARY, THUMBPRINT_SHA1, X509_PKI_PATH, X509_SKI, X509_V3
from oots.wssec.keys import base64_der, der, subject_key_identifier, thumbprint_sha1
from oots.xml import DS, WSSE, Element

_STR: Final = f"{{{WSSE}}}SecurityTokenReference"
_TOKEN_NAME: Final = f"{{{WSSE}}}BinarySecurityToken"


def write_token(certificate: x509.Certificate, token_id: str) -> str:
    """Write the certificate as a `wsse:BinarySecurityToken` of type X509v3."""
    attributes = f'EncodingType="{BASE64_BINARY}" ValueType="{X509_V3}" wsu:Id="{token_id}"'
    return f"<wsse:BinarySecurityToken {attributes}>{base64_der(certificate)}</wsse:BinarySecurityToken>"


def write_token_reference(token_id: str) -> str:
    """Write a `ds:KeyInfo` that points at a token."""
    reference = element("wsse:Reference", URI=f"#{token_id}", ValueType=X509_V3)
    return element("ds:KeyInfo", element("wsse:SecurityTokenReference", reference))


def resolve(
    key_info: Element, by_id: Callable[[str], Element], on_file: Sequence[x509.Certificate]
) -> x509.Certificate:
    """
    Give the certificate on file that a `ds:KeyInfo` names, by whichever of the six ways.

    `by_id` finds an element of the same envelope.  Raises `FailedAuthentication` when it is not one of those `on_file`,
    `PolicyNoncompliance` when it is named in a way that the profile does not know.
    """
    matches = _matcher(key_info, by_id)
    for certificate in on_file:
        if matches(certificate):
            return certificate
    raise FailedAuthentication("the certificate that the signature names is not on file for the sending party")


def _matcher(key_info: Element, by_id: Callable[[str], Element]) -> Callable[[x509.Certificate], bool]:
    holder = _only_child(key_info)
    if holder.tag == _STR:
        holder = _only_child(holder)
    if holder.tag == f"{{{WSSE}}}Reference":
        token = by_id(holder.get("URI", "").removeprefix("#"))
        leaf = _leaf_of_token(token, holder.get("ValueType"))
        return lambda certificate: der(certificate) == leaf
    if holder.tag == f"{{{WSSE}}}KeyIdentifier":
        return _key_identifier(holder)
    if holder.tag == f"{{{DS}}}X509Data":
        return _x509_data(holder)
    raise _unknown_token()


def _key_identifier(element: Element) -> Callable[[x509.Certificate], bool]:
    value = _base64(element)
    match element.get("ValueType"):
        case algorithm if algorithm == X509_SKI:
            return lambda certificate: subject_key_identifier(certificate) == value
        case algorithm if algorithm == THUMBPRINT_SHA1:
            return lambda certificate: thumbprint_sha1(certificate) == value
        case algorithm if algorithm == X509_V3:
            return lambda certificate: der(certificate) == value
    raise _unknown_token()


def _x509_data(element: Element) -> Callable[[x509.Certificate], bool]:
    embedded = element.find(f"{{{DS}}}X509Certificate")
    if embedded is not None:
        leaf = _base64(embedded)
        return lambda certificate: der(certificate) == leaf
    ski = element.find(f"{{{DS}}}X509SKI")
    if ski is not None:
        identifier = _base64(ski)
        return lambda certificate: subject_key_identifier(certificate) == identifier
    serial = element.find(f"{{{DS}}}X509IssuerSerial/{{{DS}}}X509SerialNumber")
    if serial is not None and (serial.text or "").strip().isascii() and (serial.text or "").strip().isdigit():
        # Stacks write the issuer in half a dozen ways.  Among the few certificates on file for one party the serial
        # number finds the one to try, and only its key can make the signature hold.
        number = int((serial.text or "").strip()[:60])
        return lambda certificate: certificate.serial_number == number
    raise _unknown_token()


def _leaf_of_token(token: Element, value_type: str | None) -> bytes:
    if token.tag != _TOKEN_NAME:
        raise PolicyNoncompliance("a token reference does not point at a wsse:BinarySecurityToken")
    kind = token.get("ValueType") or value_type or X509_V3
    if kind == X509_V3:
        return _base64(token)
    if kind == X509_PKI_PATH:
        return _leaf_of_path(_base64(token))
    raise _unknown_token()


def _leaf_of_path(path: bytes) -> bytes:
    """Give the last certificate of a PkiPath: SEQUENCE OF Certificate, trust anchor side first (X.509, 10.8)."""
    start, end = _tlv(path, 0)
    if end != len(path):
        raise _malformed_token()
    leaf = b""
    while start < end:
        _, after = _tlv(path, start)
        leaf = path[start:after]
        start = after
    if not leaf or start != end:
        raise _malformed_token()
    return leaf


def _tlv(data: bytes, at: int) -> tuple[int, int]:
    """Give where the content of the DER SEQUENCE at `at` starts and ends."""
    if len(data) < at + 2 or data[at] != 0x30:
        raise _malformed_token()
    length, start = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise _malformed_token()
        length, start = int.from_bytes(data[start : start + size]), start + size
    if start + length > len(data):
        raise _malformed_token()
    return start, start + length


def _only_child(element: Element) -> Element:
    children = list(element.iterchildren("*"))
    if len(children) != 1:
        raise PolicyNoncompliance(f"{etree.QName(element).localname} has {len(children)} children, one is expected")
    return children[0]


def _base64(element: Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed_token() from error


def _malformed_token() -> PolicyNoncompliance:
    return PolicyNoncompliance("a security token is malformed")


def _unknown_token() -> PolicyNoncompliance:
    return PolicyNoncompliance("the signature names its certificate in a way that the profile does not know")
