"""
Text from outside as it may be printed: nothing that a terminal could take for a command, or that XML does not have.
"""

import os


def printable(text: str) -> str:
    """
    Give a text with every character that is not for reading written as an escape.

    So are control characters, marks that turn the direction of what follows, and bytes of a name that are no UTF-8.
    """
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def file_name(path: str) -> str:
    """Give the name of a file as text that every encoding of Unicode can hold."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
