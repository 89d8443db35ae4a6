"""
The messages kept as bytes under tests/vectors, the parties they are between, and the moment they are judged at.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from oots.as4 import Packed
from oots.codes import PARTY_TYPE_OOTS
from oots.dsig import read_reference
from oots.ebms.envelope import read_envelope
from oots.ebms.messages import PartyId, UserMessage, read_messaging
from oots.mime.multipart import split
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys
from oots.xml import DS
from tests.as4.parties import AccessPoint, access_point
from tests.as4.stranger import Identity

VECTORS: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = VECTORS / "made"
ATTACKS: Final = VECTORS / "attacks"
KEYS: Final = MADE / "keys"
JUDGED_AT: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)

PARTIES: Final = {"sender": "AP_XX_01", "receiver": "AP_YY_01", "other": "AP_ZZ_01", "expired": "AP_QQ_01"}
"""Each has a key and a certificate in `KEYS`, under its name here."""


@cache
def identity(name: str) -> Identity:
    """Load a party."""
    key = load_pem_private_key((KEYS / f"test-only-{name}-key.pem").read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Identity(party_id=PARTIES[name], private_key=key, certificate=certificate(name))


@cache
def certificate(name: str) -> x509.Certificate:
    """Load a certificate."""
    return x509.load_pem_x509_certificate((KEYS / f"test-only-{name}-certificate.pem").read_bytes())


@cache
def party(name: str) -> AccessPoint:
    """Give one of the parties as an Access Point of ours, with all others on file."""
    own = {}
    for other, value in PARTIES.items():
        found = identity(other)
        own[PartyId(value=value, type=PARTY_TYPE_OOTS)] = OwnKeys(
            private_key=found.private_key, certificate=found.certificate
        )
    return access_point(PartyId(value=PARTIES[name], type=PARTY_TYPE_OOTS), own)


def folders(where: Path) -> list[Path]:
    """Find the vectors in a folder: each has a folder of its own, with what is expected of it."""
    return sorted(found.parent for found in where.glob("*/expected"))


def message(folder: Path) -> tuple[str, bytes]:
    """Give Content-Type and body of a message."""
    return (folder / "content-type.txt").read_text().strip(), (folder / "message.mime").read_bytes()


def expected(folder: Path) -> str:
    """Give what has to come of it: `accepted`, or a code."""
    return (folder / "expected").read_text().strip()


def as_sent(folder: Path) -> Packed:
    """Give a message as its sender remembers it, to judge a receipt by."""
    content_type, body = message(folder)
    soap = split(content_type, [body], new_spooled=Spooled).root
    envelope = read_envelope(soap)
    found = read_messaging(envelope.messaging)
    assert isinstance(found, UserMessage)
    references = tuple(map(read_reference, envelope.security.iter(f"{{{DS}}}Reference")))
    return Packed(message=found, content_type=content_type, content=Spooled(body), references=references, soap=soap)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a vector."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
