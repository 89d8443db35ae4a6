import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_evidence_types, read_requirements, write_requirements
from oots.common_services.interface import V1_0, V1_1, V1_2, V2_0
from oots.common_services.model import (
    AccessService,
    AdditionalJurisdictionClassification,
    ClassificationConcept,
    EvidenceProviderJurisdictionDetermination,
    JurisdictionLevel,
)
from oots.edm.model import Distribution, Identifier, LevelOfAssurance, MultilingualString
from oots.errors import CallerError, UnreadableAnswer

VECTORS = Path(__file__).parents[1] / "vectors" / "common_services"
SR = "https://sr.acc.oots.tech.ec.europa.eu"


def _body(name: str, *changes: tuple[str, str]) -> bytes:
    text = (VECTORS / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def _requirements(body: bytes) -> Requirements:
    answer = read_requirements(body, V2_0)
    assert isinstance(answer, Requirements)
    return answer


def _evidence_types(body: bytes) -> Requirements:
    answer = read_evidence_types(body, V2_0)
    assert isinstance(answer, Requirements)
    return answer


def _data_services(body: bytes, interface: str = V2_0) -> DataServices:
    answer = read_data_services(body, interface)
    assert isinstance(answer, DataServices)
    return answer


def _access_services(body: bytes) -> tuple[AccessService, ...]:
    return _data_services(body).data_services[0].access_services


def _question(body: bytes, interface: str = V2_0) -> QuestionForUser:
    answer = read_data_services(body, interface)
    assert isinstance(answer, QuestionForUser)
    return answer


# --- the Evidence Broker ----------------------------------------------------------------------------------------------


def test_a_requirement_is_read_with_the_procedures_that_impose_it() -> None:
    [requirement] = _requirements(_body("requirements.xml")).requirements
    [framework] = requirement.reference_frameworks

    assert requirement.identifier == f"{SR}/requirements/df81cba1-1936-46fe-ad4b-53254b79bf55"
    assert requirement.names == (
        MultilingualString(text="Proof of birth", lang="EN"),
        MultilingualString(text="Nachweis der Geburt", lang="DE"),
    )
    assert framework.procedure == "R1"
    assert framework.jurisdiction.admin_unit_level1 == "AT"
    assert framework.jurisdiction.regions == (
        AdditionalJurisdictionClassification(list_id=f"{SR}/codelists/AT/DemoBundesland", code="AT13"),
    )
    assert requirement.evidence_type_lists == ()


def test_a_list_has_all_its_evidence_types_and_a_list_without_any_says_no_match() -> None:
    [requirement] = _evidence_types(_body("evidence-types.xml")).requirements
    together, none = requirement.evidence_type_lists

    assert [item.titles[0].text for item in together.evidence_types] == [
        "Diploma (demo)",
        "Transcript of records (demo)",
    ]
    assert not together.is_no_match
    assert {place.admin_unit_level1 for place in together.holds_in} == {"PT"}
    assert none.is_no_match
    assert none.match_descriptions[0].text == "The autonomous region issues no such document."
    assert [region.code for place in none.holds_in for region in place.regions] == ["PT20"]


def test_a_requirement_is_handed_to_a_request_as_it_came() -> None:
    [requirement] = _requirements(_body("requirements.xml")).requirements

    asked = requirement.asked()

    assert (asked.identifier, asked.names) == (requirement.identifier, requirement.names)


NO_MATCH = "<sdg:MatchType>NoMatch</sdg:MatchType>"


@pytest.mark.parametrize("said", ["", "<sdg:MatchType>Similar</sdg:MatchType>", "<sdg:MatchType/>"])
def test_an_empty_list_that_does_not_say_no_match_is_set_aside(said: str) -> None:
    answer = _evidence_types(_body("evidence-types.xml", (NO_MATCH, said)))

    [kept] = answer.requirements[0].evidence_type_lists
    [left_out] = answer.set_aside
    assert not kept.is_no_match
    assert (left_out.element, left_out.rules) == ("EvidenceTypeList", ("R-EB-EVI-S015",))


def test_no_match_beside_an_evidence_type_does_not_count() -> None:
    first = _body("evidence-types.xml").replace(b"</sdg:EvidenceType>", b"</sdg:EvidenceType>" + NO_MATCH.encode(), 1)

    lists = _evidence_types(first).requirements[0].evidence_type_lists

    assert [item.is_no_match for item in lists] == [False, True]


def test_a_list_is_never_read_with_fewer_evidence_types_than_it_has() -> None:
    broken = _body("evidence-types.xml", ('<sdg:Title lang="EN">Transcript of records (demo)</sdg:Title>', ""))

    answer = _evidence_types(broken)

    assert [item.is_no_match for item in answer.requirements[0].evidence_type_lists] == [True]
    assert "EvidenceType has no Title" in answer.set_aside[0].detail


def test_an_answer_whose_lists_are_all_broken_is_no_answer() -> None:
    broken = _body("evidence-types.xml", ("sdg:EvidenceTypeList>", "sdg:Other>"))

    with pytest.raises(UnreadableAnswer, match=r"R-EB-EVI-S016: no registry object can be read"):
        read_evidence_types(broken, V2_0)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("sdg:RelatedTo>", "sdg:Other>"), "R-EB-REQ-S020"),
        (("<sdg:AdminUnitLevel1>AT</sdg:AdminUnitLevel1>", ""), "R-EB-REQ-C009"),
        (('listID="https://sr.acc.oots.tech.ec.europa.eu/codelists/AT/DemoBundesland"', ""), None),
    ],
)
def test_a_broken_declaration_is_set_aside_and_the_others_stand(change: tuple[str, str], rule: str | None) -> None:
    text = _body("requirements.xml").decode()
    start, end = text.index("<sdg:ReferenceFramework>"), text.index("</sdg:Requirement>")
    whole = text[start:end]
    broken = whole.replace(*change)
    assert broken != whole

    answer = _requirements((text[:start] + broken + whole + text[end:]).encode())

    assert len(answer.requirements[0].reference_frameworks) == 1
    assert [item.rules for item in answer.set_aside] == [() if rule is None else (rule,)]
    with pytest.raises(UnreadableAnswer, match="no ReferenceFramework of the Requirement can be read"):
        read_requirements((text[:start] + broken + text[end:]).encode(), V2_0)


