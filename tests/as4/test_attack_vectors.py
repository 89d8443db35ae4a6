"""Every folder of tests/vectors/attacks is refused, with the code that it names."""

from pathlib import Path

import pytest

from oots.errors import EbmsError
from tests.as4.vectors import ATTACKS, JUDGED_AT, expected, folders, message, party
from tests.vectors.attacks.make_attacks import LETTER, attacks, files


def test_the_letter_that_all_attacks_start_from_is_accepted() -> None:
    content_type, body = LETTER.packed()

    received = party("receiver").open(content_type, [body], now=JUDGED_AT)

    assert [payload.content.read() for payload in received.payloads] == [part.content for part in LETTER.payloads]


@pytest.mark.parametrize("folder", folders(ATTACKS), ids=lambda folder: folder.name)
def test_an_attack_is_refused(folder: Path) -> None:
    content_type, body = message(folder)

    with pytest.raises(EbmsError) as caught:
        party("receiver").open(content_type, [body], now=JUDGED_AT)

    assert caught.value.code.value == expected(folder), caught.value.detail


def test_the_script_still_makes_these_bytes() -> None:
    made = attacks()

    assert sorted(made) == [folder.name for folder in folders(ATTACKS)]
    for name, attack in made.items():
        for file, content in files(attack).items():
            # How small gzip gets, and with which bytes, differs between versions of zlib.
            if (name, file) != ("gzip-bomb", "message.mime"):
                assert (ATTACKS / name / file).read_bytes() == content, f"{name}/{file}"
