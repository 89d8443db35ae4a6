"""
Where the files that ship with the package are found.  Nothing is read here.

A wheel carries `schemas/` as `oots/_schemas`; an editable install reads it from the checkout.
"""

from functools import cache
from pathlib import Path


@cache
def schemas() -> Path:
    """Give the folder of XSDs, Schematron and code lists."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_schemas", package.parents[1] / "schemas"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no schemas beside {package}: the installation is incomplete")
