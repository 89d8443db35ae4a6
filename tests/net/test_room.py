"""Who finds a place, and who has to go."""

import pytest

from oots.net.room import Place, Room, source_of


class Guests:
    """A room, and who was put out of it."""

    def __init__(self, *, places: int, places_of_source: int) -> None:
        self.room = Room(places=places, places_of_source=places_of_source)
        self.put_out: list[str] = []

    def come(self, name: str, source: str = "a") -> Place | None:
        if not self.room.has_place_for(source):
            return None
        place = Place(source=source, put_out=lambda: self.put_out.append(name))
        self.room.enter(place)
        return place


def test_whoever_is_silent_for_longest_makes_room() -> None:
    guests = Guests(places=2, places_of_source=2)
    for name in ("one", "two", "three", "four"):
        assert guests.come(name)

    assert guests.put_out == ["one", "two"]


def test_whoever_has_asked_something_stays() -> None:
    guests = Guests(places=2, places_of_source=2)
    heard = guests.come("heard")
    assert heard
    guests.room.heard(heard)

    assert guests.come("silent")
    assert guests.come("next")
    assert guests.put_out == ["silent"]


def test_where_all_have_asked_something_nobody_else_comes_in() -> None:
    guests = Guests(places=1, places_of_source=1)
    heard = guests.come("heard")
    assert heard
    guests.room.heard(heard)

    assert guests.come("next") is None
    guests.room.leave(heard)
    assert guests.come("later")
    assert guests.put_out == []


def test_a_flood_of_one_source_is_its_own_business() -> None:
    guests = Guests(places=4, places_of_source=2)
    guests.come("patient", "b")
    for number in range(10):
        guests.come(f"flood {number}")

    assert guests.come("good", "c")
    assert guests.put_out == [f"flood {number}" for number in range(8)]


def test_whoever_leaves_twice_frees_one_place() -> None:
    guests = Guests(places=9, places_of_source=1)
    first = guests.come("first")
    assert first
    guests.room.leave(first)
    guests.room.leave(first)
    second = guests.come("second")
    assert second
    guests.room.heard(second)

    assert guests.come("third") is None


def test_at_the_end_the_silent_go_first_and_then_all() -> None:
    guests = Guests(places=9, places_of_source=9)
    heard = guests.come("heard")
    assert heard
    guests.room.heard(heard)
    guests.come("silent")

    guests.room.empty(only_silent=True)
    assert guests.put_out == ["silent"]
    guests.room.empty(only_silent=False)
    assert guests.put_out == ["silent", "heard"]


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_network_is_one_source(host: str, source: str) -> None:
    assert source_of(host) == source
