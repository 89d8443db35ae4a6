"""
The shapes of the tables in `oots.toml` and `peers.toml`.  What they mean together is decided in `settings` and `peers`.

The text below a key says what is expected there, and is shown to whoever wrote something else.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from oots.codes import PARTY_TYPE_OOTS, Action
from oots.edm.model import LevelOfAssurance
from oots.journal.retention import LEAST_MONTHS
from oots.node.rule_workers import SECONDS, WORKERS

Text = Annotated[str, Field(min_length=1, max_length=255)]
Port = Annotated[int, Field(ge=1, le=65535)]
Size = Annotated[int, Field(gt=0)]
Language = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Names = Annotated[dict[Language, Text], Field(min_length=1)]
BackendName = Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")]
Retries = Annotated[tuple[float, ...], Field(min_length=1, max_length=20)]


class Table(BaseModel):
    """A table that knows its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


# --- oots.toml --------------------------------------------------------------------------------------------------------


class NodeTable(Table):
    """Who we are."""

    party_id: Text
    """the party id of our access point, such as "AP_FI_01" """
    party_type: Text = PARTY_TYPE_OOTS
    """the type of the party id"""
    address: str
    """the https address at which peers reach our access point, such as "https://ap.example.fi:8443/as4" """
    environment: Literal["acceptance", "production"] = "acceptance"
    """"acceptance" or "production" """
    data_folder: Path = Path("data")
    """a folder for everything that the node stores"""
    key_file: Path | None = None
    """the file with the keys for encryption at rest, which `oots init` made"""
    keys: SecretStr | None = None
    """the keys for encryption at rest, as they would stand in the file; in a variable only"""
    retention_months: Annotated[int, Field(ge=LEAST_MONTHS, le=1200)] = LEAST_MONTHS
    """months for which the journal is kept: 12, or more where national law asks for it"""
    rule_workers: Annotated[int, Field(ge=1, le=64)] = WORKERS
    """the number of processes that check documents by the rules, 1 to 64; each takes some 200 MB"""
    rule_seconds: Annotated[float, Field(ge=0.1, le=120)] = SECONDS
    """seconds that checking one document may take, 0.1 to 120"""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """"debug", "info", "warning" or "error" """


class PlainListenerTable(Table):
    """An address of this machine for plain HTTP."""

    host: str = "127.0.0.1"
    """an address of this machine that nobody else can reach, such as "127.0.0.1" """
    port: Port
    """a port, 1 to 65535"""


class ProxyTable(Table):
    """A reverse proxy that ends TLS for us."""

    token: SecretStr | None = None
    """the secret that the proxy sends with every request"""
    token_file: Path | None = None
    """a file with the secret that the proxy sends with every request, 32 characters or more"""
    certificate_header: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$")] = "X-SSL-Client-Cert"
    """the header in which the proxy hands on the certificate of its client: as URL-encoded PEM, or as RFC 9440 has it
    in "Client-Cert" """


class PeerListenerTable(Table):
    """Where peers post to."""

    host: str = "0.0.0.0"  # noqa: S104  peers are elsewhere
    """an address of this machine, or "0.0.0.0" for all of them; behind a proxy "127.0.0.1" """
    port: Port
    """a port, 1 to 65535"""
    path: Annotated[str, Field(pattern="^/")] = "/as4"
    """the path of the AS4 endpoint, beginning with /"""
    proxy: ProxyTable | None = None
    """the reverse proxy that ends TLS for us; without it peers connect to us directly"""


class KeyTable(Table):
    """A private key with its certificate: two PEM files, or one PKCS#12 file."""

    key_file: Path | None = None
    """the private key as PEM"""
    certificate_file: Path | None = None
    """the certificate as PEM, for TLS followed by its chain"""
    pkcs12_file: Path | None = None
    """key and certificate as PKCS#12, instead of the two files"""
    password: SecretStr | None = None
    """the password of the key"""
    password_file: Path | None = None
    """a file with the password of the key"""


class TlsTable(KeyTable):
    """Our TLS key, and whom we trust."""

    trusted_files: tuple[Path, ...] = ()
    """files with the roots that peers' TLS certificates are built on; peers with certificates of their own need none"""


