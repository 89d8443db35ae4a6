"""Seeds are loaded all or not at all, and nobody is left to find one mistake after the other."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from directory.consistency import complaints_about
from directory.declarations import Contents, MemberState, SharedRequirements
from directory.loading import load
from directory.seed_files import Complaint, SeedRefused, demo_seeds, read_seed, read_seed_files
from directory.shelf import NOTHING, Shelf
from directory.tables import REVISION
from oots.common_services.answers import DataServices, Refused
from oots.store.database import Database, open_database
from oots.store.migrate import upgrade
from tests.directory.desks import AT_BIRTH, BIRTH, FEDERAL_STATE, SigningIdentity, loaded, open_desk, utc_now

REQUIREMENTS, FINLAND, AUSTRIA, PORTUGAL = demo_seeds()
assert isinstance(AUSTRIA, MemberState)
assert isinstance(REQUIREMENTS, SharedRequirements)


def austria(**changes: Any) -> MemberState:
    """Give Austria with some tables replaced."""
    tables: dict[str, Any] = json.loads(AUSTRIA.model_dump_json(exclude_defaults=True))
    seed = read_seed("AT.json", json.dumps(tables | changes).encode())
    assert isinstance(seed, MemberState)
    return seed


def tables(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(AUSTRIA.model_dump_json(exclude_defaults=True))[kind]
    return found


@pytest.fixture
def shelf(database: Database) -> Shelf:
    upgrade(database, "directory")
    return Shelf(database)


def revisions(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(REVISION)) or 0


def everything() -> Contents:
    contents = Contents()
    for seed in demo_seeds():
        contents = contents.with_part(seed)
    return contents


def test_the_seeds_of_the_demo_are_right() -> None:
    assert complaints_about(everything()) == []


def test_what_is_loaded_is_what_is_read(database: Database, shelf: Shelf) -> None:
    load(database, demo_seeds(), at=utc_now())

    edition, contents = shelf.read()
    assert contents == everything()
    assert list(contents.member_states["AT"].code_lists[0].codes) == ["AT13", "AT32", "AT33"]
    assert [part for part, _ in edition] == ["AT", "FI", "PT", "requirements"]


def test_a_dry_run_tells_and_does_nothing(database: Database, shelf: Shelf) -> None:
    changes = load(database, demo_seeds(), at=utc_now(), dry_run=True)

    assert {(change.part, change.kind): len(change.added) for change in changes}["PT", "evidence_types"] == 5
    assert shelf.read() == (NOTHING, Contents())


def test_the_same_again_changes_nothing(database: Database, shelf: Shelf) -> None:
    load(database, demo_seeds(), at=utc_now())
    before = shelf.edition()

    assert load(database, demo_seeds(), at=utc_now()) == ()
    assert (shelf.edition(), revisions(database)) == (before, 4)


def test_a_seed_replaces_all_of_its_member_state_and_nothing_else(database: Database, shelf: Shelf) -> None:
    load(database, demo_seeds(), at=utc_now())
    changed = austria(
        reference_frameworks=tables("reference_frameworks")[:1],
        publishers=[
            item | {"name": {"EN": "Renamed"}} if item["id"] == "TEST-AT-DEMO" else item
            for item in tables("publishers")
        ],
    )

    changes = load(database, [changed], at=utc_now())

    assert [line for change in changes for line in str(change).splitlines()] == [
        "AT reference_frameworks - a83d3cf2-d362-52f4-98fb-938b92fb94a1",
        "AT reference_frameworks - d01632bb-9737-5b7d-9406-74dc7570ac2e",
        "AT publishers ~ TEST-AT-DEMO",
    ]
    contents = shelf.read()[1]
    assert contents.member_states["AT"] == changed
    assert contents.member_states["FI"] == FINLAND
    assert revisions(database) == 5


def test_one_mistake_keeps_all_out(database: Database, shelf: Shelf) -> None:
    wrong = austria(evidence_types=tables("evidence_types")[1:])

    with pytest.raises(SeedRefused) as refused:
        load(database, [REQUIREMENTS, FINLAND, wrong], at=utc_now())

    assert {complaint.source for complaint in refused.value.complaints} == {"AT"}
    assert shelf.read() == (NOTHING, Contents())


def test_what_others_still_need_cannot_go(database: Database, shelf: Shelf) -> None:
    load(database, demo_seeds(), at=utc_now())
    fewer = SharedRequirements(requirements=tuple(item for item in REQUIREMENTS.requirements if item.id != BIRTH))

    with pytest.raises(SeedRefused) as refused:
        load(database, [fewer], at=utc_now())

    assert {complaint.source for complaint in refused.value.complaints} == {"AT", "FI", "PT"}
    assert len(shelf.read()[1].requirements) == 7


def test_two_files_of_one_member_state_are_one_too_many(database: Database, shelf: Shelf) -> None:
    with pytest.raises(SeedRefused, match="AT: is given twice"):
        load(database, [REQUIREMENTS, AUSTRIA, austria()], at=utc_now())
    assert shelf.edition() == NOTHING


def test_of_two_that_contradict_each_other_at_the_same_time_one_is_loaded(database: Database, shelf: Shelf) -> None:
    without_birth = SharedRequirements(
        requirements=tuple(item for item in REQUIREMENTS.requirements if item.id != BIRTH)
    )
    load(database, [REQUIREMENTS], at=utc_now())
    both_ready = threading.Barrier(2)

    def is_loaded(seed: MemberState | SharedRequirements) -> bool:
        both_ready.wait()
        try:
            load(database, [seed], at=utc_now())
        except SeedRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(is_loaded, [without_birth, AUSTRIA]))

    assert sorted(outcomes) == [False, True]
    assert complaints_about(shelf.read()[1]) == []


@pytest.mark.parametrize(
    ("version", "codes", "is_loaded"),
    [
        (1, ["AT13", "AT32", "AT33"], True),
        (1, ["AT13", "AT32", "AT33", "AT22"], False),
        (2, ["AT13", "AT32", "AT33", "AT22"], True),
        (2, ["AT13", "AT32"], False),
    ],
    ids=["nothing new", "a value without a version", "a value with a version", "without a value that is used"],
)
def test_another_code_list_is_another_version(
    database: Database, shelf: Shelf, version: int, codes: list[str], is_loaded: bool
) -> None:
    load(database, demo_seeds(), at=utc_now())
    texts = AUSTRIA.code_lists[0].codes
    [code_list] = tables("code_lists")
    changed = code_list | {"version": version, "codes": {code: texts.get(code, {"DE": "Neu"}) for code in codes}}

    try:
        load(database, [austria(code_lists=[changed])], at=utc_now())
    except SeedRefused:
        assert not is_loaded
    else:
        assert is_loaded
    assert (shelf.read()[1].member_states["AT"].code_lists[0].version == 2) is (is_loaded and version == 2)


def _concept(**changes: Any) -> dict[str, Any]:
    [concept] = tables("concepts")
    return {"concepts": [concept | changes]}


def _service(number: int, **changes: Any) -> dict[str, Any]:
    found = tables("data_services")
    found[number] |= changes
    return {"data_services": found}


def _first(kind: str, **changes: Any) -> dict[str, Any]:
    first, *others = tables(kind)
    return {kind: [first | changes, *others]}


_PDF = {"format": "application/pdf"}
_PROVISION = {"access_service": "AP_AT_DEMO", "publisher": "REG-WIEN-DEMO"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (_first("reference_frameworks", procedure="X8"), "X8 is not in the code list Procedures"),
        (_first("reference_frameworks", requirements=[FEDERAL_STATE]), "is not declared"),
        (_first("reference_frameworks", regions={"DemoBundesland": ["AT22"]}), "CSX-04"),
        (_first("reference_frameworks", regions={"Nowhere": ["AT22"]}), "code list Nowhere is not declared"),
        (_first("reference_frameworks", id="4d01a8dd-30cf-555e-bb0b-e5317e0f6a59"), "CSX-07"),
        (_first("evidence_types", title={"XX": "Evidence"}), "language XX"),
        (_first("evidence_types", structured_formats=["text/csv"]), "OOTSMediaTypes"),
        (_first("evidence_type_lists", evidence_types=[]), "CSX-05"),
        (_first("evidence_type_lists", no_match={"EN": "Nothing."}), "CSX-05"),
        (_first("access_services", scheme="urn:oasis:names:tc:ebcore:partyid-type:unregistered:US"), "scheme"),
        (_first("publishers", scheme="urn:cef.eu:names:identifier:EAS:1234"), "scheme"),
        (_first("publishers", address={"country": "XX"}), "CountryIdentificationCode"),
        (_first("code_lists", codes={"AT13": {"DE": "Wien"}, "AT3": {"DE": "Westen"}}), "all have 3, all 4, or all 5"),
        (_first("code_lists", territory=None), "jurisdiction_context goes with"),
        (_concept(type="string"), "code_list goes with type codelist"),
        (_concept(code_list="Nowhere"), "code list Nowhere is not declared"),
        (_service(0, evidence_type=FEDERAL_STATE), "evidence type"),
        (_service(0, concepts=[FEDERAL_STATE]), "CSX-02"),
        (_service(0, distributions=[{"format": "text/csv"}]), "OOTSMediaTypes"),
        (_service(0, distributions=[{"format": "application/xml"}]), "R-DSD-RESP-C039"),
        (_service(0, distributions=[_PDF | {"data_model": "x"}]), "R-DSD-RESP-C067"),
        (_service(0, distributions=[_PDF | {"languages": ["QQ"]}]), "language QQ"),
        (_service(0, provisions=[_PROVISION | {"publisher": "NOBODY"}]), "publisher NOBODY is not declared"),
        (_service(0, provisions=[_PROVISION | {"access_service": "AP"}]), "access service AP is not declared"),
        (_service(1, provisions=[_PROVISION | {"values": {FEDERAL_STATE: ["AT22"]}}]), "CSX-03"),
        (_service(1, provisions=[_PROVISION | {"values": {FEDERAL_STATE: [True]}}]), "not of its type"),
        (_service(0, provisions=[_PROVISION | {"values": {FEDERAL_STATE: ["AT13"]}}]), "does not ask about"),
    ],
)
def test_what_does_not_fit_together_is_told(changes: dict[str, Any], expected: str) -> None:
    found = complaints_about(everything().with_part(austria(**changes)))

    assert any(expected in str(complaint) for complaint in found), found


def test_a_state_cannot_have_evidence_and_none_in_one_place() -> None:
    [first, *others] = tables("evidence_type_lists")
    nothing = {key: value for key, value in first.items() if key != "evidence_types"}
    contradiction = nothing | {"id": "99999999-0000-4000-8000-000000000000", "no_match": {"EN": "Nothing."}}
    wrong = austria(evidence_type_lists=[first, contradiction, *others])

    [found] = complaints_about(everything().with_part(wrong))

    assert "CSX-05" in found.text


def test_the_test_requirement_is_for_the_system_check_only_in_production() -> None:
    first, *others = tables("reference_frameworks")
    wrong = austria(reference_frameworks=[first | {"requirements": ["00000000-0000-0000-0000-000000000000"]}, *others])

    assert complaints_about(everything().with_part(wrong)) == []
    assert "CSX-06" in complaints_about(everything().with_part(wrong), in_production=True)[0].text


# --- files ------------------------------------------------------------------------------------------------------------


def complaints(name: str, content: bytes) -> list[str]:
    with pytest.raises(SeedRefused) as refused:
        read_seed(name, content)
    assert all(isinstance(complaint, Complaint) for complaint in refused.value.complaints)
    return str(refused.value).splitlines()


def test_all_that_is_wrong_in_a_file_is_told_at_once_with_its_place_and_what_is_expected() -> None:
    content = b"""
        country = "FIN"
        colour = "blue"
        [[evidence_types]]
        id = "8c6ce681-350c-5639-a999-d4059599caff"
        title = { EN = " Evidence", en = "x" }
        [[data_services]]
        id = "x"
        level_of_assurance = "Medium"
        [[data_services.distributions]]
        format = "application/pdf"
    """

    found = complaints("FI.toml", content)

    assert [line.split(": ")[1] for line in found] == [
        "country",
        "evidence_types[1] (8c6ce681-350c-5639-a999-d4059599caff).title.EN",
        "evidence_types[1] (8c6ce681-350c-5639-a999-d4059599caff).title.en",
        "data_services[1] (x).id",
        "data_services[1] (x).evidence_type",
        "data_services[1] (x).level_of_assurance",
        "data_services[1] (x).provisions",
        "colour",
    ]
    assert found[0].endswith('expected: OOTS code of the member state, such as "FI"; Greece is "EL"')
    assert found[-1].endswith("is not known here")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("FI.toml", b"country = "),
        ("FI.toml", b"\xff\xfe"),
        ("FI.json", b"[]"),
        ("FI.json", b'{"country": "FI", "country": "AT"}'),
        ("FI.json", b"[" * 100_000),
        ("FI.json", b'{"country": "FI", "colour": NaN}'),
        ("FI.toml", b"country = 1979-05-27"),
        ("FI.toml", b'requirements = "all"'),
        ("FI.toml", b""),
        ("FI.toml", b"# " + b"x" * (16 << 20)),
    ],
)
def test_what_is_no_seed_is_refused_in_a_sentence(name: str, content: bytes) -> None:
    assert complaints(name, content)[0].startswith(f"{name}: ")


def test_texts_with_characters_that_xml_cannot_have_are_refused() -> None:
    [found] = complaints("AT.toml", b'requirements = [{ id = "%s", name = { EN = "a\\u0001b" } }]' % BIRTH.encode())

    assert "cannot be printed" in found


def test_several_files_are_read_or_refused_together(tmp_path: Path) -> None:
    for name in ("AT", "FI"):
        (tmp_path / f"{name}.toml").write_text(f'country = "{name}1"')

    with pytest.raises(SeedRefused) as refused:
        read_seed_files([tmp_path / "AT.toml", tmp_path / "FI.toml", tmp_path / "PT.toml"])

    assert [Path(complaint.source).name for complaint in refused.value.complaints] == ["AT.toml", "FI.toml", "PT.toml"]


# --- a directory that is running --------------------------------------------------------------------------------------


def test_a_running_directory_notices_what_is_loaded(tmp_path: Path, identity: SigningIdentity) -> None:
    url = loaded(tmp_path, [])
    with open_desk(url, identity) as desk:
        nothing = desk.data_services(AT_BIRTH, "AT")
        database = open_database(url)
        load(database, demo_seeds(), at=utc_now())
        database.close()
        found = desk.data_services(AT_BIRTH, "AT")

    assert isinstance(nothing, Refused)
    assert isinstance(found, DataServices)
