"""
Another stack: composes, signs and encrypts as Domibus does (as4.md 3.7), with lxml and cryptography alone.

Nothing of `oots` is used, so that a mistake there does not meet itself here; and unlike `oots`, this one also signs
what nobody should sign.  The same letter gives the same bytes, always.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

S12: Final = "http://www.w3.org/2003/05/soap-envelope"
EB: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = _WSS + "wssecurity-secext-1.0.xsd"
WSU: Final = _WSS + "wssecurity-utility-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"

BASE64: Final = _WSS + "soap-message-security-1.0#Base64Binary"
X509_V3: Final = _WSS + "x509-token-profile-1.0#X509v3"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1: Final = DS + "rsa-sha1"
SHA256: Final = XENC + "sha256"
SHA1: Final = DS + "sha1"
_SWA: Final = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#"
CONTENT_SIGNATURE: Final = _SWA + "Attachment-Content-Signature-Transform"
CONTENT_ONLY: Final = _SWA + "Attachment-Content-Only"
CIPHERTEXT: Final = _SWA + "Attachment-Ciphertext-Transform"
ENCRYPTED_KEY: Final = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey"
OAEP: Final = XENC11 + "rsa-oaep"
OAEP_MGF1P: Final = XENC + "rsa-oaep-mgf1p"
RSA_1_5: Final = XENC + "rsa-1_5"
MGF1_SHA256: Final = XENC11 + "mgf1sha256"
AES128_GCM: Final = XENC11 + "aes128-gcm"
AES128_CBC: Final = XENC + "aes128-cbc"
OCTETS: Final = "application/octet-stream"
GATEWAY: Final = "http://sdg.europa.eu/edelivery/gateway"
PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots"

_HASHES: Final = {SHA256: hashlib.sha256, SHA1: hashlib.sha1}
_SIGNATURE_HASHES: Final = {RSA_SHA256: hashes.SHA256(), RSA_SHA1: hashes.SHA1()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A party with its key."""

    party_id: str
    private_key: rsa.RSAPrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One payload at the moment when it is signed: compressed, if it is to be compressed, and not yet encrypted."""

    content_id: str
    content: bytes
    mime_type: str
    compressed: bool = False
    wire_type: str = OCTETS
    """`xenc:EncryptedData/@MimeType`."""
    digested: bytes | None = None
    """What is digested instead of the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A user message and how it is secured.  The defaults are what Domibus does; an attack changes one of them."""

    sender: Identity
    receiver: Identity
    payloads: tuple[Sealed, ...] = ()
    seed: str = "1"
    """Everything that would be random is derived from it."""

    message_id: str = "11111111-1111-11f1-8111-111111111111@domibus.eu"
    timestamp: str = "2026-11-23T07:59:58.123Z"
    action: str = "ExecuteQueryResponse"
    to_party: str | None = None

    signer: Identity | None = None
    tokens: str | None = None
    """XML of the tokens before the signature."""
    key_info: str | None = None
    """XML inside `ds:KeyInfo`."""
    references: tuple[str, ...] | None = None
    """XML of the references, when they are not Body, Messaging and all payloads."""
    canonicalization: str = EXC_C14N
    prefixes: str = "env"
    transform: str = EXC_C14N
    digest_method: str = SHA256
    signature_method: str = RSA_SHA256

    encrypt_to: x509.Certificate | None = None
    key_transport: str = OAEP
    content_encryption: str = AES128_GCM

    @property
    def messaging_id(self) -> str:
        """Name `eb:Messaging`."""
        return "_1" + hashlib.sha256(self.message_id.encode()).hexdigest()

    @property
    def body_id(self) -> str:
        """Name the Body."""
        return "_2" + hashlib.sha256(self.message_id.encode()).hexdigest()

    def packed(self) -> tuple[str, bytes]:
        """Give Content-Type and body of the request."""
        return multipart(self.envelope(), self.parts())

    def envelope(self) -> bytes:
        """Give the envelope, signed and with what a receiver needs to decrypt the parts."""
        return self.with_encryption(self.signed())

    def signed(self) -> bytes:
        """Give the envelope with its signature."""
        signer = self.signer or self.sender
        tokens = token(signer.certificate, "X509-1") if self.tokens is None else self.tokens
        security = tokens + signature(
            self.references or self.all_references(),
            self.key_info or token_reference("X509-1"),
            canonicalization=self.canonicalization,
            prefixes=self.prefixes,
            method=self.signature_method,
        )
        text = (
            f'<env:Envelope xmlns:env="{S12}"><env:Header>'
            f'<eb:Messaging xmlns:eb="{EB}" xmlns:wsu="{WSU}" env:mustUnderstand="true" wsu:Id="{self.messaging_id}">'
            f"{user_message(self)}</eb:Messaging>"
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" env:mustUnderstand="true">{security}</wsse:Security>'
            f'</env:Header><env:Body xmlns:wsu="{WSU}" wsu:Id="{self.body_id}"/></env:Envelope>'
        )
        return sign(
            text.encode(), signer.private_key, {unquote(payload.content_id): payload for payload in self.payloads}
        )

    def all_references(self) -> tuple[str, ...]:
        """Give what a signature has to cover."""
        return (
            reference(f"#{self.body_id}", self.transform, digest_method=self.digest_method),
            reference(f"#{self.messaging_id}", self.transform, digest_method=self.digest_method),
            *(
                reference(f"cid:{payload.content_id}", CONTENT_SIGNATURE, digest_method=self.digest_method)
                for payload in self.payloads
            ),
        )

    def with_encryption(self, signed: bytes) -> bytes:
        """Put what a receiver needs to decrypt the parts at the head of the security header."""
        if not self.payloads:
            return signed
        at = signed.index(b">", signed.index(b"<wsse:Security")) + 1
        return signed[:at] + self._encryption().encode() + signed[at:]

    def parts(self) -> list[tuple[str, str, bytes]]:
        """Give content id, type and encrypted content of the MIME parts."""
        return [(payload.content_id, OCTETS, self._encrypted(payload)) for payload in self.payloads]

    def _encryption(self) -> str:
        recipient = self.encrypt_to or self.receiver.certificate
        names = [f"ED-{number}" for number, _ in enumerate(self.payloads, 1)]
        blocks = [
            encrypted_data(name, payload.content_id, payload.wire_type, self.content_encryption)
            for name, payload in zip(names, self.payloads, strict=True)
        ]
        wrapped = wrap_key(recipient, self._session_key(), self.key_transport, seed=self.seed)
        # WSS4J writes the blocks in reverse.
        return (
            token(recipient, "G-1")
            + encrypted_key("EK-1", "G-1", wrapped, names, self.key_transport)
            + "".join(reversed(blocks))
        )

    def _session_key(self) -> bytes:
        return derived(f"{self.seed} session key", 16)

    def _encrypted(self, payload: Sealed) -> bytes:
        iv = derived(f"{self.seed} iv {payload.content_id}", 12 if self.content_encryption == AES128_GCM else 16)
        if self.content_encryption == AES128_GCM:
            return iv + AESGCM(self._session_key()).encrypt(iv, payload.content, None)
        filler = 16 - len(payload.content) % 16
        encryptor = Cipher(AES128(self._session_key()), CBC(iv)).encryptor()
        return iv + encryptor.update(payload.content + bytes([filler] * filler)) + encryptor.finalize()


# --- the header -------------------------------------------------------------------------------------------------------


def user_message(letter: Letter) -> str:
    """Write `eb:UserMessage` as Domibus did in 2023: properties in any order and without types, no ExchangeId."""
    return (
        f'<eb:UserMessage mpc="{EB}defaultMPC"><eb:MessageInfo><eb:Timestamp>{letter.timestamp}</eb:Timestamp>'
        f"<eb:MessageId>{letter.message_id}</eb:MessageId></eb:MessageInfo><eb:PartyInfo>"
        f'<eb:From><eb:PartyId type="{PARTY_TYPE}">{letter.sender.party_id}</eb:PartyId>'
        f"<eb:Role>{GATEWAY}</eb:Role></eb:From>"
        f'<eb:To><eb:PartyId type="{PARTY_TYPE}">{letter.to_party or letter.receiver.party_id}</eb:PartyId>'
        f"<eb:Role>{GATEWAY}</eb:Role></eb:To></eb:PartyInfo><eb:CollaborationInfo>"
        f'<eb:Service type="urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0">QueryManager</eb:Service>'
        f"<eb:Action>{letter.action}</eb:Action>"
        f"<eb:ConversationId>5d8f0c3e-2b1a-4c6d-9e7f-0a1b2c3d4e5f</eb:ConversationId></eb:CollaborationInfo>"
        f'<eb:MessageProperties><eb:Property name="finalRecipient">C4-{letter.receiver.party_id}</eb:Property>'
        f'<eb:Property name="originalSender">C1-{letter.sender.party_id}</eb:Property></eb:MessageProperties>'
        f"{_payload_info(letter.payloads)}</eb:UserMessage>"
    )


def _payload_info(payloads: Sequence[Sealed]) -> str:
    parts = "".join(
        f'<eb:PartInfo href="cid:{payload.content_id}"><eb:PartProperties>'
        f'<eb:Property name="MimeType">{payload.mime_type}</eb:Property>'
        + ('<eb:Property name="CompressionType">application/gzip</eb:Property>' if payload.compressed else "")
        + "</eb:PartProperties></eb:PartInfo>"
        for payload in payloads
    )
    return f"<eb:PayloadInfo>{parts}</eb:PayloadInfo>" if parts else ""


# --- tokens and signature ---------------------------------------------------------------------------------------------


def base64_of(content: bytes) -> str:
    """Give base64 as text."""
    return base64.b64encode(content).decode("ascii")


def der_of(certificate: x509.Certificate) -> bytes:
    """Give a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)


