"""
Checks across documents, X1 to X27: what no schema and no Schematron can say, because it takes two to compare.

Each check is a function that carries its id.  Here are the groups in which requester, provider and `oots validate` make
them.  What breaks a request is fatal.  Of an answer only a broken correlation, another subject, and what cannot be
handed over are: nobody abroad can be told, and a formal breach makes no document useless (edm.md 7.7, flows.md 3.6).
"""

from oots.validation.cross.answer import check_answer
from oots.validation.cross.header import Correlation, Header, correlation_of, header_of
from oots.validation.cross.headers import check_correlation, check_header
from oots.validation.cross.parts import part_of
from oots.validation.cross.table import Message
from oots.validation.cross.together import Together, Undecided, check_together

__all__ = [
    "Correlation",
    "Header",
    "Message",
    "Together",
    "Undecided",
    "check_answer",
    "check_correlation",
    "check_header",
    "check_together",
    "correlation_of",
    "header_of",
    "part_of",
]
