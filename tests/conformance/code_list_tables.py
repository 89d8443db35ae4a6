"""
The code lists of OOTS as tables: codes, names, and where the lines differ.  The long lists of others are not here.

Codes are facts of the standards; the names of procedures, agents and errors are short texts of our own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OOTS: Final = "urn:sr.oots.tech.ec.europa.eu:codelists:"
OURS: Final = "urn:oots:codelists:"
"""For what OOTS enumerates in a rule and publishes as no list."""

UNCHANGED: Final = "2022-12"
"""Version of a list that has the same codes since that release."""

LATER: Final = "2.0.1"
"""Version of a list that was changed since, as the data model of that number has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One list as it is to be written."""

    stem: str
    """Name of the file; ends with the line when there is one file for each."""
    short_name: str
    canonical_uri: str
    version: str
    version_uri: str
    columns: Sequence[str]
    """The first holds the codes."""
    rows: Sequence[Sequence[str]]
    """Values in the order of the columns; an empty one is left out."""


def _codes(text: str) -> list[str]:
    return text.split()


def _oots(
    stem: str, version: str, columns: str, rows: Sequence[Sequence[str]], *, short_name: str | None = None
) -> Table:
    name = short_name or stem.partition("-")[0]
    return Table(
        stem=stem,
        short_name=name,
        canonical_uri=OOTS + name.lower(),
        version=version,
        version_uri=f"{OOTS}{name.lower()}-{version}",
        columns=("code", *columns.split()),
        rows=rows,
    )


_INVALID, _NOT_FOUND = "rs:InvalidRequestExceptionType", "rs:ObjectNotFoundExceptionType"

_EDM_ERRORS = (
    ("EDM:ERR:0001", "Failed Authentication", "rs:AuthenticationExceptionType"),
    ("EDM:ERR:0002", "Missing Authorization", "rs:AuthorizationExceptionType"),
    ("EDM:ERR:0003", "Syntactically or semantically invalid request", _INVALID),
    ("EDM:ERR:0004", "Object not found", _NOT_FOUND),
    ("EDM:ERR:0005", "Exceeding timeout period", "rs:TimeoutExceptionType"),
    ("EDM:ERR:0006", "Referenced object that cannot be resolved", "rs:UnresolvedReferenceExceptionType"),
    ("EDM:ERR:0007", "Optional feature or capability is not supported", "rs:UnsupportedCapabilityExceptionType"),
    ("EDM:ERR:0008", "Invalid query syntax or semantics that must be corrected", "query:QueryExceptionType"),
)

_DSD_ERRORS = (
    ("DSD:ERR:0001", "no data service for the parameters", _NOT_FOUND),
    ("DSD:ERR:0002", "evidence type unknown", _NOT_FOUND),
    ("DSD:ERR:0003", "parameters do not follow the query specification", _INVALID),
    ("DSD:ERR:0004", "unknown query", _INVALID),
    ("DSD:ERR:0005", "the user must supply the attributes listed", _NOT_FOUND),
    ("DSD:ERR:0006", "wrong value for a parameter", _INVALID),
)

_EB_ERRORS_1_2 = (
    ("EB:ERR:0001", "empty result", _NOT_FOUND),
    ("EB:ERR:0002", "unknown requirement", _NOT_FOUND),
    ("EB:ERR:0003", "parameters do not follow the query specification", _INVALID),
    ("EB:ERR:0004", "bad jurisdiction level", _INVALID),
    ("EB:ERR:0005", "bad procedure", _INVALID),
    ("EB:ERR:0006", "bad country", _INVALID),
    ("EB:ERR:0007", "unknown query", _INVALID),
)

_PROCEDURES: Mapping[str, str] = {
    "R1": "proof of birth registration",
    "S1": "proof of residence",
    "T1": "study financing application",
    "T2": "admission to public tertiary education",
    "T3": "academic recognition of diplomas",
    "U1": "determination of applicable social security legislation",
    "U2": "notify changes of circumstances for social security benefits",
    "U3": "European Health Insurance Card",
    "U4": "income tax declaration",
    "V1": "change of address",
    "V2": "vehicle registration",
    "V3": "road infrastructure stickers",
    "V4": "emission stickers",
    "V5": "driving licence",
    "W1": "claim pension or pre-retirement benefits",
    "W2": "information on pension data",
    "X1": "business activity notification or permission",
    "X2": "registration of an employer with compulsory schemes",
    "X3": "registration of employees with compulsory schemes",
    "X4": "corporate tax declaration",
    "X5": "notification of the end of an employment contract",
    "X6": "social contributions for employees",
    "X7": "short-term rental",
    "X9": "repair and refurbished goods",
    "X10": "notification as data intermediation service provider",
    "X11": "registration as data altruism organisation",
    "AK1": "",
    "AL1": "",
    "AM1": "recognition of professional qualifications",
}

_SEVERITY = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:"
_COUNTRIES = _codes("AT BE BG HR CY CZ DK EE FI FR DE EL HU IS IE IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE EU")
_EIDAS_GENDERS = ("Male", "Female", "Unspecified")
_EIDAS2_GENDERS: Mapping[str, str] = {
    "0": "not known",
    "1": "male",
    "2": "female",
    "3": "other",
    "4": "inter",
    "5": "diverse",
    "6": "open",
    "9": "not applicable",
}

TABLES: Final = (
    _oots("EDMErrorCodes", LATER, "name-Value name-Type", _EDM_ERRORS),
    _oots("DSDErrorCodes", UNCHANGED, "name-Value name-Type", _DSD_ERRORS),
    _oots("EBErrorCodes-1.2", UNCHANGED, "name-Value name-Type", _EB_ERRORS_1_2),
    _oots(
        "EBErrorCodes-2.0",
        LATER,
        "name-Value name-Type",
        [row for row in _EB_ERRORS_1_2 if row[0] != "EB:ERR:0004"],
    ),
    _oots(
        "LCMErrorCodes",
        UNCHANGED,
        "name-Value name-Type",
        (
            ("LCM:ERR:0001", "registry object not compliant", _INVALID),
            ("LCM:ERR:0002", "association not compliant", _INVALID),
            ("LCM:ERR:0003", "dataset not compliant", _INVALID),
        ),
    ),
    _oots(
        "ErrorSeverity",
        LATER,
        "name-Value name-ApplicableErrorCode",
        (
            ("urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error", "failure", ""),
            (f"{_SEVERITY}EDMErrorResponse:PreviewRequired", "preview required", "EDM:ERR:0002"),
            (f"{_SEVERITY}DSDErrorResponse:AdditionalInput", "additional input required", "DSD:ERR:0005"),
        ),
    ),
    _oots(
        "AgentClassification",
        UNCHANGED,
        "name-Value",
        (
            ("ER", "Evidence Requester"),
            ("IP", "Intermediary Platform"),
            ("EP", "Evidence Provider"),
            ("ERRP", "Error Provider"),
        ),
    ),
    _oots(
        "LevelsOfAssurance",
        UNCHANGED,
        "name-URI",
        # The second URI is spelled as published.
        [
            (code, f"http://eidas.europa.eu/LoA/{uri}")
            for code, uri in (("Low", "Low"), ("Substantial", "Substiantial"), ("High", "High"))
        ],
        short_name="LoA",
    ),
    _oots(
        "Gender-2.0",
        LATER,
        "name-Value",
        [(code, "") for code in _EIDAS_GENDERS] + list(_EIDAS2_GENDERS.items()),
    ),
    _oots(
        "IdentifierSchemes",
        UNCHANGED,
        "name-Value",
        (
            ("VAT", "VAT registration"),
            ("TAX", "tax reference"),
            ("BusinessCode", "identifier of Directive 2012/17/EU"),
            ("LEI", "Legal Entity Identifier"),
            ("EORI", "Economic Operator Registration and Identification"),
            ("SEED", "excise number"),
            ("SIC", "Standard Industrial Classification"),
        ),
    ),
    _oots(
        "OOTSMediaTypes",
        UNCHANGED,
        "name-Value name-Structure",
        (
            ("application/pdf", ".pdf", "unstructured"),
            ("image/jpeg", ".jpeg", "unstructured"),
            ("image/png", ".png", "unstructured"),
            ("image/svg+xml", ".svg", "unstructured"),
            ("application/xml", ".xml", "structured"),
            ("application/json", ".json", "structured"),
        ),
    ),
    _oots(
        "JurisdictionLevel-1.2",
        UNCHANGED,
        "name-Value",
        [(code, "") for code in ("Country", "NUTS1", "NUTS2", "NUTS3", "LAU")],
    ),
    _oots("Procedures", LATER, "name-Value", list(_PROCEDURES.items())),
    _oots("OOTS_Country-1.2", LATER, "", [(code,) for code in _COUNTRIES], short_name="EEA_Country"),
    _oots("OOTS_Country-2.0", LATER, "", [(code,) for code in _COUNTRIES]),
    Table(
        stem="EvidenceProviderClassificationTypes",
        short_name="EvidenceProviderClassificationTypes",
        canonical_uri=f"{OURS}evidenceproviderclassificationtypes",
        version=LATER,
        version_uri=f"{OURS}evidenceproviderclassificationtypes-{LATER}",
        columns=("code",),
        rows=[(code,) for code in ("string", "boolean", "codelist")],
    ),
)

EAS_2_0: Final = (
    *_codes("0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188"),
    *_codes("0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213"),
    *_codes("0215 0216 0217 0218 0221 0225 0230 0235 0240 0244 9910 9913 9914 9915 9918 9919 9920"),
    *(str(code) for code in range(9922, 9954)),
    *_codes("9957 9959 AN AQ AS AU EM"),
)
"""The electronic address schemes of line 2.0; line 1.2 has those of the published file of 2022-03-04."""