def token(certificate: x509.Certificate, name: str, *, value_type: str = f' ValueType="{X509_V3}"') -> str:
    """Write a `wsse:BinarySecurityToken`."""
    return binary_token(der_of(certificate), name, value_type=value_type)


def binary_token(content: bytes, name: str, *, value_type: str) -> str:
    """Write a `wsse:BinarySecurityToken` of any content."""
    return (
        f'<wsse:BinarySecurityToken xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" EncodingType="{BASE64}"{value_type}'
        f' wsu:Id="{name}">{base64_of(content)}</wsse:BinarySecurityToken>'
    )


def token_reference(name: str, *, value_type: str = f' ValueType="{X509_V3}"') -> str:
    """Point at a token."""
    return security_token_reference(f'<wsse:Reference URI="#{name}"{value_type}/>')


def security_token_reference(content: str) -> str:
    """Write a `wsse:SecurityTokenReference`."""
    return (
        f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" wsu:Id="STR-1">{content}'
        "</wsse:SecurityTokenReference>"
    )


def reference(
    uri: str, transform: str, *, prefixes: str = "", digest_method: str = SHA256, digest_value: str = ""
) -> str:
    """Write a `ds:Reference`; an empty digest is filled in by `sign`."""
    return (
        f'<ds:Reference URI="{uri}"><ds:Transforms><ds:Transform Algorithm="{transform}">{_inclusive(prefixes)}'
        f'</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"/>'
        f"<ds:DigestValue>{digest_value}</ds:DigestValue></ds:Reference>"
    )


