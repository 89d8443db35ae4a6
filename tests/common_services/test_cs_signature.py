import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from oots.codes import SignatureStep
from oots.common_services.certificate_path import Trust
from oots.common_services.signature import (
    MAX_SIGNATURE,
    RESPONSE_SIG,
    Signer,
    SigningKey,
    Verified,
    sign_detached,
    verify_detached,
)
from oots.errors import OperatorError, UntrustedAnswer
from tests.vectors.signed_answers.make_signed_answers import AUTHORITY, FOLDER, ROOT, SIGNER, vectors
from tests.vectors.signed_answers.signing import BODY, Holder, issued

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
VECTORS = sorted(folder for folder in FOLDER.iterdir() if (folder / "expected").is_file())
TRUST = Trust(roots=(ROOT.certificate,))


def _fields(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


def _verify(folder: Path, *, at: datetime = AT) -> Verified:
    return verify_detached(
        (folder / "body.xml").read_bytes(),
        _fields((folder / "headers.txt").read_text()),
        trust=Trust(roots=tuple(x509.load_pem_x509_certificates((folder / "trust.pem").read_bytes()))),
        at=at,
    )


def _signer(key: SigningKey | None = None, chain: tuple[Holder, ...] = (SIGNER, AUTHORITY, ROOT)) -> Signer:
    held = SIGNER.key if key is None else key
    return Signer(held, [holder.certificate for holder in chain])


@pytest.mark.parametrize("folder", VECTORS, ids=lambda folder: folder.name)
def test_an_answer_is_believed_or_the_step_that_failed_is_named(folder: Path) -> None:
    expected = (folder / "expected").read_text().strip()

    if expected == "believed":
        _verify(folder)
        return
    with pytest.raises(UntrustedAnswer, match=f"{expected}: ") as refused:
        _verify(folder)
    assert refused.value.step.value == expected


def test_every_step_has_an_answer_that_fails_there() -> None:
    expected = {(folder / "expected").read_text().strip() for folder in VECTORS}

    # What the subject has to be is said by a setting, so answers on disk have none.
    assert expected == {"believed", *(step.value for step in SignatureStep)} - {SignatureStep.SUBJECT.value}


def test_the_script_still_makes_these_bytes() -> None:
    made = vectors()

    assert sorted([*made, "published"]) == [folder.name for folder in VECTORS]
    for name, vector in made.items():
        for file, content in vector.answer.files().items():
            assert (FOLDER / name / file).read_bytes() == content, f"{name}/{file}"


def test_the_published_vector_tells_who_signed_and_when() -> None:
    verified = _verify(FOLDER / "published")

    assert verified.certificate.subject.rfc4514_string() == "CN=OOTS demo CS"
    assert verified.algorithm == "ES256"
    assert verified.signed_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("at", [datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)])
def test_the_published_vector_is_believed_to_the_last_second_of_its_certificate(at: datetime) -> None:
    assert _verify(FOLDER / "published", at=at).algorithm == "ES256"


@pytest.mark.parametrize("at", [datetime(2025, 12, 31, tzinfo=UTC), datetime(2036, 1, 2, tzinfo=UTC)])
def test_the_published_vector_is_not_believed_outside_the_time_of_its_certificate(at: datetime) -> None:
    with pytest.raises(UntrustedAnswer, match="path: the certificate is not valid at the time asked for"):
        _verify(FOLDER / "published", at=at)


def test_the_header_of_the_published_vector_is_what_we_write_for_its_certificate() -> None:
    folder = FOLDER / "published"
    [certificate] = x509.load_pem_x509_certificates((folder / "trust.pem").read_bytes())
    protected = _fields((folder / "headers.txt").read_text())[RESPONSE_SIG].partition(".")[0]
    signer = _signer()
    signer._chain = (certificate,)

    written = signer.protected_header(datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC))

    assert base64.urlsafe_b64encode(written).rstrip(b"=").decode() == protected


