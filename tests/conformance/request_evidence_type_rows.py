"""The table of changes of EDM-REQ-C for the evidence asked for, and its distributions."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.changes import (
    Row,
    accepts,
    add,
    add_after,
    refuses,
    remove,
    repeat,
    set_text,
)
from tests.conformance.request_paths import (
    AS_IT_IS,
    DISTRIBUTION,
    EVIDENCE_TYPE,
    REPOSITORY,
    TEST_REPOSITORY,
    UUID,
    legal,
    natural,
)


def distributions() -> Iterator[Row]:
    """With formats and data models that do not fit."""
    format_, model = f"{DISTRIBUTION}/sdg:Format", f"{DISTRIBUTION}/sdg:ConformsTo"
    a_model = f"<sdg:ConformsTo>{REPOSITORY}/datamodels/residence/1.0</sdg:ConformsTo>"
    yield natural(
        "R-EDM-REQ-C032",
        refuses("two distributions", repeat(DISTRIBUTION)),
        accepts("no distribution", remove(DISTRIBUTION)),
        lines=("1.2",),
    )
    yield natural(
        "R-EDM-REQ-C032",
        refuses("no distribution", remove(DISTRIBUTION)),
        accepts("two distributions", repeat(DISTRIBUTION)),
        lines=("2.0",),
    )
    yield natural(
        "R-EDM-REQ-C033",
        refuses("a web page", set_text(format_, "text/html")),
        accepts("a picture", set_text(format_, "image/svg+xml")),
    )
    yield legal(
        "R-EDM-REQ-C034",
        refuses("a model of another repository", set_text(model, "https://models.example/datamodels/company/1.0")),
        accepts("a model under its former path", set_text(model, f"{REPOSITORY}/distributions/company/1.0")),
    )
    yield legal(
        "R-EDM-REQ-C034",
        refuses("something before the address", set_text(model, f"see {REPOSITORY}/datamodels/company/1.0")),
        accepts("another model", set_text(model, f"{REPOSITORY}/datamodels/company/1.1")),
    )
    yield legal(
        "R-EDM-REQ-C114",
        refuses("a model of a test repository", set_text(model, f"{TEST_REPOSITORY}/datamodels/company/1.0")),
        accepts("a model of the repository", set_text(model, f"{REPOSITORY}/datamodels/company/2.0")),
    )
    yield legal(
        "R-EDM-REQ-C070",
        refuses("XML of no model", remove(model)),
        accepts("PDF of no model", remove(model), set_text(format_, "application/pdf")),
        lines=("2.0",),
    )
    yield legal(
        "R-EDM-REQ-C071",
        refuses("JSON of no model", remove(model), set_text(format_, "application/json")),
        accepts("JSON of a model", set_text(format_, "application/json")),
        lines=("2.0",),
    )
    yield natural(
        "R-EDM-REQ-C070",
        refuses("XML of no model", set_text(format_, "application/xml")),
        accepts("XML of a model", set_text(format_, "application/xml"), add(DISTRIBUTION, a_model)),
        lines=("1.2",),
    )
    yield natural(
        "R-EDM-REQ-C071",
        refuses("JSON of no model", set_text(format_, "application/json")),
        accepts("JSON of a model", set_text(format_, "application/json"), add(DISTRIBUTION, a_model)),
        lines=("1.2",),
    )
    for unstructured in ("application/pdf", "image/jpeg", "image/png", "image/svg+xml"):
        yield natural(
            "R-EDM-REQ-C107",
            refuses(f"{unstructured} of a model", set_text(format_, unstructured), add_after(format_, a_model)),
            accepts("XML of a model", set_text(format_, "application/xml"), add_after(format_, a_model)),
        )
    transformation = f"{DISTRIBUTION}/sdg:Transformation"
    yield legal(
        "R-EDM-REQ-C035",
        refuses("a transformation from elsewhere", set_text(transformation, "https://models.example/page.xslt")),
        accepts("a transformation of a model", set_text(transformation, f"{REPOSITORY}/datamodels/page.xslt")),
        lines=("1.2",),
    )
    yield legal(
        "R-EDM-REQ-C035",
        refuses("something before the address", set_text(transformation, f"see {REPOSITORY}/datamodels/page.xslt")),
        accepts("another transformation", set_text(transformation, f"{REPOSITORY}/datamodels/page.xslt")),
        lines=("1.2",),
    )
    yield legal("R-EDM-REQ-C072", refuses("two models", repeat(model)), AS_IT_IS, lines=("1.2",))
    yield legal(
        "R-EDM-REQ-C072",
        refuses("a transformation of no model", remove(model)),
        accepts("neither transformation nor model", remove(model), remove(transformation)),
        lines=("1.2",),
        companions=["R-EDM-REQ-C070"],
    )
    yield legal(
        "R-EDM-REQ-C113",
        refuses(
            "a transformation of a test repository", set_text(transformation, f"{TEST_REPOSITORY}/datamodels/page.xslt")
        ),
        accepts("a transformation of the repository", set_text(transformation, f"{REPOSITORY}/datamodels/page.xslt")),
        lines=("1.2",),
    )
    yield natural(
        "R-EDM-REQ-C118",
        refuses("a wanted language in small letters", set_text(f"{DISTRIBUTION}/sdg:Language[1]", "en")),
        accepts("no wanted language", remove(f"{DISTRIBUTION}/sdg:Language")),
        lines=("2.0",),
    )
    yield natural(
        "R-EDM-REQ-C119",
        refuses(
            "the main evidence as companion", set_text(f"{DISTRIBUTION}/sdg:AssociatedDocumentRequest", "MainEvidence")
        ),
        accepts("an annex as companion", set_text(f"{DISTRIBUTION}/sdg:AssociatedDocumentRequest", "Annex")),
        lines=("2.0",),
    )


ROWS: Final[tuple[Row, ...]] = (
    natural(
        "R-EDM-REQ-C026",
        refuses("an identifier with prefix", set_text(f"{EVIDENCE_TYPE}/sdg:Identifier", f"urn:uuid:{UUID}")),
        accepts("an identifier in capitals", set_text(f"{EVIDENCE_TYPE}/sdg:Identifier", UUID.upper())),
    ),
    natural(
        "R-EDM-REQ-C026",
        refuses("something behind the identifier", set_text(f"{EVIDENCE_TYPE}/sdg:Identifier", f"{UUID}#1")),
        accepts("blanks around the identifier", set_text(f"{EVIDENCE_TYPE}/sdg:Identifier", f" {UUID} ")),
    ),
    natural(
        "R-EDM-REQ-C106",
        refuses("an evidence type without Identifier", remove(f"{EVIDENCE_TYPE}/sdg:Identifier")),
        accepts("another Identifier", set_text(f"{EVIDENCE_TYPE}/sdg:Identifier", UUID)),
    ),
    natural(
        "R-EDM-REQ-C027",
        refuses(
            "an evidence type of a country outside",
            set_text(
                f"{EVIDENCE_TYPE}/sdg:EvidenceTypeClassification",
                f"{REPOSITORY}/evidencetypeclassifications/CH/{UUID}",
            ),
        ),
        accepts(
            "an evidence type of all countries",
            set_text(
                f"{EVIDENCE_TYPE}/sdg:EvidenceTypeClassification",
                f"{REPOSITORY}/evidencetypeclassifications/oots/{UUID}",
            ),
        ),
    ),
    natural(
        "R-EDM-REQ-C115",
        refuses(
            "an evidence type of a test repository",
            set_text(
                f"{EVIDENCE_TYPE}/sdg:EvidenceTypeClassification",
                f"{TEST_REPOSITORY}/evidencetypeclassifications/DE/{UUID}",
            ),
        ),
        accepts(
            "an evidence type of the repository",
            set_text(
                f"{EVIDENCE_TYPE}/sdg:EvidenceTypeClassification",
                f"{REPOSITORY}/evidencetypeclassifications/DE/{UUID}",
            ),
        ),
    ),
    *distributions(),
)