def signature(
    references: Sequence[str],
    key_info: str,
    *,
    canonicalization: str = EXC_C14N,
    prefixes: str = "",
    method: str = RSA_SHA256,
) -> str:
    """Write a `ds:Signature`; its empty value is filled in by `sign`."""
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="SIG-1"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{canonicalization}">{_inclusive(prefixes)}</ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{"".join(references)}</ds:SignedInfo>'
        f'<ds:SignatureValue/><ds:KeyInfo Id="KI-1">{key_info}</ds:KeyInfo></ds:Signature>'
    )


def _inclusive(prefixes: str) -> str:
    return f'<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="{prefixes}"/>' if prefixes else ""


def sign(document: bytes, private_key: rsa.RSAPrivateKey, payloads: Mapping[str, Sealed]) -> bytes:
    """Fill in the empty digests of the only signature, and then its value."""
    root = etree.fromstring(document)
    for element in root.iterfind(f".//{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference"):
        value = element.find(f"{{{DS}}}DigestValue")
        if not value.text:
            digest = _HASHES[element.find(f"{{{DS}}}DigestMethod").get("Algorithm")]
            value.text = base64_of(digest(_octets(root, element, payloads)).digest())
    # Parsed anew: of a tree that was built in memory, libxml2 forgets prefixes that only a PrefixList names.
    root = etree.fromstring(etree.tostring(root))
    method = root.find(f".//{{{DS}}}SignatureMethod").get("Algorithm")
    signed_info = root.find(f".//{{{DS}}}SignedInfo")
    octets = _canonical(signed_info, signed_info.find(f"{{{DS}}}CanonicalizationMethod"))
    value = private_key.sign(octets, padding.PKCS1v15(), _SIGNATURE_HASHES.get(method, hashes.SHA256()))
    root.find(f".//{{{DS}}}SignatureValue").text = base64_of(value)
    return etree.tostring(root)


def _octets(root: etree._Element, element: etree._Element, payloads: Mapping[str, Sealed]) -> bytes:
    uri = element.get("URI")
    if uri.startswith("cid:"):
        payload = payloads[unquote(uri.removeprefix("cid:"))]
        return payload.content if payload.digested is None else payload.digested
    found = root.xpath("//*[@wsu:Id=$id or @Id=$id or @id=$id]", namespaces={"wsu": WSU}, id=uri.removeprefix("#"))
    return _canonical(found[0], element.find(f"{{{DS}}}Transforms/{{{DS}}}Transform"))


def _canonical(element: etree._Element, method: etree._Element) -> bytes:
    inclusive = method.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
    prefixes = None if inclusive is None else inclusive.get("PrefixList").split()
    return etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes, with_comments=False)


# --- encryption -------------------------------------------------------------------------------------------------------


