"""
Seeds of the size of the real catalogue: 53 requirements, 27 member states, 702 declarations.  All of it is invented.
"""

import re
import uuid

from directory.declarations import (
    AccessService,
    DataService,
    Distribution,
    EvidenceType,
    EvidenceTypeList,
    MemberState,
    Provision,
    Publisher,
    ReferenceFramework,
    SharedRequirement,
    SharedRequirements,
)

REQUIREMENTS = 53
DECLARATIONS = 26
"""Of each member state."""

COUNTRIES = tuple(re.findall("..", "ATBEBGCYCZDEDKEEELESFIFRHRHUIEITLTLULVMTNLPLPTROSESISK"))
PROCEDURES = tuple(re.findall("..", "R1S1T1T2T3U1U2U3U4V1V2V3V4W1W2X1X2X3X4X5X6"))


def large_seeds() -> tuple[SharedRequirements | MemberState, ...]:
    requirements = SharedRequirements(
        requirements=tuple(
            SharedRequirement(id=made(f"requirement {number}"), name=texts("Requirement"), description=texts("Shows."))
            for number in range(REQUIREMENTS)
        )
    )
    return (requirements, *map(member_state, COUNTRIES))


def member_state(country: str) -> MemberState:
    numbers = range(DECLARATIONS)
    return MemberState(
        country=country,
        reference_frameworks=tuple(
            ReferenceFramework(
                id=made(f"{country} framework {number}"),
                procedure=PROCEDURES[number % len(PROCEDURES)],
                requirements=(made(f"requirement {number * 2 % REQUIREMENTS}"),),
                title=texts("Procedure of a member state"),
                description=texts("What it is for, in a sentence that is as long as such sentences are."),
            )
            for number in numbers
        ),
        evidence_types=tuple(
            EvidenceType(id=made(f"{country} type {number}"), title=texts("Evidence")) for number in numbers
        ),
        evidence_type_lists=tuple(
            EvidenceTypeList(
                id=made(f"{country} list {number}"),
                requirement=made(f"requirement {number * 2 % REQUIREMENTS}"),
                name=texts("List"),
                evidence_types=(made(f"{country} type {number}"),),
            )
            for number in numbers
        ),
        access_services=(
            AccessService(id=f"AP_{country}_LARGE", scheme=scheme(country), conforms_to=("oots-edm:v2.0",)),
        ),
        publishers=(Publisher(id="REGISTER", scheme=scheme(country), name=texts("Register")),),
        data_services=tuple(
            DataService(
                id=made(f"{country} service {number}"),
                evidence_type=made(f"{country} type {number}"),
                distributions=(Distribution(format="application/pdf", languages=("EN",)),),
                provisions=(Provision(access_service=f"AP_{country}_LARGE", publisher="REGISTER"),),
            )
            for number in numbers
        ),
    )


def texts(text: str) -> dict[str, str]:
    return {"EN": text, "DE": f"{text} (auf Deutsch)"}


def scheme(country: str) -> str:
    return f"urn:oasis:names:tc:ebcore:partyid-type:unregistered:{country}"


def made(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://large.example/{name}"))
