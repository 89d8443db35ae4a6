"""
What an OOTS message is: AS4 packaging, the exchange data model, validation.  No service lives here.

Nothing in this package opens a connection, a file or a clock, except `net`, `store` and `cli`.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
