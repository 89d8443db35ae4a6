"""
A directory on a real server, and a desk at which it is asked.  Every answer is verified before it is read.
"""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from directory.app import create_app
from directory.declarations import MemberState, SharedRequirements
from directory.loading import load
from directory.settings import DirectorySettings
from oots import pki
from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.certificate_path import Trust
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_evidence_types, read_requirements
from oots.common_services.interface import (
    ACCEPT_VERSION,
    DATA_SERVICES,
    EVIDENCE_TYPES,
    REQUIREMENTS,
    V1_0,
    V2_0,
    Service,
)
from oots.common_services.queries import DataServicesQuery, EvidenceTypesQuery, Query, RequirementsQuery
from oots.common_services.signature import Signer, verify_detached
from oots.edm.elements import attribute
from oots.net.server import running
from oots.store.database import open_database
from oots.store.migrate import upgrade
from oots.xml import parse

REPOSITORY = "https://sr.demo.oots.tech.ec.europa.eu"
REPOSITORY_1 = "https://sr.oots.tech.ec.europa.eu"

TEST = "00000000-0000-0000-0000-000000000000"
BIRTH = "df81cba1-1936-46fe-ad4b-53254b79bf55"
DOMICILE = "ed63cd8b-b2ad-4508-bfbb-5c3353791b27"
CITIZENSHIP = "479b1e84-a84e-49e2-9594-412d232cd432"
DEGREE = "5247bb6b-6bec-43fd-9b2e-f99be2dbae39"

AT_BIRTH = "AT/f8c86ee9-54b1-5f1c-bb20-795e62cebb5d"
AT_RESIDENCE = "AT/0444376d-35f4-58f5-b995-2a4df619cb58"
FI_DEGREE = "FI/51620f04-454c-5e02-b905-071040e47c5a"
PT_BIRTH = "PT/787dc169-21c0-58d2-bff2-31d19f574fff"
PT_DIPLOMA = "PT/a9d3aa3e-ea08-5210-9e3e-ace9f224c1ad"
PT_TRANSCRIPT = "PT/97b69495-03ae-5353-82a6-053512cd8713"
SUPPLEMENT = "oots/d828c3d5-bcae-56d9-aae2-b499a2c9e4d8"

FEDERAL_STATE = "8c6ce681-350c-5639-a999-d4059599caff"
INSTITUTION = "128576f0-928d-5088-9d5c-4e8e80a5029f"
BEFORE_2007 = "ef6406a3-1156-5394-90c9-cbfcc1217114"
PLACE_OF_RESIDENCE = "9919a99b-edc7-53ed-a331-dd7ea16d5e32"

Parameters = Sequence[tuple[str, str]]
Answer = Requirements | DataServices | QuestionForUser | Refused

_READERS = {REQUIREMENTS: read_requirements, EVIDENCE_TYPES: read_evidence_types, DATA_SERVICES: read_data_services}
_EXCEPTION = "{urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0}Exception"


def requirement(uuid: str, repository: str = REPOSITORY) -> str:
    return f"{repository}/requirements/{uuid}"


def evidence_type(name: str, repository: str = REPOSITORY) -> str:
    return f"{repository}/evidencetypeclassifications/{name}"


def utc_now() -> datetime:
    return datetime.now(UTC)


class SigningIdentity:
    """A root, and a signer that it vouches for."""

    def __init__(self, root: pki.Authority | None = None) -> None:
        self.root = pki.new_authority("test root", now=utc_now()) if root is None else root
        key = pki.new_ec_key()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "EC-OOTS-CS-TEST")]))
            .issuer_name(self.root.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.root.certificate.not_valid_before_utc)
            .not_valid_after(self.root.certificate.not_valid_after_utc)
            .sign(self.root.key, hashes.SHA256())
        )
        self.signer = Signer(key, [certificate, self.root.certificate])
        self.trust = Trust(roots=(self.root.certificate,))


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where a directory is asked."""

    http: httpx.Client
    trust: Trust

    def get(self, service: Service, parameters: Parameters | str, version: str | None = V2_0) -> httpx.Response:
        """Ask anything; status and signature are always right, and whoever says otherwise fails here."""
        query = parameters if isinstance(parameters, str) else urlencode(parameters)
        headers = {} if version is None else {ACCEPT_VERSION: version}
        answer = self.http.get(f"/{service.value}/rest/search?{query}", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/x-ebrs+xml"
        verify_detached(answer.content, answer.headers, trust=self.trust, at=utc_now())
        return answer

    def ask(self, query: Query) -> Answer:
        """Ask, verify, and read."""
        answer = self.get(query.service, query.parameters(), query.interface)
        return _READERS[query.id](answer.content, query.interface)

    def requirements(self, *, version: str = V2_0, **parameters: str | bool) -> Requirements | Refused:
        answer = self.ask(RequirementsQuery(interface=version, **parameters))
        assert isinstance(answer, Requirements | Refused)
        return answer

    def evidence_types(self, uuid: str, *, version: str = V2_0, **parameters: str) -> Requirements | Refused:
        answer = self.ask(EvidenceTypesQuery(interface=version, requirement_id=requirement(uuid), **parameters))
        assert isinstance(answer, Requirements | Refused)
        return answer

    def data_services(self, name: str, country: str, *, version: str = V2_0, **parameters: object) -> Answer:
        query = DataServicesQuery(
            interface=version, evidence_type_classification=evidence_type(name), country_code=country, **parameters
        )
        return self.ask(query)

    def refused(self, service: Service, parameters: Parameters | str, version: str | None = V2_0) -> dict[str, str]:
        """Ask something wrong, and give the attributes of the one exception that comes back."""
        root = parse(self.get(service, parameters, version).content, max_bytes=1 << 20)
        assert attribute(root, "status").endswith(":Failure")
        [exception] = root.findall(_EXCEPTION)
        return {name.rpartition("}")[2]: str(value) for name, value in exception.attrib.items()}


def loaded(folder: Path, seeds: Iterable[MemberState | SharedRequirements]) -> str:
    """Give the address of a new database with these seeds in it."""
    url = f"sqlite:///{folder}/directory.sqlite"
    database = open_database(url)
    upgrade(database, "directory")
    load(database, list(seeds), at=utc_now())
    database.close()
    return url


@contextmanager
def open_desk(url: str, identity: SigningIdentity, *, look_seconds: float = 0.0) -> Iterator[Desk]:
    """Run a directory on a port of its own, in a thread of its own."""
    settings = DirectorySettings(database=url, signer=identity.signer, repository=REPOSITORY, look_seconds=look_seconds)
    app = create_app(settings, now=utc_now)
    bound: list[str] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with running(app, host="127.0.0.1", port=0) as where:
            bound.append(where.url)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20)
        with httpx.Client(base_url=bound[0], trust_env=False) as http:
            yield Desk(http=http, trust=identity.trust)
    finally:
        over.set()
        thread.join()


DEFAULT = V1_0
"""The version of an answer to a question that names none."""
