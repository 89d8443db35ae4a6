"""
`eb:Messaging` against the schema of its namespace.  Values are checked where they are read.
"""

from oots.errors import InvalidHeader
from oots.xml import Element, schema


def check_messaging(messaging: Element) -> None:
    """Raise `InvalidHeader` when the header breaks `schemas/ebms/ebms-header.xsd`."""
    xsd = schema("ebms/ebms-header.xsd")
    if not xsd.validate(messaging):
        raise InvalidHeader("eb:Messaging breaks the schema of its namespace")
