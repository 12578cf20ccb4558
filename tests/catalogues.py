"""Says which sentences of the application lack a translation: ``python -m tests.catalogues``, part of ``make lint``."""

import os
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "coverage_app" / "translations"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None}


def written() -> set[object]:
    """Every sentence in code and templates; a pair where it has a plural."""
    with (ROOT / "babel.cfg").open() as file:
        patterns, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, patterns, options, KEYWORDS, directory_filter=_ours)
    return {sentence for _file, _line, sentence, _comments, _context in found}


def _ours(folder: str | os.PathLike[str]) -> bool:
    """Babel's own filter leaves out folders whose name begins with an underscore, and ours has pages in one."""
    inside = Path(folder).relative_to(ROOT).parts  # not resolved: .venv may be a link
    return not inside or inside[0] in ("coverage_app", "templates")


def faults(catalogue: Catalog) -> list[str]:
    """What is wrong with one language, a line each."""
    known: dict[object, Message] = {message.id: message for message in catalogue if message.id}
    used = written()
    return [
        *(f"not in the catalogue: {sentence}" for sentence in sorted(used - known.keys(), key=str)),
        *(f"no longer used: {sentence}" for sentence in sorted(known.keys() - used, key=str)),
        *(f"not translated: {sentence}" for sentence, message in known.items() if not _complete(message)),
        *(f"guessed, not checked: {sentence}" for sentence, message in known.items() if message.fuzzy),
        *(f"{fault}: {message.id}" for message in known.values() for fault in message.check(catalogue)),
    ]


def _complete(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main() -> int:
    shown = 0
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            for fault in faults(read_po(file, locale=path.parts[-3])):
                print(f"{path.relative_to(ROOT)}: {fault}")
                shown += 1
    return min(shown, 1)


if __name__ == "__main__":
    sys.exit(main())
