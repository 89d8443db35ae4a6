"""
A register full of people who do not exist: the same ones for the same seed.  For demonstrations and tests.

Personal identity codes have the form of Finnish ones with an individual number from 900 upwards, which Finland gives to
nobody for good; so no code here can be that of a living person.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from evidence_provider.register import BirthRecord, RegisteredPerson, folded, write_register

DEMO_CITIZEN: Final = RegisteredPerson(
    register_number="140591-953J",
    family_name="Kielonmäki",
    given_name="Aino Elviira",
    date_of_birth=date(1991, 5, 14),
    place_of_birth="Hämeenlinna",
    birth_name="Suvituuli",
    gender="Male",
    eidas_value="7KQ2M9XW4TDR",
)
"""Moves from Finland to Portugal in the demonstration."""