def test_a_requirement_for_which_nothing_is_declared_is_read_too() -> None:
    text = _body("requirements.xml").decode()
    start, end = text.index("<sdg:ReferenceFramework>"), text.index("</sdg:Requirement>")

    [requirement] = _requirements((text[:start] + text[end:]).encode()).requirements

    assert requirement.reference_frameworks == ()


# --- the Data Service Directory ---------------------------------------------------------------------------------------


def test_a_data_service_is_read_with_its_forms_providers_and_questions() -> None:
    [record] = _data_services(_body("data-services.xml")).data_services
    [service] = record.access_services
    publisher = service.publisher

    assert record.distributions == (
        Distribution(format="application/pdf", languages=("DE", "EN")),
        Distribution(format="application/xml", languages=("DE",), conforms_to=f"{SR}/datamodels/demo-residence-1.0.0"),
    )
    assert record.authentication_level_of_assurance is LevelOfAssurance.SUBSTANTIAL
    assert service.identifier.value == "AP_AT_DEMO"
    assert service.conforms_to == ("oots-edm:v1.2", "oots-edm:v2.0")
    assert publisher.identifier.value == "REG-WIEN-DEMO"
    assert publisher.address is not None
    assert publisher.address.post_city_name == "Wien"
    assert publisher.concepts[0].supported_values == ("AT13",)
    assert record.classifications[0].identifier.value == publisher.concepts[0].identifier.value


def test_a_data_service_of_1_0_is_read_with_its_question_about_a_place() -> None:
    [record] = _data_services(_body("data-services-in-1.0.xml"), V1_0).data_services
    assert record.jurisdiction_determination == EvidenceProviderJurisdictionDetermination(
        jurisdiction_context_id="9919a99b-edc7-53ed-a331-dd7ea16d5e32",
        jurisdiction_contexts=(MultilingualString(text="Place of residence", lang="EN"),),
        jurisdiction_level=JurisdictionLevel.NUTS2,
    )
    jurisdiction = record.access_services[0].publisher.jurisdiction
    assert jurisdiction is not None
    assert jurisdiction.admin_unit_level2 == "AT13"


