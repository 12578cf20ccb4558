"""My profile: what I call myself, the language and zone I read in, my password, and where I am signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.extensions import db
from coverage_app.models import AuditEntry, SignIn, User
from coverage_app.services import accounts
from tests.fixtures.people import People
from tests.web.conftest import SignIn as Enter
from tests.web.page_reader import get, send

Stored = Callable[..., list[Any]]
NEW = "cuatro palabras al azar"


def test_what_is_saved_shows_at_once_in_the_language_that_was_chosen(
    ana: FlaskClient, people: People, stored: Stored
) -> None:
    page = send(ana, "/profile", name="Ana R. Gil", locale="en", timezone="Atlantic/Canary")
    assert page.status == 200 and "Profile saved." in page.words
    [ana_now] = stored(select(User).where(User.id == people.responsible.id))
    assert (ana_now.name, ana_now.locale, ana_now.timezone) == ("Ana R. Gil", "en", "Atlantic/Canary")
    assert "Canary" in get(ana, "/contacts").words


def test_profile_change_is_recorded_with_its_previous_values(ana: FlaskClient, people: People, stored: Stored) -> None:
    send(ana, "/profile", locale="en")
    send(ana, "/profile", locale="en")
    [change] = stored(select(AuditEntry))
    assert (change.entity_type, change.entity_id, change.action, change.by_user_id, change.values) == (
        "user",
        people.responsible.id,
        "updated",
        people.responsible.id,
        {"locale": ["es", "en"]},
    )


def test_fields_that_the_form_does_not_have_change_nothing(ana: FlaskClient, people: People, stored: Stored) -> None:
    wanted = {"role": "admin", "email": "other@example.com", "is_active": "0", "password_hash": "x"}
    assert send(ana, "/profile", **wanted).status == 200
    [ana_now] = stored(select(User).where(User.id == people.responsible.id))
    assert (ana_now.role, ana_now.email, ana_now.is_active, ana_now.password_hash) == (
        "staff",
        "ana@example.com",
        True,
        people.responsible.password_hash,
    )


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "  ", "Escribe un nombre."),
        ("name", "x" * 121, "Demasiado largo: como máximo 120 caracteres."),
        ("locale", "fr", "Elige un idioma de la lista."),
        ("timezone", "Madrid", "Elige una zona horaria de la lista, como Europe/Madrid."),
        ("timezone", "", "Elige una zona horaria de la lista, como Europe/Madrid."),
    ],
)
def test_invalid_value_is_explained_beside_its_field(
    ana: FlaskClient, stored: Stored, people: People, field: str, typed: str, sentence: str
) -> None:
    page = send(ana, "/profile", **{field: typed})
    assert (page.status, page.errors) == (422, {field: sentence})
    assert stored(select(AuditEntry)) == []


def test_zones_are_offered_by_their_city_and_ones_own_however_unusual(
    ana: FlaskClient, people: People, stored: Stored
) -> None:
    offered = get(ana, "/profile").form("/profile").offered["timezone"]
    assert offered["America/New_York"] == "Nueva York (America/New_York)"
    assert "Etc/GMT+3" not in offered
    db.session.get_one(User, people.responsible.id).timezone = "Etc/GMT+3"
    db.session.commit()
    form = get(ana, "/profile").form("/profile")
    assert (form.fields["timezone"], form.offered["timezone"]["Etc/GMT+3"]) == ("Etc/GMT+3", "Etc/GMT+3")


def change_password(browser: FlaskClient, present: str, new: str = NEW, again: str | None = None) -> Any:
    return send(browser, "/profile/password", present=present, password=new, again=new if again is None else again)


def test_a_new_password_ends_the_other_sessions_and_not_this_one(
    app: Flask, ana: FlaskClient, people: People, sign_in: Enter, password: str
) -> None:
    other, somebody = sign_in(people.responsible), sign_in(people.cover)
    page = change_password(ana, password)
    assert page.path == "/profile"
    assert "Contraseña cambiada." in page.words and "Se ha cerrado 1 sesión más." in page.words
    assert [one.get("/calls").status_code for one in (ana, other, somebody)] == [200, 302, 200]
    assert accounts.sign_in(people.responsible.email, password) is None
    assert accounts.sign_in(people.responsible.email, NEW) is not None


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"present": "wrong password"}, {"present": "Esa no es tu contraseña actual."}),
        ({"present": ""}, {"present": "Escribe tu contraseña actual."}),
        ({"password": "corta", "again": "corta"}, {"password": "La contraseña debe tener entre 10 y 128 caracteres."}),
        (
            {"password": "qwertyuiop", "again": "qwertyuiop"},
            {"password": "Esa contraseña es demasiado fácil de adivinar."},
        ),
        ({"again": "otra cosa distinta"}, {"again": "Las dos contraseñas nuevas no son iguales."}),
    ],
)
def test_a_password_that_cannot_be_changed_says_why_and_ends_nothing(
    ana: FlaskClient, people: People, sign_in: Enter, password: str, typed: dict[str, str], errors: dict[str, str]
) -> None:
    other = sign_in(people.responsible)
    page = send(ana, "/profile/password", **({"present": password, "password": NEW, "again": NEW} | typed))
    assert (page.status, page.errors) == (422, errors)
    fields = page.form("/profile/password").fields
    assert {fields[name] for name in ("present", "password", "again")} == {""}
    assert [one.get("/calls").status_code for one in (ana, other)] == [200, 200]
    assert accounts.sign_in(people.responsible.email, password) is not None


def test_no_password_is_left_in_the_history(ana: FlaskClient, people: People, stored: Stored, password: str) -> None:
    change_password(ana, password)
    [change] = stored(select(AuditEntry))
    assert (change.action, change.values, change.note, change.by_user_id) == (
        "password",
        {},
        None,
        people.responsible.id,
    )


def test_my_sign_ins_are_listed_and_the_others_can_be_ended(
    ana: FlaskClient, people: People, sign_in: Enter, stored: Stored
) -> None:
    others = [sign_in(people.responsible) for _ in range(2)]
    cover = sign_in(people.cover)
    page = get(ana, "/profile")
    assert (page.words.count("Desde el"), page.words.count("este navegador")) == (3, 1)
    ended = send(ana, "/profile", action="/profile/sign-outs")
    assert "Se han cerrado 2 sesiones más." in ended.words
    assert [one.get("/calls").status_code for one in (ana, *others, cover)] == [200, 302, 302, 200]
    assert sorted(stored(select(SignIn.user_id))) == sorted([people.responsible.id, people.cover.id])
    assert "/profile/sign-outs" not in [form.action for form in get(ana, "/profile").forms]


def test_of_many_sign_ins_the_latest_are_shown_and_the_rest_counted(ana: FlaskClient, people: People) -> None:
    db.session.add_all([SignIn(user_id=people.responsible.id) for _ in range(14)])
    db.session.commit()
    page = get(ana, "/profile")
    assert page.words.count("Desde el") == 10
    assert "y 5 anteriores" in page.words
