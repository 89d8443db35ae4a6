"""
Whether what a directory would hold is right as a whole: codes, references, and the rules CSX (common-services.md 6.9).

That each part has its shape was seen before.  Rules of one answer are those of `oots.common_services.consistency`.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from directory.catalogue import Catalogue
from directory.codes import codes, procedures, structured_formats
from directory.declarations import SHARED, Contents, DataService, MemberState, Part
from directory.naming import naming
from directory.offers import with_providers
from directory.regions import level_of
from directory.seed_files import Complaint
from oots.common_services.consistency import inconsistencies_of_data_service, inconsistencies_of_requirement
from oots.common_services.interface import V2_0

_UNREGISTERED: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
_EAS: Final = "urn:cef.eu:names:identifier:EAS:"
_NO_COUNTRY: Final = "EU"
_LANGUAGES: Final = re.compile(r"[A-Z]{2}")
_ANYWHERE: Final = "https://sr.oots.tech.ec.europa.eu"


def complaints_about(contents: Contents, *, in_production: bool = False) -> list[Complaint]:
    """Give everything that is wrong; codes and references first, since rules of answers are looked at without such."""
    found = [item for state in contents.member_states.values() for item in _State(state, contents).complaints()]
    found += _ids_twice(contents)
    return found or list(_rules(contents, in_production=in_production))


class _State:
    """The declarations of one member state, each held against what it refers to."""

    def __init__(self, state: MemberState, contents: Contents) -> None:
        self._state = state
        self._requirements = {item.id for item in contents.requirements}
        self._types = {item.id for item in state.evidence_types}
        self._concepts = {item.id: item for item in state.concepts}
        self._lists = {item.short_name: item for item in state.code_lists}

    def complaints(self) -> Iterator[Complaint]:
        """Give them in the order of the file."""
        state = self._state
        if state.country not in {*codes("OOTS_Country")} - {_NO_COUNTRY}:
            yield self._about("country", "is not in the code list OOTS_Country")
        for language in sorted(_languages(state).difference(codes("LanguageCode"))):
            yield self._about("", f"the language {language} is not in the code list LanguageCode")
        yield from self._about_questions()
        yield from self._about_procedures()
        yield from self._about_evidence()
        yield from self._about_authorities()
        for service in state.data_services:
            yield from self._about_data_service(service)

    def _about(self, place: str, text: str) -> Complaint:
        return Complaint(source=self._state.country, place=place, text=text)

    def _known(self, place: str, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[Complaint]:
        for name in names:
            if name not in known:
                yield self._about(place, f"{what} {name} is not declared")

    def _in_list(self, place: str, name: str, found: Iterable[str]) -> Iterator[Complaint]:
        for code in found:
            if code not in codes(name):
                yield self._about(place, f"{code} is not in the code list {name}")

    def _regions(self, place: str, regions: Mapping[str, tuple[str, ...]]) -> Iterator[Complaint]:
        yield from self._known(f"{place}.regions", "code list", regions, self._lists)
        for name in regions.keys() & self._lists.keys():
            for code in regions[name]:
                if code not in self._lists[name].codes:
                    yield self._about(f"{place}.regions", f"{code} is not in {name} (CSX-04)")

    def _about_questions(self) -> Iterator[Complaint]:
        for item in self._state.code_lists:
            place = f"code_lists {item.short_name}"
            if item.territory is not None and level_of(item) is None:
                yield self._about(place, "codes of a territory of NUTS all have 3, all 4, or all 5 characters")
            if item.territory == "nuts":
                yield from self._in_list(place, "NUTS", item.codes)
        for concept in self._state.concepts:
            place = f"concepts {concept.id}"
            if (concept.type == "codelist") != (concept.code_list is not None):
                yield self._about(place, "code_list goes with type codelist, and only with it")
            elif concept.code_list is not None:
                yield from self._known(place, "code list", [concept.code_list], self._lists)
            territory = concept.code_list in self._lists and self._lists[concept.code_list].territory
            if concept.jurisdiction_context is not None and not territory:
                yield self._about(place, "jurisdiction_context goes with the code list of a territory only")

    def _about_procedures(self) -> Iterator[Complaint]:
        for item in self._state.reference_frameworks:
            place = f"reference_frameworks {item.id}"
            if item.procedure not in procedures():
                yield self._about(place, f"{item.procedure} is not in the code list Procedures")
            yield from self._known(place, "requirement", item.requirements, self._requirements)
            yield from self._regions(place, item.regions)

    def _about_evidence(self) -> Iterator[Complaint]:
        for evidence_type in self._state.evidence_types:
            yield from self._in_list(
                f"evidence_types {evidence_type.id}", "OOTSMediaTypes", evidence_type.structured_formats
            )
        for item in self._state.evidence_type_lists:
            place = f"evidence_type_lists {item.id}"
            yield from self._known(place, "requirement", [item.requirement], self._requirements)
            yield from self._known(place, "evidence type", item.evidence_types, self._types)
            yield from self._regions(place, item.regions)
            if bool(item.evidence_types) == bool(item.no_match):
                yield self._about(place, "has evidence types, or says why there is no_match: one of both (CSX-05)")

    def _about_authorities(self) -> Iterator[Complaint]:
        for access_service in self._state.access_services:
            yield from self._scheme(f"access_services {access_service.id}", access_service.scheme)
        for publisher in self._state.publishers:
            place = f"publishers {publisher.id}"
            yield from self._scheme(place, publisher.scheme)
            yield from self._regions(place, publisher.regions)
            if publisher.address.country is not None:
                yield from self._in_list(f"{place}.address", "CountryIdentificationCode", [publisher.address.country])

    def _scheme(self, place: str, scheme: str) -> Iterator[Complaint]:
        countries = {*codes("OOTS_Country"), "oots"}
        registered = scheme.startswith(_EAS) and scheme.removeprefix(_EAS) in codes("EAS")
        own = scheme.startswith(_UNREGISTERED) and scheme.removeprefix(_UNREGISTERED) in countries
        if not (registered or own):
            yield self._about(place, f"scheme is neither {_EAS} with a code of EAS, nor {_UNREGISTERED} with a country")

    def _about_data_service(self, service: DataService) -> Iterator[Complaint]:
        place = f"data_services {service.id}"
        yield from self._known(place, "evidence type", [service.evidence_type], self._types)
        yield from self._known(place, "concept", service.concepts, self._concepts)
        concepts = [self._concepts[uuid] for uuid in service.concepts if uuid in self._concepts]
        if sum(concept.jurisdiction_context is not None for concept in concepts) > 1:
            yield self._about(place, "lines 1.x have place for one question with a jurisdiction_context")
        yield from self._about_forms(place, service)
        for provision in service.provisions:
            known = {item.id for item in self._state.access_services}
            yield from self._known(place, "access service", [provision.access_service], known)
            known = {item.id for item in self._state.publishers}
            yield from self._known(place, "publisher", [provision.publisher], known)
            yield from self._about_values(f"{place}, provider {provision.publisher}", service, provision.values)

    def _about_forms(self, place: str, service: DataService) -> Iterator[Complaint]:
        structured = structured_formats()
        yield from self._in_list(place, "OOTSMediaTypes", (form.format for form in service.distributions))
        for_people = any(form.format not in structured for form in service.distributions)
        for form in service.distributions:
            if form.data_model is not None and form.format not in structured:
                yield self._about(place, f"{form.format} has no data_model (R-DSD-RESP-C067)")
            if form.data_model is None and form.format in structured and not for_people:
                rules = "R-DSD-RESP-C039, C041"
                yield self._about(place, f"{form.format} needs a data_model where there is no other form ({rules})")

    def _about_values(
        self, place: str, service: DataService, values: Mapping[str, tuple[bool | str, ...]]
    ) -> Iterator[Complaint]:
        for uuid in sorted(set(service.concepts) - values.keys()):
            yield self._about(place, f"has no values for concept {uuid} (CSX-02)")
        for uuid in sorted(values.keys() - set(service.concepts)):
            yield self._about(place, f"has values for concept {uuid}, which the data service does not ask about")
        for uuid in values.keys() & self._concepts.keys():
            concept = self._concepts[uuid]
            if any(isinstance(value, bool) != (concept.type == "boolean") for value in values[uuid]):
                yield self._about(place, f"values of concept {uuid} are not of its type")
            elif concept.code_list in self._lists:
                for value in values[uuid]:
                    if value not in self._lists[concept.code_list].codes:
                        yield self._about(place, f"{value} is not in {concept.code_list} (CSX-03)")


def _languages(part: Part) -> set[str]:
    """Give all languages of a part: keys of its texts, and those of its forms."""
    return set(_languages_in(part.model_dump()))


def _languages_in(value: object) -> Iterator[str]:
    match value:
        case {"languages": languages, **rest}:
            yield from map(str, languages)
            yield from _languages_in(rest)
        case dict():
            for key, inner in value.items():
                if isinstance(inner, str) and isinstance(key, str) and _LANGUAGES.fullmatch(key):
                    yield key
                yield from _languages_in(inner)
        case list() | tuple():
            for item in value:
                yield from _languages_in(item)


def _ids_twice(contents: Contents) -> Iterator[Complaint]:
    """Hold all identifiers against CSX-07; agreed evidence types are declared by every member state that has them."""
    seen = Counter(item.id for item in contents.requirements)
    twice = [(SHARED, name) for name, count in seen.items() if count > 1]
    for state in contents.member_states.values():
        own = Counter(_ids(state))
        agreed = {item.id for item in state.evidence_types if item.segment is not None}
        twice += [(state.country, name) for name in own if own[name] > 1 or (name in seen and name not in agreed)]
        seen.update(own.keys())
    for source, name in twice:
        yield Complaint(source=source, place=name, text="stands twice (CSX-07)")


def _ids(state: MemberState) -> Iterator[str]:
    for kind in (
        state.concepts,
        state.reference_frameworks,
        state.evidence_types,
        state.evidence_type_lists,
        state.data_services,
    ):
        yield from (item.id for item in kind)
    yield from (f"code list {item.short_name} of {state.country}" for item in state.code_lists)
    yield from (f"access service {item.id}" for item in state.access_services)
    yield from (f"publisher {item.id} of {state.country}" for item in state.publishers)


def _rules(contents: Contents, *, in_production: bool) -> Iterator[Complaint]:
    urls = naming(V2_0, _ANYWHERE)
    catalogue = Catalogue(contents, urls)
    lists = {
        urls.code_list(state.country, item.short_name): item.codes
        for state in contents.member_states.values()
        for item in state.code_lists
    }
    for requirement in catalogue.requirements.values():
        for found in inconsistencies_of_requirement(requirement, lists, in_production=in_production):
            yield Complaint(source=SHARED, place=requirement.identifier, text=f"{found.detail} ({found.rule})")
    for (_, country), offers in catalogue.offers.items():
        for offer in offers:
            for found in inconsistencies_of_data_service(with_providers(offer, offer.providers), lists):
                place = f"data_services {offer.record.identifier}"
                yield Complaint(source=country, place=place, text=f"{found.detail} ({found.rule})")