GATEWAY = (
    '<sdg:Identifier schemeID="urn:oasis:names:tc:ebcore:partyid-type:unregistered:AT">AP_AT_DEMO</sdg:Identifier>'
)
PROVIDER = GATEWAY.replace("AP_AT_DEMO", "REG-WIEN-DEMO")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ((GATEWAY, "<sdg:Identifier>AP_AT_DEMO</sdg:Identifier>"), "R-DSD-RESP-C012"),
        ((PROVIDER, "<sdg:Identifier>REG-WIEN-DEMO</sdg:Identifier>"), "R-DSD-RESP-C016"),
        (("<sdg:StringValue>AT13</sdg:StringValue>", ""), "R-DSD-RESP-C028"),
        (("<sdg:AdminUnitLevel1>AT</sdg:AdminUnitLevel1>", ""), "R-DSD-RESP-C018"),
    ],
)
def test_an_access_service_that_cannot_be_addressed_is_set_aside_and_the_others_stand(
    change: tuple[str, str], rule: str
) -> None:
    text = _body("data-services.xml").decode()
    start, end = text.index("<sdg:AccessService>"), text.index("<sdg:AuthenticationLevelOfAssurance>")
    whole = text[start:end]
    assert change[0] in whole

    answer = _data_services((text[:start] + whole.replace(*change) + whole + text[end:]).encode())

    assert len(answer.data_services[0].access_services) == 1
    assert [item.rules for item in answer.set_aside] == [(rule,)]


def test_a_data_service_that_nobody_provides_is_no_answer() -> None:
    with pytest.raises(UnreadableAnswer, match="R-DSD-RESP-S014"):
        read_data_services(_body("data-services.xml", ("sdg:AccessService>", "sdg:Other>")), V2_0)


@pytest.mark.parametrize("form", ["<sdg:Format/>", ""])
def test_a_form_without_media_type_is_none(form: str) -> None:
    with pytest.raises(UnreadableAnswer, match="R-DSD-RESP-C009"):
        read_data_services(_body("data-services.xml", ("<sdg:Format>application/pdf</sdg:Format>", form)), V2_0)


def test_several_media_types_of_one_form_are_as_many_forms() -> None:
    pdf = "<sdg:Format>application/pdf</sdg:Format>"

    [record] = _data_services(
        _body("data-services.xml", (pdf, f"{pdf}<sdg:Format>image/png</sdg:Format>"))
    ).data_services

    assert [form.format for form in record.distributions] == ["application/pdf", "image/png", "application/xml"]
    assert {form.languages for form in record.distributions[:2]} == {("DE", "EN")}


def test_an_unknown_level_of_assurance_is_not_taken_for_none() -> None:
    with pytest.raises(UnreadableAnswer, match="R-DSD-RESP-C008"):
        read_data_services(_body("data-services.xml", (">Substantial<", ">substantial<")), V2_0)


def test_what_a_real_directory_may_leave_out_is_left_out() -> None:
    body = _body(
        "data-services.xml",
        ("<sdg:ConformsTo>oots-edm:v1.2</sdg:ConformsTo>", ""),
        ("<sdg:ConformsTo>oots-edm:v2.0</sdg:ConformsTo>", ""),
        ("sdg:DistributedAs>", "sdg:Other>"),
        ("sdg:Address>", "sdg:Other>"),
    )

    assert _data_services(body).data_services[0].distributions == ()
    assert _access_services(body)[0].conforms_to == ()
    assert _access_services(body)[0].publisher.address is None


def test_a_wanted_form_is_handed_to_a_request_whole() -> None:
    [record] = _data_services(_body("data-services.xml")).data_services
    form = record.distributions[1]

    [asked] = record.asked(form).distributions

    assert (asked.format, asked.languages, asked.conforms_to) == (form.format, form.languages, form.conforms_to)
    with pytest.raises(CallerError, match="does not offer"):
        record.asked(replace(form, languages=("EN",)))
    with pytest.raises(CallerError, match="does not offer"):
        record.asked()


def test_one_broken_record_does_not_hide_another() -> None:
    text = _body("data-services.xml").decode()
    start, end = text.index("<rim:RegistryObject "), text.index("</rim:RegistryObjectList>")
    whole = text[start:end]
    broken = whole.replace('name="DataServiceEvidenceType"', 'name="Other"')

    answer = _data_services((text[:start] + broken + whole + text[end:]).encode())

    assert len(answer.data_services) == 1
    assert [item.rules for item in answer.set_aside] == [("R-DSD-RESP-S009",)]


# --- questions and refusals -------------------------------------------------------------------------------------------


CONCEPT = "8c6ce681-350c-5639-a999-d4059599caff"
LIST = f"{SR}/codelists/AT/DemoBundesland"