class LimitsTable(Table):
    """How much one message, or all of them, may cost."""

    max_payload_bytes: Size | None = None
    """bytes of one payload, decompressed"""
    max_message_bytes: Size | None = None
    """bytes of one message on the wire, and of one submission"""
    max_messages: Size | None = None
    """messages that may wait in each direction"""
    max_at_work: Size | None = None
    """messages that are packed or opened at the same time"""
    memory_bytes: Size | None = None
    """bytes of one payload that are kept in memory"""


class StoringTable(Table):
    """What all services have in common."""

    database: SecretStr | None = None
    """the address of a PostgreSQL database, such as "postgresql+psycopg://oots@db/gateway"; a file in the data folder
    without it"""
    database_file: Path | None = None
    """a file with the address of the database, for one with a password in it"""


class BackendTable(Table):
    """A service behind the access point, and what its token is good for."""

    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """the SHA-256 of its token in 64 hexadecimal digits; the token itself is its secret"""
    submits: tuple[Action, ...] = ()
    """the actions of the messages that it may send"""
    receives: tuple[Action, ...] = ()
    """the actions of the messages that it may fetch"""
    push_url: str | None = None
    """the address at which it is told that a message came for it; https, or http on this machine"""
    push_key_file: Path | None = None
    """a file with the key that it knows these notices by: 24 bytes or more in base64, perhaps after "whsec_" """


class GatewayTable(StoringTable):
    """The access point."""

    peers_file: Path = Path("peers.toml")
    """the file with the peers"""
    backend: Annotated[dict[BackendName, BackendTable], Field(min_length=1)]
    """a table [gateway.backend.NAME] for each service behind the access point, with token_sha256, submits, receives,
    and perhaps push_url and push_key_file"""
    message_key: KeyTable
    """the key that signs and decrypts messages"""
    tls: TlsTable
    """the key for connections with peers"""
    peer_listener: PeerListenerTable
    """where peers post to"""
    backend_listener: PlainListenerTable
    """where our own services reach the access point"""
    limits: LimitsTable = LimitsTable()
    """limits for messages"""


class AuthorityTable(Table):
    """An authority, as the directories know it."""

    identifier: Text
    """the identifier of the authority"""
    scheme: Text | None = None
    """the scheme of the identifier; without it, that of unregistered parties of the country"""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    """the OOTS code of the country in two capital letters; Greece is EL"""
    names: Names
    """the names of the authority by language, such as { EN = "Population register" }"""


class BehindGatewayTable(StoringTable):
    """What requester and provider have in common."""

    gateway_url: str
    """the address of our access point's listener for back ends, such as "http://127.0.0.1:8444" """
    gateway_token: SecretStr | None = None
    """the token that the access point knows us by"""
    gateway_token_file: Path | None = None
    """a file with the token that the access point knows us by"""
    listener: PlainListenerTable
    """where the service listens"""
    authority: AuthorityTable
    """the authority that the service speaks for"""


class RequesterTable(BehindGatewayTable):
    """The evidence requester."""

    requesting_enabled: bool = False
    """true once people's requests may be sent; until then only procedure 00 passes"""
    api_token: SecretStr | None = None
    """the token of the portal"""
    api_token_file: Path | None = None
    """a file with the token of the portal"""
    max_document_bytes: Size | None = None
    """bytes of one received document"""
    max_exchanges: Size | None = None
    """exchanges that are kept at the same time"""


class DataServiceTable(Table):
    """An entry of the Data Service Directory."""

    identifier: Text
    """the UUID of the entry in the Data Service Directory"""
    classification: Text
    """the URL of the evidence type in the Semantic Repository"""
    requirements: Annotated[tuple[Text, ...], Field(min_length=1)]
    """the URLs of the requirements that the evidence proves"""
    level_of_assurance: LevelOfAssurance = LevelOfAssurance.SUBSTANTIAL
    """"Low", "Substantial" or "High": the lowest with which the user must have been identified"""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """the languages of the document in capital letters"""


class ProviderTable(BehindGatewayTable):
    """The evidence provider."""

    content_id_domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")]
    """a domain name of the authority: the right-hand side of the Content-IDs of its documents"""
    register_file: Path | None = None
    """the file of the population register; needed for data services"""
    data_service: tuple[DataServiceTable, ...] = ()
    """the data services that are provided"""
    system_check: DataServiceTable | None = None
    """the data service that answers procedure 00 with a test document"""


