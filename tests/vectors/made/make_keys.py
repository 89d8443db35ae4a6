"""
Makes the keys of the made vectors, once: `python -m tests.vectors.made.make_keys`.  New keys mean new vectors.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from oots.pki import certificate_pem, issue_message_certificate, key_pem, new_authority, new_rsa_key
from tests.as4.vectors import KEYS, PARTIES, write

_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS: Final = 30 * 365


def main() -> None:
    """Write key and certificate of every party, and one certificate more in the sender's name."""
    authority, impostor = (new_authority(f"Test-only {name}", now=_FROM, days=_DAYS) for name in ("CA", "impostor"))
    files = {}
    for name, party_id in PARTIES.items():
        key = new_rsa_key(2048)
        start, days = (_FROM, _DAYS) if name != "expired" else (_FROM - timedelta(days=365), 365)
        certificate = issue_message_certificate(authority, f"{party_id} (test only)", key, now=start, days=days)
        files[f"test-only-{name}-key.pem"] = key_pem(key)
        files[f"test-only-{name}-certificate.pem"] = certificate_pem(certificate)
        if name == "other":
            theirs = issue_message_certificate(impostor, f"{PARTIES['sender']} (test only)", key, now=_FROM, days=_DAYS)
            files["test-only-impostor-certificate.pem"] = certificate_pem(theirs)
    write(KEYS, files)


if __name__ == "__main__":
    main()
