"""Passwords that are tried first are refused, in both languages and however they are decorated; others are taken."""

import secrets
import string
import time
from pathlib import Path

import pytest

from coverage_app.services.accounts import guessable, passwords
from coverage_app.services.accounts.guessable import is_guessable

WORDS = (Path(guessable.__file__).parent / "common_words.txt").read_text("utf-8").split()
ENDINGS = ("1234567", "2025!", ".1987", "123", "2024", "!!", "_01", "1", "")
COMMON = (Path(__file__).parent / "common_passwords.txt").read_text("utf-8").splitlines()
STRONG = [
    "cuatro palabras al azar",
    "correct horse",
    "zapatilla rota azul",
    "perro gato casa",
    "bananas al sol",
    "elvagodelasgafas",
    "x7193820465",
    "kx7p-ab2m-9fhd-q3zr",
    "Tr0ub4dor&3xv",
    "ñandú en Ávila come",
    "пароль-из-слов-длинный",
    "パスワードは長いほど良いね",
]


@pytest.mark.parametrize("password", COMMON)
def test_common_passwords_are_guessable(password: str) -> None:
    assert is_guessable(password)


def test_words_of_the_list_decorated_to_ten_characters_are_guessable() -> None:
    """One of five, since each takes a millisecond or two."""
    tried = [
        next(word + ending for ending in ENDINGS[number % 4 :] + ENDINGS if len(word + ending) >= 10)
        for number, word in enumerate(WORDS[::5])
    ]
    assert [password for password in tried if not is_guessable(password)] == []


def test_the_list_has_three_thousand_words_sorted_and_without_doubles() -> None:
    assert sorted(set(WORDS)) == WORDS
    assert len(WORDS) >= 3000


@pytest.mark.parametrize("password", STRONG)
def test_words_that_do_not_go_together_are_not_guessable(password: str) -> None:
    assert not is_guessable(password, ("Ana Ruiz", "ana@example.com", "Cobertura", "Sistema Migro"))


def test_made_and_random_passwords_are_hardly_ever_guessable() -> None:
    assert not any(is_guessable(passwords.make_password()) for _ in range(50))
    characters = string.ascii_letters + string.digits
    refused = sum(is_guessable("".join(secrets.choice(characters) for _ in range(14))) for _ in range(200))
    assert refused <= 5


def test_the_longest_password_is_judged_in_a_moment() -> None:
    for password in (
        "a1B" * 42,
        "perrogato" * 14,
        secrets.token_urlsafe(96),
        "#7" * 64,
        "q" * 127 + "!",
        "\ufdfa" * 128,
    ):
        is_guessable(password[:128])  # whatever is read once has been read
        began = time.process_time()
        is_guessable(password[:128])
        assert time.process_time() - began < 1
