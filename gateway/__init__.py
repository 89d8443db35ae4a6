"""
The access point: a mailbox with an AS4 door for peers and a REST API for our own services.

It never looks inside a payload.
"""
