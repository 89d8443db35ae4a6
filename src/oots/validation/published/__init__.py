"""
Schemas, rules and code lists that somebody else has published, from a folder.
"""
