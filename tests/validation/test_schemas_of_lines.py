"""What line 1.2 has beyond 1.0, what only one of the lines has, and that both schemas load in both engines."""

import pytest
import xmlschema

from oots.edm.specification import V1_2, V2_0
from oots.resources import schemas
from oots.validation.xsd import SCHEMA_OF, check_document
from oots.xml import RIM, SDG, XSI, load_schema, parse

BOTH, ONLY_1_2, ONLY_2_0, NEITHER = {V1_2, V2_0}, {V1_2}, {V2_0}, set[str]()

NAMES = "<FamilyName>Lind</FamilyName><GivenName>Maja</GivenName><DateOfBirth>1990-01-01</DateOfBirth>"
PERSON = f"<Person>{NAMES}{{}}</Person>"
COMPANY = "<LegalPerson><LegalName>Lind AB</LegalName>{}</LegalPerson>"
ADDRESS = "<AdminUnitLevel1>SE</AdminUnitLevel1><AdminUnitLevel2>SE110</AdminUnitLevel2>"
REGION = "<AdminUnitLevel1>SE</AdminUnitLevel1>"
LISTED = "<AdditionalJurisdictionClassification listID='urn:l'>AT13</AdditionalJurisdictionClassification>"
SCOPE = "<AttributeName>a</AttributeName><AttributeURI>urn:a</AttributeURI><AttributeValue>T2</AttributeValue>"
CLASSIFICATION = "<EvidenceTypeClassification>c</EvidenceTypeClassification>"
WANTED = f"<Identifier>i</Identifier>{CLASSIFICATION}<Title>t</Title>"
TYPE = f"<DataServiceEvidenceType>{WANTED}{{}}</DataServiceEvidenceType>"
FORM = TYPE.format("<DistributedAs><Format>a</Format>{}</DistributedAs>")
AGENT = "<Identifier>i</Identifier><Name>n</Name>"
PUBLISHER = f"<Publisher>{AGENT}{{}}<Address>{REGION}</Address><Jurisdiction>{REGION}</Jurisdiction></Publisher>"
SERVICE = "<AccessService><Identifier>i</Identifier>{}</AccessService>"
LIST = "<EvidenceTypeList><Identifier>i</Identifier><Name>n</Name>{}</EvidenceTypeList>"
FRAMEWORK = "<ReferenceFramework><Identifier>i</Identifier>{}</ReferenceFramework>"
CONCEPT = "<InformationConcept><Identifier>i</Identifier>{}</InformationConcept>"
FORMAT = "<Distribution><Format>a</Format></Distribution>"
ASKED = "<EvidenceProviderClassification><Identifier>i</Identifier></EvidenceProviderClassification>"
CONCERNS = "<ClassificationConcept><Identifier>i</Identifier></ClassificationConcept>"
SERVED = SERVICE.format("<ConformsTo>oots-edm:v2.0</ConformsTo>")
ABOUT = f"<IsAbout><NaturalPerson>{NAMES}</NaturalPerson></IsAbout>"
ISSUED = (
    f"<IssuingAuthority>{AGENT}</IssuingAuthority><IsConformantTo>{CLASSIFICATION}<Title>t</Title></IsConformantTo>"
    "<IssuingDate>2026-11-23</IssuingDate>"
)
EVIDENCE = (
    f"<Evidence><Identifier>i</Identifier>{ABOUT}{ISSUED}<Distribution><Format>a</Format>{{}}</Distribution></Evidence>"
)
DETERMINATION = (
    "<EvidenceProviderJurisdictionDetermination><JurisdictionContextId>c</JurisdictionContextId>"
    "<JurisdictionContext>where</JurisdictionContext><JurisdictionLevel>LAU</JurisdictionLevel>"
    "</EvidenceProviderJurisdictionDetermination>"
)

