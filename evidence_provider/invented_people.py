"""
A register full of people who do not exist: the same ones for the same seed.  For demonstrations and tests.

Register numbers have the form of Finnish personal identity codes with an individual number from 900 upwards, which
Finland gives to nobody for good; so none of them can be that of a living person.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from evidence_provider.register import BirthRecord, RegisteredPerson, folded, write_register

DEMO_CITIZEN: Final = RegisteredPerson(
    register_number="140591-958E",
    family_name="Kielonmäki",
    given_name="Aino Elviira",
    date_of_birth=date(1991, 5, 14),
    place_of_birth="Hämeenlinna",
    birth_name="Suvituuli",
    gender="Female",
    eidas_value="7KQ2M9XW4TDR",
)
"""Moves from Finland to Portugal in the demonstration."""

NAMESAKES: Final = (
    RegisteredPerson(
        register_number="021187-937U",
        family_name="Ylätalo",
        given_name="Mikko Juhani",
        date_of_birth=date(1987, 11, 2),
        place_of_birth="Oulu",
        birth_name=None,
        gender="Male",
        eidas_value=None,
    ),
    RegisteredPerson(
        register_number="021187-9154",
        family_name="Ylätalo",
        given_name="Mikko Juhani",
        date_of_birth=date(1987, 11, 2),
        place_of_birth="Sodankylä",
        birth_name=None,
        gender="Male",
        eidas_value=None,
    ),
)
"""Two people whom names and birthday do not tell apart; no other two in the register are like that."""

_FAMILY_NAMES: Final = """
    Aallonranta Alatupa Autiomaa Eerolanmäki Forsnäs Granström Haapaniitty Haukkalampi Hietaharju Honkavaara
    Hällström Ilveskoski Isokangas Jokirinne Jäkälä Kaislaranta Kallionpää Kangasjärvi Karhunsaari Katajisto
    Kivisalmi Koivulehto Korpijärvi Kuusiluoto Kylänpää Käpylehto Lehmusoja Lepistönmaa Lindåker Lumivaara
    Lähteenoja Marjaniitty Metsäkoski Myllysilta Mäntylampi Niemenlahti Norrgård Nurmisuo Ojanperä Ollinaho
    Oravakorpi Paatsalo Pajuluoma Peltosaari Pihlajaharju Pohjankangas Poutapilvi Pyökkimäki Rantakivi
    Rauhaniemi Ruohojärvi Ryssnäs Saarikoivu Salokangas Sammalsuo Sinisaari Sjöåsen Suopursu Syväoja
    Söderlind Taivalkangas Talvilampi Terhonen Tuohikoski Tuulensuo Tähtinurmi Törmänen Uusiniitty
    Vaahterinen Vadelma Vesiluoto Viherlaakso Vuorensola Väärälä Yläjoki Ågren Åkerblad Ämmänkoski Öhberg
    Österman
"""
_FEMALE_NAMES: Final = """
    Aada Aili Alma Anneli Asta Auli Birgitta Eeva Elina Ellen Emmi Enni Hanna Helmi Hilja Iida Inkeri Irja
    Kaarina Kerttu Kielo Leena Liisa Linnéa Lumi Lyyli Maarit Märta Mette Mirja Oona Orvokki Päivi Pihla
    Raija Riikka Saara Sanelma Siiri Sylvi Säde Taimi Tuuli Tyyne Vanamo Venla Vieno Åsa
"""
_MALE_NAMES: Final = """
    Aarne Ahti Antero Armas Björn Eero Eino Elias Erkki Göran Hannes Heikki Håkan Ilmari Jaakko Jalmari Joel
    Juhani Kaarlo Kalevi Lauri Leevi Mårten Matti Mauno Mikael Niilo Nyyrikki Olavi Onni Otso Oskari Pekka
    Päiviö Pertti Reino Sampo Sören Tapani Tapio Tauno Toivo Topi Urho Väinö Veikko Viljami Yrjö
