"""What cannot be saved is said beside its field, in the reader's language, with what was typed kept."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, User
from coverage_app.services import accounts
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import Page, get, send

Stored = Callable[..., list[Any]]
DATE = {
    "es": "Escribe una fecha y una hora, por ejemplo 03/12/2026 10:00, entre 2000 y 2100.",
    "en": "Write a date and a time, for example 03/12/2026 10:00, between 2000 and 2100.",
}
SPRING = {
    "es": "Esa hora no existe ese día: los relojes se adelantan. Elige una anterior o posterior.",
    "en": "That time does not exist on that day: the clocks go forward. Choose one before or after.",
}
COLLEAGUE = {"es": "Elige a alguien de la lista.", "en": "Choose a colleague from the list."}
CONTACT = {"es": "Elige un contacto de la lista.", "en": "Choose a contact from the list."}
DURATION = {
    "es": "Escribe los minutos, como 12, o minutos y segundos, como 12:30; como máximo, 24 horas.",
    "en": "Write minutes, like 12, or minutes and seconds, like 12:30; at most 24 hours.",
}


def limit(number: int) -> dict[str, str]:
    return {"es": f"Demasiado largo: como máximo {number} caracteres.", "en": f"Too long: at most {number} characters."}


WRONG = [
    ("proxima_llamada_fecha", "2027-03-28T02:30", SPRING),
    ("proxima_accion_fecha", "2027-03-28T02:30", SPRING),
    ("called_at", "2027-03-28T02:30", SPRING),
    ("proxima_llamada_fecha", "mañana", DATE),
    ("proxima_llamada_fecha", "0001-01-01T00:00", DATE),
    ("proxima_llamada_fecha", "9999-12-31T23:59", DATE),
    ("called_at", "", {"es": "Escribe cuándo fue la llamada.", "en": "Write when the call was."}),
    ("coverage_user_id", "not-an-id", COLLEAGUE),
    ("coverage_user_id", str(uuid4()), COLLEAGUE),
    ("responsible_user_id", "", {"es": "Elige quién es responsable.", "en": "Choose who is responsible."}),
    ("responsible_user_id", str(uuid4()), COLLEAGUE),
    ("entity_id", "", CONTACT),
    ("entity_id", "\x00", CONTACT),
    ("entity_id", str(uuid4()), CONTACT),
    ("direction", "sideways", {"es": "Indica quién llamó.", "en": "Say who called."}),
    ("duration", "mucho", DURATION),
    ("duration", "99999999999999999999", DURATION),
    ("duration", "-5", DURATION),
    ("phone", "6" * 41, limit(40)),
    ("result", "x" * 201, limit(200)),
    ("proxima_accion", "x" * 201, limit(200)),
    ("note", "x" * 20_001, limit(20_000)),
]
# A select can show again only what it offers.
SHOWN_AGAIN = {"coverage_user_id", "responsible_user_id", "entity_id", "direction"}


@pytest.mark.parametrize("locale", ["es", "en"])
def test_wrong_value_is_named_beside_its_field_and_input_is_preserved(
    people: People, contact: Contact, sign_in: SignIn, stored: Stored, locale: str
) -> None:
    person = db.session.get_one(User, people.responsible.id)
    person.locale = locale
    db.session.commit()
    browser = sign_in(person)
    good = {
        "entity_id": str(contact.id),
        "coverage_user_id": str(people.cover.id),
        "note": "<b>Nota</b>",
        "result": 'Dijo "sí"',
        "proxima_llamada_fecha": "2027-12-02T10:00",
    }
    for name, value, sentence in WRONG:
        page = send(browser, "/calls/new", **(good | {name: value}))
        assert (page.status, page.errors) == (422, {name: sentence[locale]}), name
        kept = page.form("/calls/new").fields
        expected = {key: typed for key, typed in (good | {name: value}).items() if key not in SHOWN_AGAIN & {name}}
        assert {key: kept[key] for key in expected} == expected
        assert f"#{name}" in page.links, "the summary leads to the field"
    assert stored(select(Call)) == []


def test_all_errors_of_a_form_are_shown_together(ana: FlaskClient) -> None:
    page = send(ana, "/calls/new", called_at="x", duration="y", proxima_accion_fecha="2027-03-28T02:30")
    assert set(page.errors) == {"entity_id", "called_at", "duration", "proxima_accion_fecha"}


def test_what_was_understood_is_echoed_beside_what_was_not(ana: FlaskClient) -> None:
    page = send(ana, "/calls/new", proxima_llamada_fecha="2026-12-03T10:00")
    assert page.status == 422 and "Entendido: jue 3 dic 2026, 10:00, hora de Madrid" in page.words


def test_the_cover_is_somebody_else(ana: FlaskClient, people: People, contact: Contact) -> None:
    page = send(ana, "/calls/new", entity_id=str(contact.id), coverage_user_id=str(people.responsible.id))
    assert page.errors == {"coverage_user_id": "La cobertura tiene que ser alguien distinto del responsable."}
    assert page.form("/calls/new").fields["coverage_user_id"] == str(people.responsible.id)


def test_a_former_colleague_is_not_offered_and_not_taken(ana: FlaskClient, people: People, contact: Contact) -> None:
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    offered = get(ana, "/calls/new").form("/calls/new").offered["coverage_user_id"]
    assert set(offered.values()) == {"Sin cobertura", "Ana Ruiz", "Bea Soto", "Alicia Mora"}
    page = send(ana, "/calls/new", entity_id=str(contact.id), coverage_user_id=str(people.outsider.id))
    assert page.errors == {"coverage_user_id": "Carlos Vidal ya no está en activo. Elige a otra persona."}


def test_a_call_may_keep_a_cover_who_has_left(
    ana: FlaskClient, people: People, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call()
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    offered = get(ana, f"/calls/{call.id}/edit").form(f"/calls/{call.id}/edit").offered["coverage_user_id"]
    assert set(offered.values()) == {"Sin cobertura", "Ana Ruiz", "Bea Soto (de baja)", "Carlos Vidal", "Alicia Mora"}
    page = send(ana, f"/calls/{call.id}/edit", note="Otra nota")
    assert (page.path, stored(select(Call.note))) == (f"/calls/{call.id}", ["Otra nota"])
    assert "Cobertura de baja" in page.words


def test_a_refused_edit_keeps_what_was_typed_and_stores_nothing(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call(note="La de antes")
    page = send(ana, f"/calls/{call.id}/edit", note="La nueva", duration="x")
    assert (page.status, set(page.errors)) == (422, {"duration"})
    assert page.form(f"/calls/{call.id}/edit").fields["note"] == "La nueva"
    assert stored(select(Call.note)) == ["La de antes"]


SINGLE = "Escribe una sola dirección de correo, como maria@example.com."
UNFIT = [
    ("name", "", "Escribe un nombre."),
    ("name", " \x0b ", "Escribe un nombre."),
    ("name", "x" * 201, limit(200)["es"]),
    ("email", "a@example.com, b@example.com", SINGLE),
    ("email", "josé@example.com", SINGLE),
    ("email", "x" * 300 + "@example.com", limit(254)["es"]),
]


def test_invalid_contact_is_refused_with_a_reason(ana: FlaskClient, stored: Stored) -> None:
    for field, typed, sentence in UNFIT:
        page = send(ana, "/contacts/new", **({"name": "Ana", "phone": "600"} | {field: typed}))
        assert (page.status, page.errors) == (422, {field: sentence})
        assert page.form("/contacts/new").fields["phone"] == "600"
    assert stored(select(Contact)) == []


def test_html_and_line_breaks_in_a_name_are_text_on_one_line(ana: FlaskClient, stored: Stored) -> None:
    page = send(ana, "/contacts/new", name='<script>alert(1)</script>\r\nBcc: x" onclick="y {{7*7}}')
    name = '<script>alert(1)</script> Bcc: x" onclick="y {{7*7}}'
    assert stored(select(Contact.name)) == [name]
    assert page.words.count(name) == 2  # its heading, and the beginning of its history
    for path in (page.path, "/contacts", "/calls/new", f"{page.path}/edit", f"{page.path}/delete"):
        text = ana.get(path).text
        assert "<script>alert" not in text and 'x" onclick' not in text


def test_long_note_is_stored_unchanged(ana: FlaskClient, contact: Contact, stored: Stored) -> None:
    note = "\n".join(f"Línea número {line:04d}, con eñes." for line in range(350))[:10_000]
    page = send(ana, "/calls/new", entity_id=str(contact.id), note=note.replace("\n", "\r\n"))
    assert (page.status, stored(select(Call.note))) == (200, [note])


def test_a_request_that_holds_too_much_is_refused_unparsed(ana: FlaskClient) -> None:
    fields = "&".join(["a=b"] * 201)
    refused = {
        "fields": ana.post("/calls/new", data=fields, content_type="application/x-www-form-urlencoded"),
        "form": ana.post("/calls/new", data={"note": "%" * 131_073}),
        "parts": ana.post("/calls/new", data={f"a{n}": "b" for n in range(201)}, content_type="multipart/form-data"),
        "parameters": ana.get("/calls", query_string=fields),
        "query": ana.get("/calls", query_string="q=" + "x" * 65_536),
        "path": ana.get("/calls/" + "x" * 65_536),
        "header": ana.get("/calls", headers={"Accept-Language": "en, " * 3000}),
        "headers": ana.get("/calls", headers={f"X-{n}": "x" * 8000 for n in range(9)}),
    }
    assert {name: answer.status_code for name, answer in refused.items()} == {
        "fields": 413, "form": 413, "parts": 413, "parameters": 414, "query": 414, "path": 414, "header": 431,
        "headers": 431,
    }  # fmt: skip
    assert {Page(answer).texts("h1")[0] for answer in refused.values()} == {
        "Es demasiado de una vez", "La dirección es demasiado larga", "El navegador envía demasiado",
    }  # fmt: skip
    assert all(answer.headers["Content-Security-Policy"] for answer in refused.values())


def test_a_request_that_holds_as_much_as_it_may_is_answered(ana: FlaskClient) -> None:
    assert ana.get("/calls", query_string="&".join(["a=b"] * 200)).status_code == 200
    assert ana.get("/calls", headers={"X-Long": "x" * 8192}).status_code == 200
