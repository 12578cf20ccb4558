"""A person's name, number or address in a text: in any spelling, and not as a part of somebody else's."""

import json
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

import pytest

from coverage_app.services.erasure.text_search import email_term, id_term, matching, name_term, phone_term

NAME, PHONE, EMAIL, ID = "Ana Íñiguez", "+34 611 223 344", "ana.i@ejemplo.es", "f214cb2d-e31f-489b-8f74-08bd2cdbde6c"
NAMED = {
    name_term: (
        NAME,
        ["Ana Íñiguez", "llamé a ANA INIGUEZ, hoy", "ana\n  in\u0303iguez", "Ana-Íñiguez"],
    ),
    phone_term: (PHONE, ["611223344", "0034611223344", "tel. 611 22 33 44", "611.223.344", "(+34) 611-22-33-44"]),
    email_term: (EMAIL, ["ANA.I@EJEMPLO.ES", "<ana.i@ejemplo.es>", "a ana.i@ejemplo.es."]),
    id_term: (ID, [f"/contacts/{ID}/edit", ID.upper()]),
}
OTHERS = {
    name_term: (NAME, ["Ana", "Mariana Íñiguez", "Ana Íñiguezes", "Ana y Íñiguez", ""]),
    phone_term: (PHONE, ["611223345", "6112233440", "611 223"]),
    email_term: (EMAIL, ["mariana.i@ejemplo.es", "x.ana.i@ejemplo.es", "ana.i@ejemplo.esx", "ana.i@ejemplo-es"]),
    id_term: (ID, [ID[:-1]]),
}


def cases(texts: dict[Any, tuple[str, list[str]]]) -> list[Any]:
    return [pytest.param(make, written, text) for make, (written, some) in texts.items() for text in some]


@pytest.mark.parametrize(("make", "written", "text"), cases(NAMED))
def test_term_in_another_spelling_matches(make: Callable[[str], Any], written: str, text: str) -> None:
    term = make(written)
    assert matching([term], {"deep": [None, 1, {text: "x"}]}) == {term} == matching([term], text)
    assert fnmatch(json.dumps(text).lower(), term.like.replace("%", "*")), "the database would not find it"


@pytest.mark.parametrize(("make", "written", "text"), cases(OTHERS))
def test_term_inside_another_word_does_not_match(make: Callable[[str], Any], written: str, text: str) -> None:
    assert matching([make(written)], text, json.dumps(text), None) == set()


@pytest.mark.parametrize(("make", "written"), [(name_term, "Jo"), (name_term, "- ·"), (phone_term, "12 34 5")])
def test_text_that_means_nobody_makes_no_term(make: Callable[[str], Any], written: str) -> None:
    assert make(written) is None
