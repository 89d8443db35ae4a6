"""
A directory for tests: signs whatever it shall answer, and notes how it was asked.  Its people and places do not exist.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tls_world import new_identity

from oots import pki
from oots.codes import DsdCode, EbCode
from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.certificate_path import Trust
from oots.common_services.data_service_directory import write_data_services, write_question
from oots.common_services.evidence_broker import write_requirements
from oots.common_services.interface import V2_0
from oots.common_services.model import (
    AccessService,
    ClassificationConcept,
    DataServiceEvidenceType,
    Jurisdiction,
    Publisher,
    ReferenceFramework,
    Requirement,
)
from oots.common_services.queries import ConceptAnswer, DataServicesQuery, EvidenceTypesQuery, RequirementsQuery
from oots.common_services.query_response import as_exception, write_refusal
from oots.common_services.signature import Signer, sign_detached
from oots.edm.model import Address, Distribution, Identifier, MultilingualString
from oots.net.server import Bound, running
from oots.net.tls import server_context

MEDIA_TYPE = "application/x-ebrs+xml"
PATH = "/eb/rest/search"

REPOSITORY = "https://sr.acc.oots.tech.ec.europa.eu"
BIRTH = f"{REPOSITORY}/requirements/df81cba1-1936-46fe-ad4b-53254b79bf55"
RESIDENCE = f"{REPOSITORY}/evidencetypeclassifications/AT/0444376d-35f4-58f5-b995-2a4df619cb58"
STATE = "8c6ce681-350c-5639-a999-d4059599caff"

OF_A_PROCEDURE = RequirementsQuery(procedure_id="R1", country_code="AT")
OF_A_REQUIREMENT = EvidenceTypesQuery(requirement_id=BIRTH, country_code="AT")
OF_A_TYPE = DataServicesQuery(evidence_type_classification=RESIDENCE, country_code="AT")
ANSWERED = DataServicesQuery(
    evidence_type_classification=RESIDENCE,
    country_code="AT",
    answers=(ConceptAnswer(concept=STATE, value="AT13"),),
)


def text(english: str) -> tuple[MultilingualString, ...]:
    return (MultilingualString(text=english, lang="EN"),)


FRAMEWORK = ReferenceFramework(
    identifier="b5d82ebe-34de-5756-b11d-5993dac69805",
    procedure="R1",
    jurisdiction=Jurisdiction(admin_unit_level1="AT"),
    titles=text("Ordering a birth certificate"),
)
REQUIREMENTS = Requirements(
    interface=V2_0,
    requirements=(Requirement(identifier=BIRTH, names=text("Proof of birth"), reference_frameworks=(FRAMEWORK,)),),
)
CONCEPT = ClassificationConcept(
    identifier=Identifier(value=STATE, scheme_id=f"{REPOSITORY}/codelists/AT/DemoBundesland"),
    type="codelist",
    descriptions=text("In which federal state are you registered?"),
    value_expression=f"{REPOSITORY}/codelists/AT/DemoBundesland",
)
RECORD = DataServiceEvidenceType(
    identifier="cbb896c7-d58c-522e-b5f8-ad5be570ad6c",
    classification=RESIDENCE,
    titles=text("Confirmation of registered residence"),
    distributions=(Distribution(format="application/pdf"),),
    access_services=(
        AccessService(
            identifier=Identifier(
                value="AP_AT_TEST", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:AT"
            ),
            conforms_to=("oots-edm:v1.2", "oots-edm:v2.0"),
            publisher=Publisher(
                identifier=Identifier(
                    value="REG-TEST", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:AT"
                ),
                names=text("Residence office"),
                address=Address(admin_unit_level1="AT"),
                jurisdiction=Jurisdiction(admin_unit_level1="AT"),
            ),
        ),
    ),
)
DATA_SERVICES = DataServices(interface=V2_0, data_services=(RECORD,))
QUESTION = QuestionForUser(interface=V2_0, data_service=RECORD, questions=(CONCEPT,))


def refusal(code: EbCode | DsdCode, interface: str = V2_0) -> Refused:
    return Refused(interface=interface, exceptions=(as_exception(code, None),))


Body = Requirements | DataServices | QuestionForUser | Refused | bytes


def written(body: Body) -> bytes:
    match body:
        case bytes():
            return body
        case Requirements():
            return write_requirements(body)
        case DataServices():
            return write_data_services(body)
        case QuestionForUser():
            return write_question(body)
        case Refused():
            return write_refusal(body)


class SigningIdentity:
    """A root, and a signer that it vouches for; `padding` makes the certificate larger by so many bytes."""

    def __init__(self, *, padding: int = 0, valid_for: timedelta = timedelta(days=30)) -> None:
        now = datetime.now(UTC)
        root = pki.new_authority("test root", now=now)
        key = pki.new_ec_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "EC-OOTS-CS-TEST")]))
            .issuer_name(root.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(root.certificate.not_valid_before_utc)
            .not_valid_after(now + valid_for)
        )
        builder = builder.add_extension(pki.tls_extensions([])[1][0], critical=True)
        if padding:
            filling = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"x" * padding)
            builder = builder.add_extension(filling, critical=False)
        certificate = builder.sign(root.key, hashes.SHA256())
        self.signer = Signer(key, [certificate, root.certificate])
        self.trust = Trust(roots=(root.certificate,))


@dataclass(kw_only=True)
class Double:
    """What it answers, and what it was asked."""

    identity: SigningIdentity
    body: Body = REQUIREMENTS
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Beside the signature."""
    media_type: str = MEDIA_TYPE
    signed: bool = True
    spoilt: Callable[[bytes], bytes] = bytes
    """What happens to the body after it was signed."""
    delay: float = 0.0
    asked: list[Request] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        await asyncio.sleep(self.delay)
        body = written(self.body)
        fields = sign_detached(body, signer=self.identity.signer, at=datetime.now(UTC)) if self.signed else {}
        return Response(self.spoilt(body), self.status, headers=fields | self.headers, media_type=self.media_type)

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Bound]:
        async with serving(self.answer, tls) as bound:
            yield bound


def public_server(authority: pki.Authority) -> ssl.SSLContext:
    """Give the context of a server that anybody may ask."""
    identity, _ = new_identity(authority)
    context = server_context(identity, trusted=[authority.certificate])
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def serving(
    answer: Callable[[Request], Awaitable[Response]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Bound]:
    """Answer every question in this way."""
    app = Starlette(routes=[Route(f"/{path}/rest/search", answer) for path in ("eb", "dsd")])
    async with running(app, host="127.0.0.1", port=0, tls=tls) as bound:
        yield bound