class CommonServicesTable(Table):
    """The Evidence Broker and the Data Service Directory: where we ask, and whom we believe."""

    environment: Literal["acceptance", "production", "testing"] | None = None
    """"acceptance", "production" or "testing": whose directories are asked; that of the node without it"""
    country: Country
    """our country as OOTS codes it, in two capital letters; Greece is EL"""
    own_instance_only: bool = False
    """true to ask the instance of our country about all countries; false to ask that of the country in question"""
    evidence_broker_url: str | None = None
    """the address of an Evidence Broker, instead of what DNS says, such as "https://directory.example.fi/eb" """
    data_service_directory_url: str | None = None
    """the address of a Data Service Directory, instead of what DNS says"""
    name_servers: tuple[Text, ...] = ()
    """addresses of name servers that are asked instead of those of the system, such as ["192.0.2.1"]"""
    interface: Literal["oots-cs:v1.0", "oots-cs:v1.1", "oots-cs:v1.2", "oots-cs:v2.0"] = "oots-cs:v2.0"
    """the version in which directories are asked: "oots-cs:v2.0", or an older one"""
    trusted_files: Annotated[tuple[Path, ...], Field(min_length=1)]
    """files with the roots that the signatures of answers are built on; never a test root in production"""
    signer_unit: Annotated[str, Field(max_length=64)] = "OOTS"
    """the organizational unit that the certificate of the signer has to name; "" for any"""
    signer_name: Annotated[str, Field(max_length=64)] = "EC-OOTS-CS"
    """what the common name of the signer has to begin with; "" for any"""
    tls_trusted_files: tuple[Path, ...] = ()
    """files with the roots of the directories' TLS certificates, instead of those of the system"""
    fresh_seconds: Annotated[int, Field(ge=0, le=86_400)] = 3600
    """seconds for which an answer is used again without asking, at most"""
    stale_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = 259_200
    """seconds for which an answer is used while its directory does not answer, at most"""


class DirectoryTable(StoringTable):
    """An Evidence Broker and a Data Service Directory of one's own."""

    name: Text = "Directory"
    """the name that its pages show"""
    repository: str
    """the Semantic Repository that its URLs name, such as "https://sr.acc.oots.tech.ec.europa.eu" """
    signing_key: KeyTable
    """the key that signs answers, on the curve P-256; its certificate is followed by the chain up to the root"""
    listener: PlainListenerTable
    """where the directory listens; a reverse proxy makes it public"""
    fresh_seconds: Annotated[int, Field(ge=0, le=86_400)] = 3600
    """seconds for which its answers may be used again without asking"""


# --- peers.toml -------------------------------------------------------------------------------------------------------


class ActionTable(Table):
    """What one action has of its own."""

    compress: bool | None = None
    """true or false: whether payloads are sent compressed"""
    retry_after_seconds: Retries | None = None
    """seconds from the first attempt to each, rising from 0, such as [0, 60, 180]"""


class PeerTable(Table):
    """An access point that we exchange messages with."""

    party_id: Text
    """the party id of the peer, such as "AP_PT_01" """
    party_type: Text = PARTY_TYPE_OOTS
    """the type of the party id"""
    address: str
    """the https address that we post to"""
    signing_certificates: Annotated[tuple[Path, ...], Field(min_length=1, max_length=2)]
    """files with the certificates that the peer signs with: one, or two while it changes from one to the next"""
    encryption_certificate: Path
    """a file with the certificate that we encrypt to"""
    tls_certificates: Annotated[tuple[Path, ...], Field(max_length=2)] = ()
    """files with the only certificates that the peer may connect with; they are trusted in both directions"""
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = tuple(Action)
    """the actions that are exchanged, in both directions"""
    compress: bool = True
    """true or false: whether payloads are sent compressed"""
    max_payload_bytes: Size | None = None
    """bytes of one payload from this peer, decompressed; never more than all peers may send"""
    retry_after_seconds: Retries = (0.0, 60.0, 180.0)
    """seconds from the first attempt to each, rising from 0, such as [0, 60, 180]"""
    action: dict[Action, ActionTable] = Field(default_factory=dict)
    """what single actions have of their own"""
