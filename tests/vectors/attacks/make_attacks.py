"""
Messages that must be refused: each is one letter with one thing changed, and where it can be, its sender signed that.

Run `python -m tests.vectors.attacks.make_attacks`; but for the bomb, the bytes are the same every time.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.as4.stranger import AES128_CBC, OAEP_MGF1P, RSA_1_5, RSA_SHA1, SHA1, Letter, token
from tests.as4.vectors import ATTACKS, PARTIES, certificate, identity, write
from tests.vectors.attacks.changes import (
    LETTER,
    REGREP,
    Message,
    blocks,
    compressed,
    digest_off_by_one_bit,
    enveloped,
    half_encrypted,
    in_object,
    kept_in,
    last_part,
    outside,
    rearranged,
    rewritten,
    signed_twice,
    signed_with_an_extra_element,
    stored,
    swapped,
    truncated,
    twice_the_same_content_id,
    unencrypted,
    whole_envelope_wrapped,
    with_altered_digest,
    with_body_wrapped,
    with_parts,
    with_second_body,
    with_second_messaging,
    with_second_security,
    without_reference,
    without_security,
    without_signature,
    wrapper,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What is wrong in one sentence, what has to be answered, and the message."""

    wrong: str
    expected: str
    message: Message


def attacks() -> Mapping[str, Attack]:
    """Give all by their names."""
    found: dict[str, Attack] = {}

    def add(name: str, expected: str, wrong: str, message: Message | Letter) -> None:
        bytes_of = message.packed() if isinstance(message, Letter) else message
        found[name] = Attack(wrong=wrong, expected=expected, message=bytes_of)

    # Signature wrapping: what is signed is still there, and something else stands where it is read.
    add(
        "wrapped-messaging-in-header",
        "EBMS:0103",
        "The signed Messaging was moved into another header block, and a forged one stands in its place.",
        kept_in(wrapper, name="_other"),
    )
    add(
        "wrapped-messaging-with-same-id",
        "EBMS:0103",
        "The signed Messaging was moved into another header block, and a forged one has its wsu:Id.",
        kept_in(wrapper, name=LETTER.messaging_id),
    )
    add(
        "wrapped-messaging-in-security",
        "EBMS:0103",
        "The signed Messaging was moved into wsse:Security, and a forged one stands in its place.",
        kept_in(lambda root: blocks(root)[2], name="_other"),
    )
    add(
        "wrapped-messaging-in-object",
        "EBMS:0103",
        "The signed Messaging was moved into a ds:Object of the signature, and a forged one stands in its place.",
        kept_in(in_object, name="_other"),
    )
    add(
        "wrapped-messaging-in-body",
        "EBMS:0009",
        "The signed Messaging was moved into the Body, and a forged one stands in its place.",
        kept_in(lambda root: root[1], name="_other"),
    )
    add(
        "wrapped-body",
        "EBMS:0103",
        "The signed Body was moved into a header block, and another one stands in its place.",
        rearranged(with_body_wrapped),
    )
    add(
        "wrapped-envelope",
        "EBMS:0103",
        "A whole signed envelope stands in a header block of a forged one, which borrows its signature.",
        whole_envelope_wrapped(),
    )
    add(
        "second-messaging",
        "EBMS:0009",
        "A forged Messaging stands before the signed one.",
        rearranged(with_second_messaging),
    )
    add("second-body", "EBMS:0009", "A second Body stands behind the signed one.", rearranged(with_second_body))
    add(
        "second-security",
        "EBMS:0103",
        "An empty security header stands before the one with the signature.",
        rearranged(with_second_security),
    )
    add("second-signature", "EBMS:0103", "Somebody else signed too.", signed_twice())
    add(
        "altered-header",
        "EBMS:0101",
        "The action in the signed Messaging was altered.",
        rewritten("<eb:Action>ExecuteQueryResponse<", "<eb:Action>ExceptionResponse<"),
    )
    add(
        "comment-in-party-id",
        "EBMS:0009",
        "A comment in eb:PartyId cuts its text for some readers and not for the signature.",
        rewritten(f">{PARTIES['sender']}<", f">{PARTIES['sender']}<!-- -->.evil<"),
    )

    # Less security than was agreed on.
    add("unsigned", "EBMS:0103", "The signature is missing.", rearranged(without_signature))
    add("unencrypted", "EBMS:0103", "The payloads are signed and not encrypted.", unencrypted(LETTER.signed()))
    add("without-security", "EBMS:0103", "There is no security header at all.", unencrypted(without_security()))
    add("half-encrypted", "EBMS:0103", "Only one of two payloads is encrypted.", half_encrypted())
    add("unsigned-messaging", "EBMS:0103", "The signature does not cover eb:Messaging.", without_reference(1))
    add("unsigned-body", "EBMS:0103", "The signature does not cover the Body.", without_reference(0))
    add("unsigned-part", "EBMS:0103", "The signature does not cover the second payload.", without_reference(3))
    add(
        "signed-extra-element",
        "EBMS:0103",
        "The signature covers a token beside Messaging, Body and payloads.",
        signed_with_an_extra_element(),
    )
    add(
        "extra-part",
        "EBMS:0011",
        "The package has a part that no PartInfo announces.",
        with_parts(lambda parts: [*parts, ("more@oots.eu", "text/plain", b"more")]),
    )
    add(
        "missing-part",
        "EBMS:0011",
        "The package lacks a part that a PartInfo announces.",
        with_parts(lambda parts: parts[:-1]),
    )
    add("external-part", "EBMS:0011", "A PartInfo points at a payload on the web.", outside())
    add(
        "swapped-parts",
        "EBMS:0101",
        "Two payloads changed places: both decrypt, and neither is the one that was signed.",
        with_parts(swapped),
    )

    # Algorithms that the profile does not know.
    add("sha1-digest", "EBMS:0103", "The digests are SHA-1.", replace(LETTER, digest_method=SHA1))
    add("rsa-sha1", "EBMS:0103", "The signature is RSA with SHA-1.", replace(LETTER, signature_method=RSA_SHA1))
    add(
        "xslt-transform",
        "EBMS:0103",
        "A reference wants to be transformed by XSLT.",
        replace(LETTER, transform="http://www.w3.org/TR/1999/REC-xslt-19991116"),
    )
    add(
        "inclusive-c14n",
        "EBMS:0103",
        "SignedInfo is said to be in inclusive canonical form.",
        replace(LETTER, canonicalization="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    )
    add(
        "aes-cbc",
        "EBMS:0103",
        "The payloads are encrypted with AES-128-CBC.",
        replace(LETTER, content_encryption=AES128_CBC),
    )
    add("rsa-1_5", "EBMS:0103", "The key is encrypted with RSAES-PKCS1-v1_5.", replace(LETTER, key_transport=RSA_1_5))
    add(
        "rsa-oaep-sha1",
        "EBMS:0103",
        "The key is encrypted with RSA-OAEP over SHA-1.",
        replace(LETTER, key_transport=OAEP_MGF1P),
    )

    # Whose signature, and for whom.
    add(
        "other-signer",
        "EBMS:0101",
        "Another party, whom the receiver knows, signed with its own token.",
        replace(LETTER, signer=identity("other")),
    )
    add(
        "other-signer-with-token-of-sender",
        "EBMS:0101",
        "Another party signed, and shows the token of the sender.",
        replace(LETTER, signer=identity("other"), tokens=token(certificate("sender"), "X509-1")),
    )
    add(
        "impostor",
        "EBMS:0101",
        "The token has the sender's name, and comes from another authority.",
        replace(LETTER, signer=replace(identity("other"), certificate=certificate("impostor"))),
    )
    add(
        "expired-certificate",
        "EBMS:0101",
        "The certificate of the sender is on file, and has expired.",
        replace(LETTER, sender=identity("expired")),
    )
    add(
        "wrong-receiver",
        "EBMS:0010",
        "The message is addressed to somebody else.",
        replace(LETTER, to_party=PARTIES["other"]),
    )
    add(
        "encrypted-for-another",
        "EBMS:0102",
        "The payloads are encrypted for somebody else.",
        replace(LETTER, encrypt_to=certificate("other")),
    )

    # Bits.
    add(
        "digest-off-by-one-bit",
        "EBMS:0101",
        "The sender signed a digest that is wrong in one bit.",
        digest_off_by_one_bit(),
    )
    add("altered-digest", "EBMS:0101", "A digest was altered after it was signed.", with_altered_digest())
    add(
        "altered-tag",
        "EBMS:0102",
        "The last bit of an encrypted payload was altered, in its GCM tag.",
        last_part(lambda content: content[:-1] + bytes([content[-1] ^ 1])),
    )
    add(
        "altered-ciphertext",
        "EBMS:0102",
        "A bit of an encrypted payload was altered.",
        last_part(lambda content: content[:12] + bytes([content[12] ^ 1]) + content[13:]),
    )
    add(
        "truncated-ciphertext",
        "EBMS:0102",
        "An encrypted payload is shorter than IV and tag.",
        last_part(lambda content: content[:27]),
    )
    add("truncated-package", "EBMS:0007", "The package ends in the middle of a part.", truncated())
    add("same-content-id-twice", "EBMS:0007", "Two parts have the same Content-ID.", twice_the_same_content_id())
    add(
        "document-type-declaration",
        "EBMS:0009",
        "The SOAP part has a document type declaration with an entity.",
        enveloped(b'<!DOCTYPE x [<!ENTITY y "z">]>' + LETTER.envelope()),
    )

    # Compressed payloads, all signed by their sender.
    add(
        "gzip-bomb",
        "EBMS:0303",
        "A payload of 12 kB inflates to 12 MB of zeros.",
        compressed(gzip.compress(bytes(12_000_000), 9, mtime=0)),
    )
    add(
        "gzip-with-trailing-garbage",
        "EBMS:0303",
        "Something that is no gzip stands behind the compressed payload.",
        compressed(stored(REGREP.content) + b"garbage, and longer than a header of gzip"),
    )
    add("truncated-gzip", "EBMS:0303", "The compressed payload is cut short.", compressed(stored(REGREP.content)[:-1]))
    add("not-gzip", "EBMS:0303", "The payload is said to be compressed, and is not.", compressed(REGREP.content))

    # Time.
    add(
        "stale-timestamp",
        "EBMS:0003",
        "The message is eight days old.",
        replace(LETTER, timestamp="2026-11-15T08:00:00.000Z"),
    )
    add(
        "timestamp-ahead",
        "EBMS:0003",
        "The message comes from tomorrow.",
        replace(LETTER, timestamp="2026-11-24T08:00:00.000Z"),
    )
    return found


def files(attack: Attack) -> Mapping[str, bytes]:
    """Give the files of a vector."""
    content_type, body = attack.message
    return {
        "README": f"{attack.wrong}\n".encode(),
        "expected": f"{attack.expected}\n".encode(),
        "content-type.txt": f"{content_type}\n".encode(),
        "message.mime": body,
    }


if __name__ == "__main__":
    for name, attack in attacks().items():
        write(ATTACKS / name, files(attack))