"""
_TOWNS: Final = """
    Espoo Hamina Hanko Helsinki Hämeenlinna Iisalmi Inari Joensuu Jyväskylä Kajaani Kemijärvi Kokkola Kotka
    Kuopio Kärsämäki Lahti Lappeenranta Loviisa Maarianhamina Mikkeli Mäntyharju Naantali Närpiö Oulu Pori
    Porvoo Pyhäjärvi Raahe Rauma Rovaniemi Savonlinna Seinäjoki Sodankylä Tampere Turku Utsjoki Vaasa
    Äänekoski Ähtäri
"""
_TOWNS_ABROAD: Final = """
    Tukholma Göteborg Tallinna Tartto Pietari Lontoo Berliini Tromssa Montréal Porto
"""

_FIRST_BIRTHDAY: Final = date(1930, 1, 1)
_LAST_BIRTHDAY: Final = date(2025, 12, 31)
_EIDAS_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def make_register(path: Path, *, people: int = 3000, seed: int = 1) -> None:
    """Write a register of that many people, the demo citizen and the namesakes among them."""
    random = Random(seed)  # noqa: S311  not a secret: the same seed must give the same people
    invented = list(_people(people, random))
    abroad = frozenset(_TOWNS_ABROAD.split())
    write_register(
        path, invented, (_birth_record(person) for person in invented if person.place_of_birth not in abroad)
    )


def identity_code(born: date, individual_number: int) -> str:
    """Give the Finnish form of a register number; even individual numbers are for women."""
    digits = f"{born:%d%m%y}{individual_number:03d}"
    century = "A" if born.year >= 2000 else "-"
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]
    return f"{digits[:6]}{century}{digits[6:]}{check}"


def _people(count: int, random: Random) -> Iterator[RegisteredPerson]:
    fixed = (DEMO_CITIZEN, *NAMESAKES)
    yield from fixed
    numbers = {person.register_number for person in fixed}
    names = {_names(person) for person in fixed}
    while len(numbers) < count:
        person = _person(random)
        if person.register_number not in numbers and _names(person) not in names:
            numbers.add(person.register_number)
            names.add(_names(person))
            yield person


def _person(random: Random) -> RegisteredPerson:
    gender, given_names, parity = random.choice((("Female", _FEMALE_NAMES, 0), ("Male", _MALE_NAMES, 1)))
    born = _FIRST_BIRTHDAY + timedelta(days=random.randrange((_LAST_BIRTHDAY - _FIRST_BIRTHDAY).days + 1))
    family_name, birth_name = random.sample(_FAMILY_NAMES.split(), 2)
    towns = _TOWNS if random.random() < 0.95 else _TOWNS_ABROAD
    return RegisteredPerson(
        register_number=identity_code(born, 900 + 2 * random.randrange(50) + parity),
        family_name=family_name,
        given_name=" ".join(random.sample(given_names.split(), random.choice((1, 2, 2, 3)))),
        date_of_birth=born,
        place_of_birth=random.choice(towns.split()),
        birth_name=birth_name if random.random() < 0.2 else None,
        gender=gender,
        eidas_value="".join(random.choices(_EIDAS_LETTERS, k=12)) if random.random() < 0.6 else None,
    )


def _names(person: RegisteredPerson) -> tuple[str, str, date]:
    return folded(person.family_name), folded(person.given_name), person.date_of_birth


def _birth_record(person: RegisteredPerson) -> BirthRecord:
    # Entered some days after the birth, under a number that follows from the register number.
    digits = "".join(filter(str.isdigit, person.register_number))
    entered_on = person.date_of_birth + timedelta(days=3 + int(digits) % 12)
    return BirthRecord(
        register_number=person.register_number,
        record_number=f"S-{person.date_of_birth.year}-{digits}",
        entered_on=entered_on,
    )
