"""
Which addresses may be spoken to, and how: https anywhere, plain http on this machine only.
"""

import ipaddress
from urllib.parse import urlsplit

from oots.errors import OperatorError


def check_address(url: str) -> str:
    """Give `url` back; raises `OperatorError` unless it is https, or http on a loopback address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise OperatorError(f"{url!r} is no address: {error}") from error
    if not host or parts.username is not None or parts.fragment:
        raise OperatorError(f"{url!r} is no address of the form https://host[:port]/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise OperatorError(f"{url!r} is not https; plain http is for loopback addresses only")
    return url


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
