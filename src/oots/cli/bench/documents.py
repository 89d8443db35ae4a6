"""
Payloads to measure with: documents as an authority would issue them, the same in every run.  They are about nobody.
"""

import random
from typing import Final

_WORDS: Final = (  # noqa: SIM905  as a list it fills a page
    "accounting algebra analysis applied archive basic biology building care chemistry civil clinical coastal"
    " communication computing culture data design digital drawing ecology economics energy engineering environment"
    " ethics european finance forestry fundamentals geology health history human industrial intermediate introduction"
    " laboratory language law linear logistics marine materials mathematics measurement mechanics methods modern music"
    " nursing organic physics planning policy practice principles project public quality rural safety seminar social"
    " software sound statistics structures surveying sustainable systems textile theory thesis transport urban water"
).split()
_HEAD: Final = (
    '<tor:TranscriptOfRecords xmlns:tor="urn:example:transcript-of-records" schemeVersion="2.0">\n'
    '  <tor:IssuingAuthority schemeID="urn:cef.eu:names:identifier:EAS:0216">003712345678</tor:IssuingAuthority>\n'
)
_TAIL: Final = "</tor:TranscriptOfRecords>\n"


def transcript_of_records(size: int) -> bytes:
    """
    Give a transcript of records of `size` bytes or up to one record more.

    Elements repeat and texts vary: a large one compresses as XML evidence does, about ten times.
    """
    choice = random.Random(size)  # noqa: S311  varied, not secret
    pieces, written = [_HEAD], len(_HEAD) + len(_TAIL)
    while written < size:
        pieces.append(_record(choice))
        written += len(pieces[-1])
    return "".join([*pieces, _TAIL]).encode("ascii")


def _record(choice: random.Random) -> str:
    title, description = (" ".join(choice.choices(_WORDS, k=count)).capitalize() for count in (3, 12))
    day = f"{choice.randint(2012, 2026)}-{choice.randint(1, 12):02d}-{choice.randint(1, 28):02d}"
    return (
        "  <tor:LearningOpportunity>\n"
        f'    <tor:Identifier schemeID="urn:example:course">{choice.getrandbits(48):012x}</tor:Identifier>\n'
        f'    <tor:Title xml:lang="en">{title}</tor:Title>\n'
        f'    <tor:Description xml:lang="en">{description}.</tor:Description>\n'
        "    <tor:Achievement>\n"
        f'      <tor:CreditPoint framework="ECTS">{choice.choice(("2.5", "5.0", "7.5", "10.0"))}</tor:CreditPoint>\n'
        f'      <tor:Grade scheme="urn:example:grade">{choice.randint(1, 5)}</tor:Grade>\n'
        f"      <tor:DateOfCompletion>{day}</tor:DateOfCompletion>\n"
        '      <tor:LevelOfQualification schemeID="urn:example:eqf">6</tor:LevelOfQualification>\n'
        "    </tor:Achievement>\n"
        "  </tor:LearningOpportunity>\n"
    )