def encrypted_key(name: str, token_name: str, wrapped: bytes, references: Sequence[str], transport: str) -> str:
    """Write an `xenc:EncryptedKey` for the owner of a token."""
    parameters = (
        f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{SHA256}"/>'
        f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{MGF1_SHA256}"/>'
        if transport == OAEP
        else ""
    )
    listed = "".join(f'<xenc:DataReference URI="#{reference}"/>' for reference in references)
    return (
        f'<xenc:EncryptedKey xmlns:xenc="{XENC}" Id="{name}">'
        f'<xenc:EncryptionMethod Algorithm="{transport}">{parameters}</xenc:EncryptionMethod>'
        f'<ds:KeyInfo xmlns:ds="{DS}"><wsse:SecurityTokenReference xmlns:wsse="{WSSE}">'
        f'<wsse:Reference URI="#{token_name}" ValueType="{X509_V3}"/></wsse:SecurityTokenReference></ds:KeyInfo>'
        f"<xenc:CipherData><xenc:CipherValue>{base64_of(wrapped)}</xenc:CipherValue></xenc:CipherData>"
        f"<xenc:ReferenceList>{listed}</xenc:ReferenceList></xenc:EncryptedKey>"
    )


def encrypted_data(name: str, content_id: str, mime_type: str, algorithm: str) -> str:
    """Write the `xenc:EncryptedData` of a MIME part."""
    return (
        f'<xenc:EncryptedData xmlns:xenc="{XENC}" Id="{name}" MimeType="{mime_type}" Type="{CONTENT_ONLY}">'
        f'<xenc:EncryptionMethod Algorithm="{algorithm}"/><ds:KeyInfo xmlns:ds="{DS}">'
        f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}" xmlns:wsse11="{WSSE11}" wsse11:TokenType="{ENCRYPTED_KEY}">'
        f'<wsse:Reference URI="#EK-1"/></wsse:SecurityTokenReference></ds:KeyInfo><xenc:CipherData>'
        f'<xenc:CipherReference URI="cid:{content_id}"><xenc:Transforms>'
        f'<ds:Transform xmlns:ds="{DS}" Algorithm="{CIPHERTEXT}"/></xenc:Transforms></xenc:CipherReference>'
        f"</xenc:CipherData></xenc:EncryptedData>"
    )


def derived(text: str, size: int) -> bytes:
    """Give bytes that look random, and are the same every time."""
    return hashlib.shake_256(text.encode()).digest(size)


def wrap_key(certificate: x509.Certificate, secret: bytes, transport: str, *, seed: str) -> bytes:
    """Encrypt a key for the owner of a certificate, without chance (RFC 8017, 7.1.1 and 7.2.1)."""
    public_key = certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    size = public_key.key_size // 8
    if transport == RSA_1_5:
        filler = derived(f"{seed} filler", size - 3 - len(secret)).replace(b"\0", b"\1")
        block = b"\0\2" + filler + b"\0" + secret
    else:
        block = _oaep(secret, size, hashlib.sha256 if transport == OAEP else hashlib.sha1, seed)
    numbers = public_key.public_numbers()
    return pow(int.from_bytes(block), numbers.e, numbers.n).to_bytes(size)


def _oaep(secret: bytes, size: int, digest: type, seed: str) -> bytes:
    width = digest().digest_size
    salt = derived(f"{seed} salt", width)
    block = digest(b"").digest() + b"\0" * (size - len(secret) - 2 * width - 2) + b"\1" + secret
    masked_block = _masked(block, salt, digest)
    return b"\0" + _masked(salt, masked_block, digest) + masked_block


def _masked(content: bytes, seed: bytes, digest: type) -> bytes:
    mask = b"".join(digest(seed + number.to_bytes(4)).digest() for number in range(len(content) // 20 + 1))
    return bytes(left ^ right for left, right in zip(content, mask, strict=False))


# --- MIME -------------------------------------------------------------------------------------------------------------


def multipart(envelope: bytes, parts: Sequence[tuple[str, str, bytes]]) -> tuple[str, bytes]:
    """Give Content-Type and body as CXF writes them."""
    root = "root.message@cxf.apache.org"
    boundary = "uuid:6e7c3b1a-0000-4000-8000-000000000001"
    declaration = b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
    everything = [(root, "application/soap+xml; charset=UTF-8", declaration + envelope), *parts]
    body = b"".join(
        f"\r\n--{boundary}\r\nContent-Type: {mime_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{content_id}>\r\n\r\n".encode()
        + content
        for content_id, mime_type, content in everything
    )
    content_type = (
        f'multipart/related; type="application/soap+xml"; boundary="{boundary}"; start="<{root}>";'
        ' start-info="application/soap+xml"'
    )
    return content_type, body + f"\r\n--{boundary}--".encode()
