"""
The names of the services that a node consists of.  Importing this costs nothing.
"""

from enum import Enum


class Service(Enum):
    """Each may run in a process of its own."""

    GATEWAY = "gateway"
    REQUESTER = "requester"
    PROVIDER = "provider"
    DIRECTORY = "directory"
