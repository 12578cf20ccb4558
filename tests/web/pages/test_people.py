"""People, for administrators: adding, changing, new passwords shown once, out of service and back."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, User
from coverage_app.services import accounts, tokens
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import Page, get, send

Stored = Callable[..., list[Any]]
EVA = {"name": "Eva Gil", "email": "eva@example.com", "role": "staff", "locale": "en", "timezone": "Europe/Madrid"}
FIRST = re.compile(r'<code class="secret"[^>]*>([^<]+)</code>')


def add(browser: FlaskClient, **typed: str) -> tuple[Page, str]:
    """Add somebody through the form; the page that follows, and the password on it."""
    form = get(browser, "/people/new").form("/people/new")
    answer = browser.post("/people/new", data=form.fields | EVA | typed)
    found = FIRST.search(answer.text)
    return Page(answer), found[1] if found else ""


def test_somebody_new_gets_a_password_that_is_shown_once(
    app: Flask, alicia: FlaskClient, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    page, password = add(alicia)
    assert page.status == 200 and "Contraseña de Eva Gil" in page.words
    [eva] = stored(select(User).where(User.email == "eva@example.com"))
    assert (eva.name, eva.role, eva.locale, eva.timezone) == ("Eva Gil", "staff", "en", "Europe/Madrid")
    assert accounts.sign_in("eva@example.com", password) is not None
    with alicia.session_transaction() as session:
        assert password not in str(dict(session))
    seen = [alicia.get(path).text for path in ("/people", f"/people/{eva.id}", f"/people/{eva.id}/edit", "/history")]
    kept = [repr(row.__dict__) for model in (User, AuditEntry) for row in stored(select(model))]
    assert [text for text in [*seen, *kept, caplog.text] if password in text] == []


def test_page_with_a_password_is_not_cached_by_the_browser(alicia: FlaskClient) -> None:
    form = get(alicia, "/people/new").form("/people/new")
    answer = alicia.post("/people/new", data=form.fields | EVA)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "Location" not in answer.headers


def test_duplicate_form_makes_one_person_and_explains_password_reset(alicia: FlaskClient, stored: Stored) -> None:
    form = get(alicia, "/people/new").form("/people/new")
    alicia.post("/people/new", data=form.fields | EVA)
    again = Page(alicia.post("/people/new", data=form.fields | EVA, follow_redirects=True))
    assert "La primera contraseña solo se mostró una vez." in again.words
    assert stored(select(User.email).where(User.name == "Eva Gil")) == ["eva@example.com"]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": " "}, {"name": "Escribe un nombre."}),
        ({"email": "eva"}, {"email": "Escribe una sola dirección de correo, como maria@example.com."}),
        ({"email": "BEA@example.com"}, {"email": "Ya hay alguien con ese correo electrónico."}),
        ({"role": "boss"}, {"role": "Elige un rol de la lista."}),
        ({"locale": "fr"}, {"locale": "Elige un idioma de la lista."}),
        ({"timezone": "Madrid"}, {"timezone": "Elige una zona horaria de la lista, como Europe/Madrid."}),
    ],
)
def test_invalid_value_is_explained_beside_its_field(
    alicia: FlaskClient, people: People, stored: Stored, typed: dict[str, str], errors: dict[str, str]
) -> None:
    made, password = add(alicia, **typed)
    changed = send(alicia, f"/people/{people.outsider.id}/edit", **typed)
    assert [(page.status, page.errors) for page in (made, changed)] == [(422, errors)] * 2
    assert (password, stored(select(AuditEntry)), len(stored(select(User)))) == ("", [], 4)


def test_change_of_a_person_is_stored_and_described_in_words(alicia: FlaskClient, people: People) -> None:
    page = send(alicia, f"/people/{people.cover.id}/edit", name="Bea Soto Gil", role="admin", locale="en")
    assert "Persona guardada." in page.words
    for shown in ("Nombre: Bea Soto cambiado a Bea Soto Gil", "Rol: Equipo cambiado a Administración"):
        assert shown in page.words
    assert "Idioma: Español cambiado a English" in page.words
    assert "Alicia Mora" in page.words


def test_fields_that_the_form_does_not_have_change_nothing(alicia: FlaskClient, people: People, stored: Stored) -> None:
    send(alicia, f"/people/{people.cover.id}/edit", is_active="0", password_hash="x", id=str(uuid4()))
    [bea] = stored(select(User).where(User.email == "bea@example.com"))
    assert (bea.id, bea.is_active, bea.password_hash) == (people.cover.id, True, people.cover.password_hash)


def test_new_password_is_shown_once_and_ends_that_persons_sessions_only(
    app: Flask, alicia: FlaskClient, people: People, sign_in: SignIn, password: str
) -> None:
    bea, carlos = sign_in(people.cover), sign_in(people.outsider)
    path = f"/people/{people.cover.id}/password"
    answer = alicia.post(path, data=get(alicia, path).form(path).fields)
    given = FIRST.search(answer.text)
    assert given
    assert [one.get("/calls").status_code for one in (bea, carlos, alicia)] == [302, 200, 200]
    assert accounts.sign_in(people.cover.email, password) is None
    assert accounts.sign_in(people.cover.email, given[1]) is not None
    assert given[1] not in alicia.get(f"/people/{people.cover.id}").text


def test_taking_somebody_out_of_service_says_what_waits_for_them(
    alicia: FlaskClient, people: People, sign_in: SignIn, make_call: MakeCall
) -> None:
    bea = sign_in(people.cover)
    make_call(48)
    make_call(72)
    path = f"/people/{people.cover.id}/deactivate"
    assert "Cubre 2 seguimientos abiertos." in get(alicia, path).words
    page = send(alicia, path)
    assert (page.path, bea.get("/calls").status_code) == (f"/people/{people.cover.id}", 302)
    assert "Bea Soto ya no puede entrar." in page.words
    assert "2 seguimientos abiertos siguen esperando a esta persona" in page.words
    back = send(alicia, page.path, action=f"/people/{people.cover.id}/reactivate")
    assert "Bea Soto puede volver a entrar" in back.words
    assert [word for word in ("Baja", "Reincorporación") if word not in back.words] == []


def test_the_last_active_administrator_cannot_leave_or_step_down(
    alicia: FlaskClient, people: People, stored: Stored
) -> None:
    sentence = "Es la única persona con permisos de administración en activo. Da antes esos permisos a otra."
    refused = send(alicia, f"/people/{people.admin.id}/deactivate")
    assert refused.status == 409 and sentence in refused.words
    demoted = send(alicia, f"/people/{people.admin.id}/edit", role="staff")
    assert (demoted.status, demoted.errors) == (422, {"role": sentence})
    assert stored(select(User.email).where(User.role == "admin", User.is_active)) == ["alicia@example.com"]


def test_an_administrator_who_steps_down_is_led_to_the_start(alicia: FlaskClient, people: People) -> None:
    accounts.save(people.cover.id, {"role": "admin"}, by=people.admin, now=utcnow())
    page = send(alicia, f"/people/{people.admin.id}/edit", role="staff")
    assert (page.path, page.status) == ("/", 200)
    assert alicia.get("/people").status_code == 403


def test_people_are_found_by_name_address_and_state(app: Flask, alicia: FlaskClient, people: People) -> None:
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())

    def listed(query: str) -> list[str]:
        links = get(alicia, f"/people{query}").links
        ids = {str(person.id): person.name.split()[0] for person in people}
        return sorted(name for person_id, name in ids.items() if f"/people/{person_id}" in links)

    assert {query: listed(query) for query in ("", "?q=SOTO", "?q=ana@", "?active=active", "?active=inactive")} == {
        "": ["Alicia", "Ana", "Bea", "Carlos"],
        "?q=SOTO": ["Bea"],
        "?q=ana@": ["Ana"],
        "?active=active": ["Alicia", "Ana", "Bea"],
        "?active=inactive": ["Carlos"],
    }


def test_many_people_come_in_pages(app: Flask, alicia: FlaskClient, people: People) -> None:
    hashed = people.admin.password_hash
    db.session.add_all(
        User(name="Igual", email=f"p{number}@example.com", password_hash=hashed, locale="es", timezone="UTC")
        for number in range(40)
    )
    db.session.commit()
    first = get(alicia, "/people")
    second = get(alicia, first.rel["next"])
    listed = [{link for link in page.links if len(link) == 44} for page in (first, second)]
    assert ([len(one) for one in listed], listed[0] & listed[1]) == ([25, 19], set())


@pytest.mark.parametrize("locale", ["es", "en"])
def test_staff_have_no_entry_in_the_menu_and_no_way_in(
    app: Flask, people: People, sign_in: SignIn, locale: str
) -> None:
    db.session.get_one(User, people.responsible.id).locale = locale
    db.session.commit()
    staff, admin = sign_in(people.responsible), sign_in(people.admin)
    entries = {"/people", "/history", "/system"}
    assert entries & set(get(staff, "/contacts").links) == set()
    assert entries & set(get(admin, "/contacts").links) == entries
    refused = get(staff, "/people")
    assert refused.status == 403
    assert ("No tienes acceso a esto" if locale == "es" else "This is not open to you") in refused.words


PATHS = ["", "/new", "/{id}", "/{id}/edit", "/{id}/deactivate", "/{id}/reactivate", "/{id}/password"]


def test_who_may_do_what(app: Flask, client: FlaskClient, people: People, sign_in: SignIn, stored: Stored) -> None:
    """Role × route × method; the token of the page is there, so that it is the role that is refused."""
    token = f"/people/tokens/{tokens.make(people.cover, 'CRM')[0].id}/revoke"
    addresses = [f"/people{path.format(id=people.outsider.id)}" for path in PATHS] + [
        token,
        "/history",
        "/history/export.csv",
        "/system",
    ]
    browsers = {"stranger": client, "staff": sign_in(people.responsible), "admin": sign_in(people.admin)}
    app.config["WTF_CSRF_ENABLED"] = False
    answered = {
        (who, method, address.replace(str(people.outsider.id), "1")): browser.open(address, method=method).status_code
        for address in addresses
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE")
        for who, browser in browsers.items()
    }
    reads = {"", "/new", "/1", "/1/edit", "/1/deactivate", "/1/password"}
    writes = {"/new": 422, "/1/edit": 302, "/1/deactivate": 302, "/1/reactivate": 302, "/1/password": 200}
    writes |= {"/system/test-mail": 302, token.removeprefix("/people"): 302}
    by_admin = {key[1:]: code for key, code in answered.items() if key[0] == "admin"}
    expected = {}
    for address in addresses:
        short = address.replace(str(people.outsider.id), "1")
        page = short.removeprefix("/people")
        known = page in reads or short.startswith("/history") or short in ("/system", token)
        expected |= {(method, short): 200 if known else 405 for method in ("GET", "HEAD")}
        expected["POST", short] = writes.get(page, 405)
        expected |= {(method, short): 405 for method in ("PUT", "DELETE")}
    assert by_admin == expected
    # Everybody else gets nothing but a refusal, wherever the administrator gets anything.
    for who, refusal in (("staff", 403), ("stranger", 302)):
        mine = {key[1:]: code for key, code in answered.items() if key[0] == who}
        assert {key: mine[key] for key, code in expected.items() if code != 405} == {
            key: refusal for key, code in expected.items() if code != 405
        }
