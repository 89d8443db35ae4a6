"""
Standard input, output and error of a process that was started without them.
"""

import os
import sys
from typing import Final

_STREAMS: Final = ("stdin", "stdout", "stderr")


def have_standard_streams() -> None:
    """
    Open those of the three that whoever started us has closed: nothing is read, and what is written is gone.

    Otherwise the next file that is opened, a database perhaps, would have their number, and get what is meant for them.
    """
    for number, name in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
