"""Every sentence is there in Spanish, none is a guess, none is left over, and each keeps its placeholders."""

import re
from typing import Any

from babel.messages.pofile import read_po

from tests.catalogues import CATALOGUES, faults, written

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def spanish() -> Any:
    with (CATALOGUES / "es/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="es")


def words(value: Any) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [value]


def test_spanish_catalogue_has_exactly_the_sentences_of_the_application() -> None:
    assert len(written()) > 200
    assert faults(spanish()) == []
    assert not spanish().obsolete


def test_every_translation_keeps_the_placeholders() -> None:
    for message in spanish():
        if message.id:
            expected = set(PLACEHOLDER.findall(" ".join(words(message.id))))
            assert all(set(PLACEHOLDER.findall(form)) == expected for form in words(message.string)), message.id
