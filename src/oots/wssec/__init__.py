"""
WS-Security as the eDelivery AS4 1.15 profile wants it: signature and encryption of a SOAP envelope with attachments.

Nothing here knows MIME or ebMS.  What is not on the profile's list is refused before any cryptography runs.
"""