ROWS = [
    # persons
    (PERSON.format(""), BOTH),
    (PERSON.format("<BirthName>n</BirthName><PlaceOfBirth>p</PlaceOfBirth>"), BOTH),
    (PERSON.format(f"<CurrentAddress>{ADDRESS}</CurrentAddress><Gender>Male</Gender>"), BOTH),
    (
        PERSON.format("<Gender>Unspecified</Gender><Nationality>SE</Nationality><CountryOfBirth>SE</CountryOfBirth>"),
        BOTH,
    ),
    (PERSON.format("<TownOfBirth>t</TownOfBirth><CountryOfResidence>SE</CountryOfResidence>"), BOTH),
    (PERSON.format("<PhoneNumber>1</PhoneNumber><EmailAddress>a@b</EmailAddress>"), BOTH),
    (PERSON.format(f"<SectorSpecificAttribute>{SCOPE}</SectorSpecificAttribute>" * 2), BOTH),
    (PERSON.format("<Gender>9</Gender>"), ONLY_2_0),
    (PERSON.format("<Nationality>SE</Nationality><Gender>Male</Gender>"), NEITHER),
    (PERSON.format("<nonLatin>n</nonLatin>"), NEITHER),
    (COMPANY.format(f"<RegisteredAddress>{ADDRESS}</RegisteredAddress>"), BOTH),
    (COMPANY.format("<LegalPhoneNumber>1</LegalPhoneNumber><LegalEmailAddress>a@b</LegalEmailAddress>"), BOTH),
    ("<LegalPerson><Identifier>i</Identifier><Identifier>j</Identifier><LegalName>n</LegalName></LegalPerson>", BOTH),
    ("<LegalPerson><LegalName>n</LegalName><LegalPersonIdentifier>i</LegalPersonIdentifier></LegalPerson>", NEITHER),
    # agents and places
    (f"<Agent>{AGENT}<Address>{ADDRESS}</Address><Classification>ER</Classification></Agent>", BOTH),
    (f"<Agent>{AGENT}<Jurisdiction>{ADDRESS}<AdminUnitLevel3>l</AdminUnitLevel3></Jurisdiction></Agent>", BOTH),
    ("<Agent><Identifier>i</Identifier></Agent>", NEITHER),
    (f"<EvidenceRequester>{AGENT}</EvidenceRequester>", BOTH),
    (f"<EvidenceProvider>{AGENT}</EvidenceProvider>", BOTH),
    (
        f"<Jurisdiction>{REGION}{LISTED}</Jurisdiction>",
        ONLY_2_0,
    ),
    # what is wanted
    (FORM.format(""), BOTH),
    (FORM.format("<ConformsTo>urn:c</ConformsTo>"), BOTH),
    (FORM.format("<ConformsTo>urn:c</ConformsTo><Transformation>urn:t</Transformation>"), ONLY_1_2),
    (FORM.format("<Language>EN</Language><Language>SV</Language>"), ONLY_2_0),
    (FORM.format("<AssociatedDocumentRequest>Annex</AssociatedDocumentRequest>" * 2), ONLY_2_0),
    (FORM.format("<Format>b</Format>"), ONLY_2_0),
    (TYPE.format(""), ONLY_2_0),
    (TYPE.format("<DistributedAs><Format>a</Format></DistributedAs>" * 2), BOTH),
    (FORM.format("").replace("<Identifier>i</Identifier>", ""), ONLY_2_0),
    (
        FORM.format("").replace(
            "</Data", "<AuthenticationLevelOfAssurance>High</AuthenticationLevelOfAssurance></Data"
        ),
        BOTH,
    ),
    (FORM.format("").replace("</Data", f"{DETERMINATION}</Data"), ONLY_1_2),
    (FORM.format("").replace("</Data", "<Note>n</Note><Note>m</Note></Data"), BOTH),
    (FORM.format("").replace("</Data", f"{2 * ASKED}</Data"), BOTH),
    (FORM.format("").replace("</Data", f"{2 * SERVED}</Data"), BOTH),
    # requirements, and who serves what
    ("<Requirement><Identifier>i</Identifier><Name>n</Name><Description>d</Description></Requirement>", BOTH),
    (
        f"<Requirement><Identifier>i</Identifier><Name>n</Name>{FRAMEWORK.format('')}{LIST.format('')}</Requirement>",
        BOTH,
    ),
    ("<Requirement><Identifier>i</Identifier></Requirement>", NEITHER),
    (
        FRAMEWORK.format("<Title>t</Title><Title>u</Title><Description>d</Description><Description>e</Description>"),
        BOTH,
    ),
    (FRAMEWORK.format("<RelatedTo><Identifier>T2</Identifier></RelatedTo>"), BOTH),
    (FRAMEWORK.format(f"<Jurisdiction>{REGION}</Jurisdiction>" * 2), BOTH),
    (LIST.format(f"<EvidenceType>{CLASSIFICATION}<Title>t</Title></EvidenceType>" * 2), BOTH),
    ("<EvidenceTypeList><Identifier>i</Identifier></EvidenceTypeList>", BOTH),
    ("<EvidenceTypeList><Identifier>i</Identifier><Name>n</Name><Name>m</Name></EvidenceTypeList>", BOTH),
    (f"<EvidenceType>{CLASSIFICATION}<Title>t</Title>{2 * FORMAT}</EvidenceType>", BOTH),
    (LIST.format(f"<Jurisdiction>{REGION}</Jurisdiction>"), ONLY_2_0),
    (LIST.format("<MatchType>NoMatch</MatchType><MatchDescription>d</MatchDescription>"), ONLY_2_0),
    (f"<EvidenceType>{CLASSIFICATION}<Title>t</Title><Jurisdiction>{REGION}</Jurisdiction></EvidenceType>", ONLY_1_2),
    (SERVICE.format("<ConformsTo>oots-edm:v1.2</ConformsTo><ConformsTo>oots-edm:v2.0</ConformsTo>"), BOTH),
    (SERVICE.format(f"<Name>n</Name><ConformsTo>oots-edm:v2.0</ConformsTo>{PUBLISHER.format('')}"), BOTH),
    (PUBLISHER.format(""), BOTH),
    (PUBLISHER.format("").replace("</Publisher>", f"{2 * CONCERNS}</Publisher>"), BOTH),
    (PUBLISHER.format("<Description>d</Description>"), ONLY_2_0),
    (CONCEPT.format("<Type>boolean</Type><SupportedValue><BooleanValue>true</BooleanValue></SupportedValue>"), BOTH),
    (CONCEPT.format("<SupportedValue><StringValue>a</StringValue><StringValue>b</StringValue></SupportedValue>"), BOTH),
    (CONCEPT.format("<SupportedValue><DateValue>2026-11-23</DateValue></SupportedValue>"), BOTH),
    (
        CONCEPT.format(
            "<SupportedValue><StringValue>a</StringValue><DateValue>2026-11-23</DateValue></SupportedValue>"
        ),
        NEITHER,
    ),
    (CONCEPT.replace("InformationConcept", "EvidenceProviderClassification").format("<Type>string</Type>"), BOTH),
    # documents
    (EVIDENCE.format("<Language>EN</Language><ConformsTo>urn:c</ConformsTo>"), BOTH),
    (EVIDENCE.format("<Transformation>urn:t</Transformation>"), ONLY_1_2),
    (EVIDENCE.format("").replace(ABOUT, ""), ONLY_2_0),
    (EVIDENCE.format("").replace(ABOUT, "<IsAbout/>"), NEITHER),
    (EVIDENCE.format("").replace(ISSUED, ""), ONLY_2_0),
    ("<Evidence><Identifier>i</Identifier></Evidence>", ONLY_2_0),
    ("<Evidence/>", NEITHER),
    # RegRep takes any content that the profile does not know
    (DETERMINATION, BOTH),
    ("<Anything/>", BOTH),
]
"""Content of a slot, and the lines whose schema lets it through."""

DOCUMENT = f"""\
<query:QueryRequest xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0" id="urn:uuid:1"
    xmlns:rim="{RIM}" xmlns:xsi="{XSI}">
  <rim:Slot name="Content"><rim:SlotValue xsi:type="rim:AnyValueType" xmlns="{SDG}">{{}}</rim:SlotValue></rim:Slot>
  <query:ResponseOption/><query:Query queryDefinition="DocumentQuery"/>
</query:QueryRequest>"""


@pytest.mark.parametrize(("content", "lines"), ROWS)
def test_each_line_takes_what_its_profile_has(content: str, lines: set[str]) -> None:
    root = parse(DOCUMENT.format(content).encode())

    assert {line for line in (V1_2, V2_0) if check_document(root, line) == ()} == lines


@pytest.mark.parametrize("path", ["ebms/ebms-header.xsd", "genericode/genericode.xsd", *SCHEMA_OF.values()])
def test_a_schema_loads_in_both_engines(path: str) -> None:
    load_schema(schemas() / path)
    assert xmlschema.XMLSchema(schemas() / path, allow="local", use_fallback=False).maps.built
