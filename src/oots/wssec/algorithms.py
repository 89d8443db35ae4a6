"""
The algorithms of the eDelivery AS4 1.15 Common Profile, RSA set: all we emit, and all we accept (as4.md 3.1).
"""

from typing import Final

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
AES128_GCM: Final = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
RSA_OAEP: Final = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
MGF1_SHA256: Final = "http://www.w3.org/2009/xmlenc11#mgf1sha256"

_SWA: Final = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#"
ATTACHMENT_CONTENT_SIGNATURE: Final = _SWA + "Attachment-Content-Signature-Transform"
ATTACHMENT_CIPHERTEXT: Final = _SWA + "Attachment-Ciphertext-Transform"
ATTACHMENT_CONTENT_ONLY: Final = _SWA + "Attachment-Content-Only"

_X509: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
X509_V3: Final = _X509 + "X509v3"
X509_PKI_PATH: Final = _X509 + "X509PKIPathv1"
X509_SKI: Final = _X509 + "X509SubjectKeyIdentifier"
_SMS10: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#"
BASE64_BINARY: Final = _SMS10 + "Base64Binary"
_SMS11: Final = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#"
THUMBPRINT_SHA1: Final = _SMS11 + "ThumbprintSHA1"
ENCRYPTED_KEY: Final = _SMS11 + "EncryptedKey"

MIN_RSA_BITS: Final = 2048
AES_KEY_BYTES: Final = 16
IV_BYTES: Final = 12
TAG_BYTES: Final = 16
