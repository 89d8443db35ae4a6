"""
Who may open a file with a secret: one rule for key files, private keys, tokens and passwords.

Its owner, and a group that may read it and nothing else: so container platforms hand a secret to a process that is not
root, and so a machine's administrator gives one to a service without giving it away.  The files of our own databases
are stricter: nobody but the owner has a reason to open those.
"""

import stat
from typing import Final

_TOO_OPEN: Final = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


def too_open(mode: int) -> bool:
    """Tell whether a file of this mode is open to others than its owner and a group that reads it."""
    return bool(mode & _TOO_OPEN)
