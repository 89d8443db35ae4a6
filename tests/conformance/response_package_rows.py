"""The table of changes of the packages of 2.0: main evidences, the documents that accompany them, associations."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.conformance.answer_paths import (
    ANNEX,
    AS_IT_IS,
    ASSOCIATION_TYPE,
    FIRST_PACKAGE,
    HUMAN_READABLE,
    MAIN,
    SECOND_PACKAGE,
    TRANSLATION,
    UUID,
    association,
    evidence,
    slot,
)
from tests.conformance.changes import (
    Row,
    accepts,
    add,
    add_after,
    refuses,
    remove,
    remove_attribute,
    repeat,
    set_attribute,
)

packaged = partial(evidence, lines=("2.0",))

MAIN_ID: Final = "urn:uuid:00000000-0000-4000-8000-0000000000a1"
TRANSLATION_ID: Final = "urn:uuid:00000000-0000-4000-8000-0000000000a3"
ANNEX_ID: Final = "urn:uuid:00000000-0000-4000-8000-0000000000a4"

SOURCES: Final = {
    "R-EDM-RESP-S052": "Annex",
    "R-EDM-RESP-S053": "HumanReadableVersion",
    "R-EDM-RESP-S054": "Translation",
}
TARGETS: Final = {
    "R-EDM-RESP-S056": ("Annex", TRANSLATION_ID),
    "R-EDM-RESP-S057": ("HumanReadableVersion", TRANSLATION_ID),
    "R-EDM-RESP-S058": ("Translation", ANNEX_ID),
}
"""The type of association, and an object that is no main evidence."""
TYPES: Final = {
    "R-EDM-RESP-S059": "Annex",
    "R-EDM-RESP-S060": "Translation",
    "R-EDM-RESP-S061": "HumanReadableVersion",
}
OF_A_MAIN_EVIDENCE: Final = (
    "Identifier",
    "IssuingDate",
    "IsAbout",
    "IssuingAuthority",
    "IsConformantTo",
    "Distribution",
)
NOT_OF_A_COMPANION: Final = (
    "<sdg:IsAbout/>",
    '<sdg:IssuingAuthority><sdg:Name lang="DE">Standesamt</sdg:Name></sdg:IssuingAuthority>',
    "<sdg:IsConformantTo/>",
    "<sdg:IssuingDate>2026-11-23</sdg:IssuingDate>",
    "<sdg:ValidityPeriod/>",
)


def associations() -> Iterator[Row]:
    """With associations whose ends or types do not fit.  A second association is changed: the first is needed."""
    for rule, node in SOURCES.items():
        yield packaged(
            rule,
            refuses(
                "an association from the main evidence",
                repeat(association(node)),
                set_attribute(f"{association(node)}[2]", "sourceObject", MAIN_ID),
            ),
            accepts("the association twice", repeat(association(node))),
        )
    for rule, (node, other) in TARGETS.items():
        yield packaged(
            rule,
            refuses(
                "an association with another companion",
                repeat(association(node)),
                set_attribute(f"{association(node)}[2]", "targetObject", other),
            ),
            accepts(
                "the same association of another type",
                repeat(association(node)),
                set_attribute(f"{association(node)}[2]", "targetObject", other),
                set_attribute(f"{association(node)}[2]", "type", f"{ASSOCIATION_TYPE}RelatedTo"),
            ),
        )
    for rule, node in TYPES.items():
        yield packaged("R-EDM-RESP-S050", refuses(f"{node} of nothing", remove(association(node))), AS_IT_IS)
        yield packaged(
            rule,
            refuses("another type", set_attribute(association(node), "type", f"{ASSOCIATION_TYPE}RelatedTo")),
            AS_IT_IS,
        )
    second = f"{association('Annex')}[2]"
    yield packaged(
        "R-EDM-RESP-S051",
        refuses("an association from nothing", repeat(association("Annex")), remove_attribute(second, "sourceObject")),
        accepts("the association twice", repeat(association("Annex"))),
    )
    yield packaged(
        "R-EDM-RESP-S055",
        refuses("an association to nothing", repeat(association("Annex")), remove_attribute(second, "targetObject")),
        accepts("the association twice", repeat(association("Annex"))),
    )


def metadata() -> Iterator[Row]:
    """With less said of a main evidence, or more of a companion."""
    for name in OF_A_MAIN_EVIDENCE:
        yield packaged(
            "R-EDM-RESP-S062",
            refuses(f"no {name}", remove(f"{MAIN}//sdg:Evidence/sdg:{name}")),
            accepts("no ValidityPeriod", remove(f"{MAIN}//sdg:Evidence/sdg:ValidityPeriod")),
        )
    for xml in NOT_OF_A_COMPANION:
        yield packaged("R-EDM-RESP-S063", refuses(xml, add(f"{ANNEX}//sdg:Evidence", xml)), AS_IT_IS)
    yield packaged(
        "R-EDM-RESP-S063",
        refuses("a validity", add(f"{HUMAN_READABLE}//sdg:Evidence", "<sdg:ValidityPeriod/>")),
        AS_IT_IS,
    )
    yield packaged(
        "R-EDM-RESP-S063",
        refuses(
            "a data model",
            add(
                f"{TRANSLATION}//sdg:Evidence/sdg:Distribution",
                "<sdg:ConformsTo>https://sr.oots.tech.ec.europa.eu/datamodels/residence-1.0</sdg:ConformsTo>",
            ),
        ),
        accepts("no Distribution", remove(f"{TRANSLATION}//sdg:Evidence/sdg:Distribution")),
        companions=["R-EDM-RESP-C050"],
    )


ROWS: Final[tuple[Row, ...]] = (
    packaged(
        "R-EDM-RESP-S046",
        refuses("a package without list", remove(f"{SECOND_PACKAGE}/rim:RegistryObjectList")),
        AS_IT_IS,
    ),
    packaged(
        "R-EDM-RESP-S046",
        refuses("a package with two lists", repeat(f"{SECOND_PACKAGE}/rim:RegistryObjectList")),
        AS_IT_IS,
    ),
    packaged(
        "R-EDM-RESP-S047",
        refuses("an empty package", remove(f"{SECOND_PACKAGE}/rim:RegistryObjectList/rim:RegistryObject")),
        AS_IT_IS,
    ),
    packaged(
        "R-EDM-RESP-S048",
        refuses("two classifications", repeat(f"{ANNEX}/rim:Classification")),
        accepts(
            "a classification of another scheme",
            add_after(
                f"{ANNEX}/rim:Classification",
                f'<rim:Classification id="urn:uuid:{UUID}" classificationScheme="urn:x" classificationNode="Map"/>',
            ),
        ),
    ),
    packaged(
        "R-EDM-RESP-S049",
        refuses(
            "another node",
            repeat(ANNEX),
            set_attribute(f"{FIRST_PACKAGE}/rim:RegistryObject[5]/rim:Classification", "classificationNode", "Map"),
        ),
        accepts("one more annex", repeat(ANNEX)),
    ),
    *associations(),
    *metadata(),
    packaged(
        "R-EDM-RESP-S065",
        refuses("an id without prefix", set_attribute(f"{ANNEX}/rim:Classification", "id", UUID)),
        accepts("an id in capitals", set_attribute(f"{ANNEX}/rim:Classification", "id", f"urn:uuid:{UUID.upper()}")),
    ),
    packaged(
        "R-EDM-RESP-S066",
        refuses("an object that is no package", set_attribute(SECOND_PACKAGE, "xsi:type", "rim:ExtrinsicObjectType")),
        accepts("another prefix", set_attribute(SECOND_PACKAGE, "xsi:type", "r:RegistryPackageType")),
        companions=["R-EDM-RESP-S015", "R-EDM-RESP-S033"],
    ),
    packaged(
        "R-EDM-RESP-S015",
        refuses("a companion without metadata", remove(f"{TRANSLATION}/{slot('EvidenceMetadata')}")),
        AS_IT_IS,
    ),
)
