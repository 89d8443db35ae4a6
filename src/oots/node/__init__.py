"""
A node as its operator sees it: its files, the services they describe, how these run, and whether all is well.

What the services do is theirs; this package only gives them their settings.
"""
