"""Every sentence is there in Spanish, none is fuzzy, none is left over, and each keeps its placeholders."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
SPANISH = ROOT / "coverage_app/translations/es/LC_MESSAGES/messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def extracted() -> Catalog:
    """What ``pybabel extract`` finds, folders that begin with an underscore included."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalogue = Catalog()
    found = extract_from_dir(
        ROOT,
        methods,
        options,
        keywords=DEFAULT_KEYWORDS | {"_l": None},
        directory_filter=lambda path: not Path(path).name.startswith("."),
    )
    for _path, _line, sentence, _comments, _context in found:
        catalogue.add(sentence)
    return catalogue


def written() -> Catalog:
    return read_po(BytesIO(SPANISH.read_bytes()), locale="es")


def forms(message: Message, of: str = "string") -> list[str]:
    value = getattr(message, of)
    return list(value) if isinstance(value, tuple | list) else [value]


def test_the_spanish_catalogue_has_exactly_the_sentences_of_the_application() -> None:
    there = {message.id for message in written() if message.id}
    wanted = {message.id for message in extracted() if message.id}
    assert len(wanted) > 200
    assert (wanted - there, there - wanted) == (set(), set())


def test_no_sentence_is_untranslated_or_fuzzy() -> None:
    assert [message.id for message in written() if message.id and (message.fuzzy or not all(forms(message)))] == []
    assert not written().obsolete


def test_every_translation_keeps_the_placeholders() -> None:
    for message in written():
        if message.id:
            expected = set(PLACEHOLDER.findall(" ".join(forms(message, "id"))))
            assert all(set(PLACEHOLDER.findall(form)) == expected for form in forms(message)), message.id