@pytest.mark.parametrize(
    ("units", "lengths"),
    [
        (1, "3053 304d a44b 3049"),
        (2, "30819f 308198 a48195 308192"),
        (3, "3081e8 3081e1 a481de 3081db"),
        (4, "30820134 3082012c a4820128 30820124"),
    ],
)
def test_the_issuer_is_named_in_der_however_long_its_name_is(units: int, lengths: str) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "u" * 62)] * units)
    certificate = (
        x509.CertificateBuilder(issuer, issuer, key.public_key(), 128)
        .not_valid_before(AT)
        .not_valid_after(AT)
        .sign(key, None)
    )

    header = json.loads(Signer(key, [certificate]).protected_header(AT))

    kid = base64.b64decode(header["kid"])
    assert kid.startswith(bytes.fromhex(lengths))
    assert kid.endswith(bytes.fromhex("02020080"))


def test_what_is_signed_is_verified() -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)

    verified = verify_detached(BODY, fields, trust=TRUST, at=AT + timedelta(days=30))

    assert verified == Verified(certificate=SIGNER.certificate, algorithm="ES256", signed_at=AT)


def test_the_same_answer_has_the_same_signature() -> None:
    assert sign_detached(BODY, signer=_signer(), at=AT) == sign_detached(BODY, signer=_signer(), at=AT)


def test_an_ed25519_key_signs_with_eddsa() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    holder = issued("Ed25519", key, ROOT)
    fields = sign_detached(BODY, signer=_signer(key, (holder,)), at=AT)

    assert verify_detached(BODY, fields, trust=TRUST, at=AT).algorithm == "EdDSA"


def test_each_byte_of_the_signature_field_counts() -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)
    value = fields[RESPONSE_SIG]

    for position in range(0, len(value), 7):
        other = "A" if value[position] != "A" else "B"
        changed = fields | {RESPONSE_SIG: value[:position] + other + value[position + 1 :]}
        with pytest.raises(UntrustedAnswer):
            verify_detached(BODY, changed, trust=TRUST, at=AT)


def test_the_signature_field_cut_anywhere_is_refused() -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)
    value = fields[RESPONSE_SIG]

    for length in range(0, len(value), 11):
        with pytest.raises(UntrustedAnswer):
            verify_detached(BODY, fields | {RESPONSE_SIG: value[:length]}, trust=TRUST, at=AT)


def test_a_field_that_comes_twice_is_refused() -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)
    twice = fields | {"Digest": fields["digest"]}

    with pytest.raises(UntrustedAnswer, match="headers: digest stands 2 times"):
        verify_detached(BODY, twice, trust=TRUST, at=AT)


def test_a_field_that_is_not_ascii_is_refused() -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)

    with pytest.raises(UntrustedAnswer, match=f"longer than {MAX_SIGNATURE}, or not ASCII"):
        verify_detached(BODY, fields | {RESPONSE_SIG: "é"}, trust=TRUST, at=AT)


@pytest.mark.parametrize(
    ("expected", "trust"),
    [
        ("believed", replace(TRUST, organizational_unit="OOTS", common_name_prefix="EC-OOTS-CS")),
        ("subject", replace(TRUST, organizational_unit="OOT")),
        ("subject", replace(TRUST, common_name_prefix="OOTS-CS")),
        ("algorithm", replace(TRUST, algorithms=frozenset({"EdDSA"}))),
        ("believed", replace(TRUST, roots=(AUTHORITY.certificate,))),
        ("believed", replace(TRUST, roots=(SIGNER.certificate,))),
    ],
)
def test_trust_says_who_may_sign_and_how(expected: str, trust: Trust) -> None:
    fields = sign_detached(BODY, signer=_signer(), at=AT)

    if expected == "believed":
        verify_detached(BODY, fields, trust=trust, at=AT)
        return
    with pytest.raises(UntrustedAnswer) as refused:
        verify_detached(BODY, fields, trust=trust, at=AT)
    assert refused.value.step.value == expected


def test_trust_without_roots_or_with_other_algorithms_is_no_setting() -> None:
    with pytest.raises(OperatorError, match="no root certificate is trusted"):
        Trust(roots=())
    with pytest.raises(OperatorError, match="ES256 or EdDSA"):
        Trust(roots=(ROOT.certificate,), algorithms=frozenset({"none"}))


def test_answers_are_not_signed_with_another_curve_or_another_key() -> None:
    p384 = ec.derive_private_key(25, ec.SECP384R1())
    with pytest.raises(OperatorError, match="P-256, Ed25519 or Ed448"):
        Signer(p384, [issued("P-384", p384, ROOT).certificate])
    with pytest.raises(OperatorError, match="not that of the key"):
        _signer(chain=(AUTHORITY, ROOT))
