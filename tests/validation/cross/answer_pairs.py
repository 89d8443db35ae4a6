"""Pairs of answers that fit their request, and of answers that do not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from oots.edm.documents import write
from oots.edm.model import (
    ClassificationNode,
    DistributedAs,
    Distribution,
    EvidencePackage,
    EvidenceRequest,
    EvidenceResponse,
    EvidenceType,
    ResponseStatus,
)
from oots.validation.cross.answer import x1_request_id, x4_specification, x5_requester, x6_provider, x17_available_at
from oots.validation.cross.evidence import x12_evidence_type, x13_form, x16_companions
from oots.validation.cross.parts import x14_parts
from oots.validation.cross.registry_objects import x15_registry_objects
from oots.validation.cross.subject import x11_subject
from oots.xml import RIM, Element, parse
from tests.validation.cross.messages import (
    ANOTHER,
    OTHER_ID,
    OTHER_UUID,
    Exchange,
    main_changed,
    subject_changed,
)
from tests.validation.cross.pairs import ONLY_2_0, WARNING, row


def parts(on: Exchange) -> dict[str, str | None]:
    return on.header(on.response).attached


def evidence_of(on: Exchange, **changes: Any) -> EvidenceResponse:
    return main_changed(on.response, **changes)


def other_type(on: Exchange) -> EvidenceType:
    found = on.response.evidences[0].main.metadata.is_conformant_to
    assert found is not None
    return replace(found, classification="https://other.example")


def structured(on: Exchange, model: str) -> tuple[EvidenceRequest, EvidenceResponse]:
    """Ask for JSON of a data model, and send JSON of model 1."""
    asked = (DistributedAs(format="application/json", conforms_to=f"https://models.example/{model}"),)
    sent = Distribution(format="application/json", conforms_to="https://models.example/1")
    evidence_type = replace(on.request.evidence_type, distributions=asked)
    return replace(on.request, evidence_type=evidence_type), evidence_of(on, distribution=sent)


def accompanied(on: Exchange, classification: ClassificationNode) -> EvidenceResponse:
    [package] = on.response.evidences
    companions = tuple(replace(item, classification=classification) for item in package.companions)
    return replace(on.response, evidences=(replace(package, companions=companions),))


def deferred(on: Exchange, after: timedelta) -> EvidenceResponse:
    available_at = on.response.issue_date_time + after
    return replace(on.response, status=ResponseStatus.UNAVAILABLE, available_at=available_at, evidences=())


def as_tree(response: EvidenceResponse, old: bytes = b"", new: bytes = b"") -> Element:
    written = write(response)
    assert old in written
    return parse(written.replace(old, new))


def two_documents(on: Exchange) -> EvidenceResponse:
    """Give a response with two evidences, whatever the line makes of that."""
    [package] = on.response.evidences
    metadata = replace(package.main.metadata, identifier=OTHER_UUID)
    second = EvidencePackage(main=replace(package.main, metadata=metadata, content_id="other@register.example"))
    return replace(on.response, evidences=(package, second))


def ids_of(response: EvidenceResponse) -> list[bytes]:
    found = as_tree(response).iter(f"{{{RIM}}}RegistryObject")
    return [item.attrib["id"].encode() for item in found]


PAIRS: Final = (
    row(
        "X1",
        "the answer names another request",
        lambda on, answer: x1_request_id(on.request, answer),
        lambda on: on.response,
        lambda on: replace(on.response, request_id=OTHER_ID),
    ),
    row(
        "X1",
        "the error names another request",
        lambda on, answer: x1_request_id(on.first, answer),
        lambda on: on.invitation,
        lambda on: replace(on.invitation, request_id=OTHER_ID),
    ),
    row(
        "X4",
        "the answer follows another line",
        lambda on, answer: x4_specification(on.request, answer),
        lambda on: on.response,
        lambda on: replace(on.response, specification="oots-edm:v1.0"),
        **WARNING,
    ),
    row(
        "X5",
        "the answer is for another requester",
        lambda on, answer: x5_requester(on.request, answer),
        lambda on: on.response,
        lambda on: replace(on.response, requester=replace(on.response.requester, identifier=ANOTHER)),
    ),
    row(
        "X6",
        "the answer comes from another provider",
        lambda on, answer: x6_provider(on.request, answer),
        lambda on: on.response,
        lambda on: replace(on.response, provider=replace(on.response.provider, identifier=ANOTHER)),
    ),
    row(
        "X11",
        "the evidence is about another person",
        lambda on, response: x11_subject(on.request, response),
        lambda on: on.response,
        lambda on: subject_changed(on.response, identifier=ANOTHER),
    ),
    row(
        "X12",
        "the evidence is of another type",
        lambda on, response: x12_evidence_type(on.request, response),
        lambda on: on.response,
        lambda on: evidence_of(on, is_conformant_to=other_type(on)),
        **WARNING,
    ),
    row(
        "X13",
        "the evidence has a media type that nobody asked for",
        lambda on, response: x13_form(on.request, response),
        lambda on: on.response,
        lambda on: evidence_of(on, distribution=Distribution(format="image/png")),
        **WARNING,
    ),
    row(
        "X13",
        "the evidence follows another data model",
        lambda _, asked_and_sent: x13_form(*asked_and_sent),
        lambda on: structured(on, "1"),
        lambda on: structured(on, "2"),
        **WARNING,
    ),
    row(
        "X14",
        "a document has no part",
        lambda on, attached: x14_parts(on.response, attached),
        parts,
        lambda on: dict(list(parts(on).items())[1:]),
    ),
    row(
        "X14",
        "a part has no document",
        lambda on, attached: x14_parts(on.response, attached),
        parts,
        lambda on: {**parts(on), "more@register.example": "application/pdf"},
        **WARNING,
    ),
    row(
        "X14",
        "a part has another media type than its description",
        lambda on, attached: x14_parts(on.response, attached),
        parts,
        lambda on: {**parts(on), on.response.evidences[0].main.content_id: "application/xml"},
        **WARNING,
    ),
    row(
        "X15",
        "two registry objects have one id",
        lambda _, tree: x15_registry_objects(tree),
        lambda on: as_tree(two_documents(on)),
        lambda on: as_tree(two_documents(on), ids_of(two_documents(on))[-1], ids_of(two_documents(on))[0]),
        **WARNING,
    ),
    row(
        "X15",
        "an association leads out of its package",
        lambda _, tree: x15_registry_objects(tree),
        lambda on: as_tree(on.response),
        lambda on: as_tree(on.response, b'targetObject="urn:uuid:', b'targetObject="urn:uuid:f'),
        **WARNING,
        **ONLY_2_0,
    ),
    row(
        "X16",
        "an annex comes where a translation was asked for",
        lambda on, response: x16_companions(on.request, response),
        lambda on: accompanied(on, ClassificationNode.TRANSLATION),
        lambda on: accompanied(on, ClassificationNode.ANNEX),
        **WARNING,
        **ONLY_2_0,
    ),
    row(
        "X17",
        "what is deferred was available before",
        lambda _, response: x17_available_at(response),
        lambda on: deferred(on, timedelta(days=1)),
        lambda on: deferred(on, timedelta(0)),
        **WARNING,
    ),
)