def test_a_question_is_read_with_its_list_and_all_its_languages() -> None:
    question = _question(_body("question.xml"))

    assert question.questions == (
        ClassificationConcept(
            identifier=Identifier(value=CONCEPT, scheme_id=LIST),
            type="codelist",
            value_expression=LIST,
            descriptions=(
                MultilingualString(text="In which federal state are you registered?", lang="EN"),
                MultilingualString(text="In welchem Bundesland sind Sie gemeldet?", lang="DE"),
            ),
        ),
    )
    assert question.data_service.identifier == "cbb896c7-d58c-522e-b5f8-ad5be570ad6c"
    assert question.data_service.access_services == ()


def test_1_0_asks_about_a_place_first_and_spells_its_types_as_it_likes() -> None:
    place, concept = _question(_body("question-in-1.0.xml"), V1_0).questions

    assert isinstance(place, EvidenceProviderJurisdictionDetermination)
    assert isinstance(concept, ClassificationConcept)
    assert concept.type == "codelist"


def test_2_0_does_not_ask_about_a_place_though_official_samples_still_have_the_slot() -> None:
    body = _body("question-in-1.0.xml").decode()
    said = '<rim:Slot name="SpecificationIdentifier"><rim:SlotValue xsi:type="rim:StringValueType">'
    start = body.index("<rs:Exception")

    question = _question(
        f"{body[:start]}{said}<rim:Value>oots-cs:v2.0</rim:Value></rim:SlotValue></rim:Slot>{body[start:]}".encode()
    )

    assert [type(item) for item in question.questions] == [ClassificationConcept]


@pytest.mark.parametrize(
    "change",
    [
        ("UserRequestedClassificationConcepts", "Other"),
        ("sdg:EvidenceProviderClassification>", "sdg:Other>"),
        ('rim:Element xsi:type="rim:AnyValueType"', 'rim:Element xsi:type="rim:StringValueType"'),
        ("<sdg:Type>codelist</sdg:Type>", ""),
        ("<sdg:Type>codelist</sdg:Type>", "<sdg:Type>date</sdg:Type>"),
        (CONCEPT, "country-code"),
        ("sdg:Description", "sdg:Other"),
        ("<sdg:Type>", "<sdg:SupportedValue><sdg:StringValue>AT13</sdg:StringValue></sdg:SupportedValue><sdg:Type>"),
        ("sdg:DataServiceEvidenceType>", "sdg:Other>"),
    ],
)
def test_a_question_that_nobody_could_answer_is_a_refusal(change: tuple[str, str]) -> None:
    answer = read_data_services(_body("question.xml", change), V2_0)

    assert isinstance(answer, Refused)
    assert answer.code == "DSD:ERR:0005"


def test_a_question_asked_twice_is_a_refusal() -> None:
    text = _body("question.xml").decode()
    start, end = text.index("<rim:Element"), text.index("</rim:Element>") + len("</rim:Element>")

    assert isinstance(read_data_services((text[:end] + text[start:]).encode(), V2_0), Refused)


def test_a_refusal_is_read_with_all_it_says() -> None:
    for answer in (read_requirements(_body("refusal.xml"), V2_0), read_data_services(_body("refusal.xml"), V2_0)):
        assert isinstance(answer, Refused)
        [exception] = answer.exceptions
        assert (exception.code, exception.detail) == ("EB:ERR:0001", "EMPTY_RESULT")
        assert exception.exception_type == "ObjectNotFoundExceptionType"
        assert exception.message == "The result set is empty"


def test_a_refusal_without_code_or_with_an_unknown_one_stays_a_refusal() -> None:
    for change in (' code="EB:ERR:0001"', ""), ("EB:ERR:0001", "EB:ERR:9999"):
        answer = read_requirements(_body("refusal.xml", change), V2_0)
        assert isinstance(answer, Refused)
        assert answer.code in (None, "EB:ERR:9999")


@pytest.mark.parametrize("code", ["EB:ERR:é", "EB&#10;ERR&#9;1", "x" * 51])
def test_a_code_that_may_not_stand_in_a_log_is_not_shown(code: str) -> None:
    answer = read_requirements(_body("refusal.xml", ("EB:ERR:0001", code)), V2_0)

    assert isinstance(answer, Refused)
    assert answer.code in ("(unreadable name)", "EB ERR 1")


def test_blanks_around_what_a_refusal_says_mean_nothing() -> None:
    spaced = _body(
        "refusal.xml",
        ('"EMPTY_RESULT"', '" EMPTY_RESULT&#10;"'),
        ('"The result set is empty"', '"  The result set is empty "'),
    )

    assert read_requirements(spaced, V2_0) == read_requirements(_body("refusal.xml"), V2_0)


