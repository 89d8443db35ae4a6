"""Every way to name a certificate (as4.md 3.2); the other stack signs, and we look the signer up."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from oots.ebms.envelope import read_envelope
from oots.errors import FailedAuthentication, OotsError, PolicyNoncompliance
from oots.pki import Authority, issue_message_certificate, new_authority, new_ec_key, new_rsa_key
from oots.wssec.signature import Signed, verify
from tests.as4.parties import NOW, AccessPoint, as_stranger
from tests.as4.stranger import (
    BASE64,
    DS,
    X509_V3,
    Identity,
    Letter,
    base64_of,
    binary_token,
    der_of,
    security_token_reference,
    token,
    token_reference,
)

X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
PKI_PATH = f' ValueType="{X509}X509PKIPathv1"'
SKI = f"{X509}X509SubjectKeyIdentifier"
THUMBPRINT = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How a signature names its certificate: tokens before it, and the content of `ds:KeyInfo`."""

    key_info: str
    tokens: str = ""


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Stands above the signer."""
    return new_authority("Test-only authority", now=NOW)


@pytest.fixture(scope="session")
def signer(authority: Authority) -> Identity:
    """Signs."""
    key = new_rsa_key(2048)
    certificate = issue_message_certificate(authority, "Signer, with a comma", key, now=NOW)
    return Identity(party_id="AP_AA_01", private_key=key, certificate=certificate)


def verified(signer: Identity, named: Named, *on_file: x509.Certificate) -> Signed:
    """Sign a message without payload, and verify it."""
    letter = Letter(sender=signer, receiver=signer, key_info=named.key_info, tokens=named.tokens)
    envelope = read_envelope(letter.envelope())
    return verify(envelope.root, envelope.security, {}, on_file=on_file, now=NOW)


def pki_path(*certificates: x509.Certificate) -> bytes:
    """Encode a PkiPath: SEQUENCE OF Certificate."""
    content = b"".join(map(der_of, certificates))
    return b"\x30\x82" + len(content).to_bytes(2) + content


def key_identifier(value: bytes, value_type: str) -> str:
    """Write a `wsse:KeyIdentifier` in its reference."""
    return security_token_reference(
        f'<wsse:KeyIdentifier EncodingType="{BASE64}" ValueType="{value_type}">{base64_of(value)}</wsse:KeyIdentifier>'
    )


def x509_data(content: str) -> str:
    """Write a `ds:X509Data`."""
    return f'<ds:X509Data xmlns:ds="{DS}">{content}</ds:X509Data>'


def ski_of(certificate: x509.Certificate) -> bytes:
    """Give the identifier in the extension."""
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def issuer_serial(certificate: x509.Certificate) -> str:
    """Write a `ds:X509IssuerSerial`."""
    return (
        "<ds:X509IssuerSerial><ds:X509IssuerName>CN=Test-only authority</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></ds:X509IssuerSerial>"
    )


def ways_to_name(certificate: x509.Certificate, above: x509.Certificate) -> dict[str, Named]:
    """Give every way that we know."""
    path = binary_token(pki_path(above, certificate), "T", value_type=PKI_PATH)
    return {
        "token": Named(tokens=token(certificate, "T"), key_info=token_reference("T")),
        "token without types": Named(
            tokens=token(certificate, "T", value_type=""), key_info=token_reference("T", value_type="")
        ),
        "token with line breaks": Named(
            tokens=token(certificate, "T").replace("A", "A\n"), key_info=token_reference("T")
        ),
        "token behind another token": Named(
            tokens=token(above, "G") + token(certificate, "T"), key_info=token_reference("T")
        ),
        "path": Named(tokens=path, key_info=token_reference("T", value_type=PKI_PATH)),
        "path of one": Named(
            tokens=binary_token(pki_path(certificate), "T", value_type=PKI_PATH), key_info=token_reference("T")
        ),
        "subject key identifier": Named(key_info=key_identifier(ski_of(certificate), SKI)),
        "thumbprint": Named(key_info=key_identifier(certificate.fingerprint(hashes.SHA1()), THUMBPRINT)),
        "key identifier with the certificate": Named(key_info=key_identifier(der_of(certificate), X509_V3)),
        "issuer and serial number": Named(key_info=security_token_reference(x509_data(issuer_serial(certificate)))),
        "issuer and serial number without reference": Named(key_info=x509_data(issuer_serial(certificate))),
        "embedded certificate": Named(
            key_info=x509_data(f"<ds:X509Certificate>{base64_of(der_of(certificate))}</ds:X509Certificate>")
        ),
        "embedded subject key identifier": Named(
            key_info=x509_data(f"<ds:X509SKI>{base64_of(ski_of(certificate))}</ds:X509SKI>")
        ),
    }


# Certificates differ from run to run, the names of the ways do not.
WAYS = (
    "token",
    "token without types",
    "token with line breaks",
    "token behind another token",
    "path",
    "path of one",
    "subject key identifier",
    "thumbprint",
    "key identifier with the certificate",
    "issuer and serial number",
    "issuer and serial number without reference",
    "embedded certificate",
    "embedded subject key identifier",
)


def test_no_way_is_left_untried(signer: Identity, authority: Authority) -> None:
    assert tuple(ways_to_name(signer.certificate, authority.certificate)) == WAYS


@pytest.mark.parametrize("way", WAYS)
def test_a_signer_on_file_is_found_by(way: str, signer: Identity, authority: Authority, mallory: AccessPoint) -> None:
    named = ways_to_name(signer.certificate, authority.certificate)[way]

    signed = verified(signer, named, mallory.keys.certificate, signer.certificate)

    assert signed.certificate == signer.certificate


@pytest.mark.parametrize("way", WAYS)
def test_a_signer_who_is_not_on_file_proves_nothing_by(
    way: str, signer: Identity, authority: Authority, mallory: AccessPoint
) -> None:
    named = ways_to_name(signer.certificate, authority.certificate)[way]

    # An issuer on file does not vouch for those below: certificates are pinned.
    with pytest.raises(FailedAuthentication, match="not on file"):
        verified(signer, named, mallory.keys.certificate, authority.certificate)


@pytest.mark.parametrize("way", WAYS)
def test_naming_somebody_on_file_does_not_make_his_signature(
    way: str, signer: Identity, authority: Authority, mallory: AccessPoint
) -> None:
    named = ways_to_name(signer.certificate, authority.certificate)[way]

    with pytest.raises(FailedAuthentication, match="does not hold"):
        verified(as_stranger(mallory), named, signer.certificate)


def test_without_the_extension_the_key_itself_is_identified(authority: Authority) -> None:
    key = new_rsa_key(2048)
    bare = (
        x509.CertificateBuilder()
        .subject_name(authority.certificate.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(authority.key, hashes.SHA256())
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    signer = Identity(party_id="AP_AA_01", private_key=key, certificate=bare)

    # The certificate has no KeyUsage either, as those of test networks: nothing is restricted then.
    assert verified(signer, Named(key_info=key_identifier(identifier, SKI)), bare).certificate == bare


UNKNOWN = {
    "nothing": Named(key_info=""),
    "two things": Named(key_info=token_reference("T") + token_reference("T"), tokens="$token"),
    "an empty reference": Named(key_info=security_token_reference("")),
    "two references in one": Named(
        key_info=security_token_reference('<wsse:Reference URI="#T"/><wsse:Reference URI="#T"/>'), tokens="$token"
    ),
    "a token that is not there": Named(key_info=token_reference("T")),
    "a reference to nothing": Named(key_info=security_token_reference("<wsse:Reference/>"), tokens="$token"),
    "a token that is no token": Named(key_info=token_reference("SIG-1")),
    "a token in PKCS#7": Named(
        tokens=binary_token(b"1", "T", value_type=f' ValueType="{X509}PKCS7"'), key_info=token_reference("T")
    ),
    "a token that is no base64": Named(
        tokens=binary_token(b"", "T", value_type="").replace("></", ">é</"), key_info=token_reference("T")
    ),
    "a key value": Named(key_info=f'<ds:KeyValue xmlns:ds="{DS}"/>'),
    "a key name": Named(key_info=f'<ds:KeyName xmlns:ds="{DS}">AP_AA_01</ds:KeyName>'),
    "an unknown identifier": Named(key_info=key_identifier(b"1", "urn:other")),
    "an identifier without type": Named(key_info=key_identifier(b"1", "")),
    "a subject name": Named(key_info=x509_data("<ds:X509SubjectName>CN=Signer</ds:X509SubjectName>")),
    "a serial number that is none": Named(
        key_info=x509_data("<ds:X509IssuerSerial><ds:X509SerialNumber>-1</ds:X509SerialNumber></ds:X509IssuerSerial>")
    ),
    "a serial number in other digits": Named(
        key_info=x509_data("<ds:X509IssuerSerial><ds:X509SerialNumber>١</ds:X509SerialNumber></ds:X509IssuerSerial>")
    ),
    **{
        f"a path that is {what}": Named(
            tokens=binary_token(path, "T", value_type=PKI_PATH), key_info=token_reference("T", value_type=PKI_PATH)
        )
        for what, path in {
            "empty": b"",
            "no sequence": b"\x31\x00",
            "without content": b"\x30\x00",
            "longer than it is": b"\x30\x84\xff\xff\xff\xff",
            "of unknown length": b"\x30\x80\x00\x00",
            "followed by something": b"\x30\x02\x30\x00\x00",
            "a path of something else": b"\x30\x02\x02\x00",
        }.items()
    },
}


@pytest.mark.parametrize("named", UNKNOWN.values(), ids=UNKNOWN)
def test_a_certificate_is_not_named_by(named: Named, signer: Identity) -> None:
    tokens = named.tokens.replace("$token", token(signer.certificate, "T"))

    with pytest.raises(PolicyNoncompliance):
        verified(signer, replace(named, tokens=tokens), signer.certificate)


def test_the_type_of_a_token_counts(signer: Identity, authority: Authority) -> None:
    path = pki_path(authority.certificate, signer.certificate)
    named = Named(tokens=binary_token(path, "T", value_type=f' ValueType="{X509}PKCS7"'), key_info=token_reference("T"))

    with pytest.raises(PolicyNoncompliance):
        verified(signer, named, signer.certificate)


def refusal_of(certificate: x509.Certificate, signer: Identity) -> type[OotsError]:
    """Sign with another certificate for the same key, and give the refusal."""
    other = replace(signer, certificate=certificate)
    with pytest.raises(OotsError) as caught:
        verified(other, Named(tokens=token(certificate, "T"), key_info=token_reference("T")), certificate)
    return type(caught.value)


def test_a_certificate_that_is_not_valid_now_is_refused(signer: Identity, authority: Authority) -> None:
    for moment in (NOW - timedelta(days=31), NOW + timedelta(minutes=11)):
        certificate = issue_message_certificate(authority, "Signer", signer.private_key, now=moment)

        assert refusal_of(certificate, signer) is FailedAuthentication


def test_clocks_may_differ_by_five_minutes(signer: Identity, authority: Authority) -> None:
    # Certificates are dated back by five minutes when they are issued.
    for moment in (NOW - timedelta(days=30, minutes=4), NOW + timedelta(minutes=9)):
        certificate = issue_message_certificate(authority, "Signer", signer.private_key, now=moment)
        named = Named(tokens=token(certificate, "T"), key_info=token_reference("T"))

        assert verified(replace(signer, certificate=certificate), named, certificate).certificate == certificate


def test_a_certificate_that_is_not_for_signatures_is_refused(signer: Identity, authority: Authority) -> None:
    key = signer.private_key.public_key()
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(authority.certificate.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(authority.key, hashes.SHA256())
    )

    assert refusal_of(certificate, signer) is FailedAuthentication


def test_a_key_that_is_too_short_or_of_another_kind_is_refused(authority: Authority, signer: Identity) -> None:
    short, curve = new_rsa_key(1024), new_ec_key()
    assert isinstance(curve, ec.EllipticCurvePrivateKey)
    for key in (short, curve):
        certificate = issue_message_certificate(authority, "Signer", key, now=NOW)  # type: ignore[arg-type]

        assert refusal_of(certificate, signer) is FailedAuthentication
