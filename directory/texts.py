"""From texts by language, as seeds have them, to those of answers."""

from collections.abc import Mapping

from oots.edm.model import MultilingualString


def strings(texts: Mapping[str, str]) -> tuple[MultilingualString, ...]:
    """Give a text in its languages, in the order in which they were declared."""
    return tuple(MultilingualString(text=text, lang=lang) for lang, text in texts.items())