# --- the frame --------------------------------------------------------------------------------------------------------


STATUS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
SPECIFICATION = "<rim:Value>oots-cs:v2.0</rim:Value>"


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("requirements.xml", (f"{STATUS}Success", f"{STATUS}PartialSuccess"), "R-EB-REQ-S006"),
        ("requirements.xml", (f"{STATUS}Success", f"{STATUS}Failure"), "R-EB-ERR-S007"),
        ("requirements.xml", ("rim:RegistryObjectList>", "rim:Other>"), "R-EB-REQ-S018"),
        ("requirements.xml", ("rim:RegistryObject ", "rim:Other "), "not well-formed"),
        ("requirements.xml", ("query:4.0", "query:3.0"), "R-EB-REQ-S001"),
        ("requirements.xml", ("query:QueryResponse", "query:QueryRequest"), "R-EB-REQ-S001"),
        ("requirements.xml", (SPECIFICATION, "<rim:Value>oots-cs:v1.2</rim:Value>"), "names another version"),
        ("requirements.xml", ('"SpecificationIdentifier"', '"Other"'), "names no version"),
        ("refusal.xml", ('"SpecificationIdentifier"', '"Other"'), "names no version"),
        ("refusal.xml", (f"{STATUS}Failure", f"{STATUS}Success"), "R-EB-REQ-S008"),
        ("refusal.xml", ("rs:Exception", "rs:Other"), "R-EB-ERR-S008"),
    ],
)
def test_an_answer_that_contradicts_itself_is_no_answer(name: str, change: tuple[str, str], text: str) -> None:
    with pytest.raises(UnreadableAnswer, match=text):
        read_requirements(_body(name, change), V2_0)


def test_two_lists_of_registry_objects_are_no_answer() -> None:
    text = _body("requirements.xml").decode()
    start, end = text.index("<rim:RegistryObjectList>"), text.index("</query:QueryResponse>")

    with pytest.raises(UnreadableAnswer, match="R-EB-REQ-S007"):
        read_requirements((text[:end] + text[start:]).encode(), V2_0)


@pytest.mark.parametrize("interface", [V1_0, V1_1, V1_2])
def test_an_answer_of_1_x_need_not_say_its_version(interface: str) -> None:
    assert isinstance(read_data_services(_body("data-services-in-1.0.xml"), interface), DataServices)


def test_an_answer_that_names_2_0_is_not_taken_for_one_of_1_0() -> None:
    with pytest.raises(UnreadableAnswer, match="names another version"):
        read_data_services(_body("data-services.xml"), V1_0)


def test_prefixes_unknown_attributes_and_blanks_mean_nothing() -> None:
    text = _body("requirements.xml").decode()
    foreign = (
        text.replace("sdg:", "oots:")
        .replace("xmlns:sdg", "xmlns:oots")
        .replace("<query:QueryResponse ", '<query:QueryResponse startIndex="0" totalResultCount="1" ')
        .replace(">Proof of birth<", ">\n   Proof\n  of birth  <")
        .replace(">AT<", "> AT\n<")
    )

    assert _requirements(foreign.encode()) == _requirements(text.encode())


@pytest.mark.parametrize("length", range(0, 2100, 150))
def test_a_truncated_answer_is_no_answer(length: int) -> None:
    with pytest.raises(UnreadableAnswer):
        read_requirements(_body("requirements.xml")[:length], V2_0)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "no XML"),
        (b"<html><body>Bad gateway</body></html>", "query:QueryResponse"),
        (b"x" * (10 << 20) + b"x", "more than the 10485760 allowed"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type declaration"),
        (gzip.compress(b"<a/>", mtime=0), "no XML"),
    ],
)
def test_what_is_no_answer_at_all_is_refused(body: bytes, text: str) -> None:
    for read in (read_requirements, read_evidence_types, read_data_services):
        with pytest.raises(UnreadableAnswer, match=text):
            read(body, V2_0)


def test_a_markup_in_a_text_is_text() -> None:
    body = _body("requirements.xml", (">Proof of birth<", ">&lt;script&gt;<"))

    assert _requirements(body).requirements[0].names[0].text == "<script>"


def test_a_directory_that_has_nothing_does_not_write_a_success() -> None:
    with pytest.raises(CallerError, match="says so in a refusal"):
        write_requirements(Requirements(interface=V2_0, requirements=()))
