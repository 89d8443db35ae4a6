"""
The ebMS 3 message header: `eb:Messaging` in its SOAP envelope, and the P-Modes that govern it.

Nothing here knows MIME, signatures or encryption, or what a payload means.
"""
