"""The keys that sign sessions: where they come from, and whether somebody could guess one."""

import contextlib
import math
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from coverage_app.settings.errors import SettingsError

MIN_SECRET_BYTES = 32
MIN_BITS = 80
EXAMPLE = "the output of: python3 -c 'import secrets; print(secrets.token_hex(32))'"
# What keys in tutorials and templates are made of; such a word adds nothing to guess.
EXAMPLE_WORDS = re.compile(
    r"""
    administrator | administration | application | cambiar | cambiame | cambia | change | changeme |
    clave | cobertura | contrasena | contraseña | default | desarrollo | development | django |
    example | favor | flask | generate | insecure | please | password | passphrase | placeholder |
    produccion | production | random | replace | sample | secreta | secreto | secret | sistema |
    migro | something | string | super | testing | test | today | this | token | unsafe | value |
    your | very | here | qwertyuiop | asdfghjkl | zxcvbnm | qwerty | 1234567890 | 0123456789abcdef |
    0123456789 | abcdefghijklmnopqrstuvwxyz | deadbeef | cafebabe
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[a-z]{4,}")
BITS_OF_A_WORDS_LETTER = 2.0  # natural language has one to two


def checked(name: str, value: str | None) -> str:
    """Return the key. Raises SettingsError for none, a short one and one that can be guessed."""
    if value is None or len(value.encode()) < MIN_SECRET_BYTES:
        fault = "is required" if value is None else "is too short"
        raise SettingsError(name, f"{fault}, at least {MIN_SECRET_BYTES} bytes", EXAMPLE)
    if estimated_bits(value) < MIN_BITS:
        raise SettingsError(name, "can be guessed: it must be random, not words or a pattern", EXAMPLE)
    return value


def estimated_bits(key: str) -> float:
    """Estimate how many bits of chance are in a key: repetitions, runs like ``abcd`` and example words add none."""
    rest = EXAMPLE_WORDS.sub("\0", key.lower())
    text = key if rest == key.lower() else rest.replace("\0", "")
    in_words = {place for word in WORD.finditer(text) for place in range(*word.span())}
    new = [place for place in range(len(text)) if not _repeats(text, place)]
    each = math.log2(max(2, len({text[place] for place in new})))
    return sum(min(each, BITS_OF_A_WORDS_LETTER) if place in in_words else each for place in new)


def kept_in(path: Path, make: Callable[[], str] = lambda: secrets.token_hex(32)) -> str:
    """Return the secret in ``path``, made on first use with mode 0600; two processes starting at once agree on one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):  # another process was first: its secret is the one that counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _repeats(key: str, place: int) -> bool:
    """Whether the character here continues something that came before: three characters again, or a run."""
    if place < 2:
        return False
    step = ord(key[place]) - ord(key[place - 1])
    runs = abs(step) <= 1 and step == ord(key[place - 1]) - ord(key[place - 2])
    return runs or key.find(key[place - 2 : place + 1], 0, place) != -1
