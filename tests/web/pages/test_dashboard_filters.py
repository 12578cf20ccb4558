"""Filters live in the address and can be kept by name; the tiles count exactly what they lead to."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import day_begins, to_local
from coverage_app.extensions import db
from coverage_app.models import Call, Reminder, SavedFilter
from coverage_app.services.entities import TASK
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall, SignIn
from tests.web.page_reader import Page, get, send

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
MADRID = "Europe/Madrid"


def listed(browser: FlaskClient, path: str) -> set[str]:
    return {link[7:] for link in get(browser, path).links if re.fullmatch(r"/calls/[0-9a-f-]{36}", link)}


def ids(*calls: Call) -> set[str]:
    return {str(call.id) for call in calls}


def tiles(page: Page) -> dict[str, int]:
    labels = "Hoy|Próximos 7 días|Vencidas|Con recordatorios fallidos"
    found = re.findall(rf"(\d+) ({labels})", page.words)
    return {label: int(number) for number, label in found[:4]}


def test_kind_person_and_text_narrow_what_is_shown(
    people: People, make_call: MakeCall, sign_in: SignIn, now: datetime
) -> None:
    call = make_call(30)
    action = make_call(None, proxima_accion_fecha=now + timedelta(hours=31), proxima_accion="Enviar el contrató")
    other = make_call(32, responsible_user_id=people.outsider.id, coverage_user_id=None)
    browser = sign_in(people.admin)
    shown = {
        path: listed(browser, f"/?view=all&{path}")
        for path in ("kind=next_call", "kind=next_action", f"person={people.cover.id}", f"person={people.outsider.id}",
                     "q=contrato", "q=PEREZ", "q=600+000", "q=nada", "kind=nonsense&person=x&period=y")
    }  # fmt: skip
    assert shown == {
        "kind=next_call": ids(call, other),
        "kind=next_action": ids(action),
        f"person={people.cover.id}": ids(call, action),
        f"person={people.outsider.id}": ids(other),
        "q=contrato": ids(action),
        "q=PEREZ": ids(call, action, other),
        "q=600+000": ids(call, action, other),
        "q=nada": set(),
        "kind=nonsense&person=x&period=y": ids(call, action, other),
    }
    assert "Nada coincide con este filtro" in get(browser, "/?view=all&q=nada").words


def test_text_is_not_looked_for_far_from_now_and_the_page_says_so(
    people: People, make_call: MakeCall, sign_in: SignIn
) -> None:
    near = [make_call(24 * days) for days in (-29, 59)]
    far = [make_call(24 * days) for days in (-31, 61)]
    browser = sign_in(people.cover)
    assert listed(browser, "/?q=maria") == ids(*near)
    assert listed(browser, "/") == ids(*near, *far)
    assert "vence en los próximos 60" in get(browser, "/?q=maria").words


def test_a_period_is_read_on_the_readers_clocks(
    people: People, make_call: MakeCall, sign_in: SignIn, now: datetime
) -> None:
    today = to_local(now, MADRID).date()
    begins = [(day_begins(today + timedelta(days=n), MADRID) - now) / timedelta(hours=1) for n in (0, 1)]
    before, first, last, after = (
        make_call(hours) for hours in (begins[0] - 0.01, begins[0], begins[1] - 0.01, begins[1])
    )
    week, month = make_call(24 * 7 - 1), make_call(24 * 30 - 1)
    browser = sign_in(people.cover)
    late = {call for call in (before, first) if call.proxima_llamada_fecha < now}
    assert listed(browser, "/?period=today") == ids(first, last)
    assert listed(browser, "/?period=overdue") == ids(*late)
    assert listed(browser, "/?period=week") == ids(last, after, week)
    assert listed(browser, "/?period=month") == ids(last, after, week, month)


def test_each_tile_counts_what_it_leads_to(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored, now: datetime
) -> None:
    for hours in (-30, -29, 24 * 3, 24 * 6, 24 * 20):
        make_call(hours)
    failed = make_call(30)
    make_call(31, responsible_user_id=people.outsider.id, coverage_user_id=people.admin.id)
    for row in stored(select(Reminder).where(Reminder.entity_id == failed.id))[:2]:
        db.session.merge(row).status = "failed"
    db.session.commit()
    for view, expected in (("mine", (0, 3, 2, 1)), ("all", (0, 4, 2, 1))):
        browser = sign_in(people.cover)
        page = get(browser, f"/?view={view}")
        assert tuple(tiles(page).values())[1:] == expected[1:]
        for number, path in zip(expected[1:], ("period=week", "period=overdue", "failed=1"), strict=True):
            assert f"/?view={view}&{path}" in page.links
            assert len(listed(browser, f"/?view={view}&{path}")) == number
    assert listed(sign_in(people.cover), "/?failed=1") == ids(failed)


def test_tiles_count_within_kind_and_person(
    people: People, make_call: MakeCall, sign_in: SignIn, now: datetime
) -> None:
    make_call(30)
    make_call(None, proxima_accion_fecha=now + timedelta(hours=30))
    page = get(sign_in(people.cover), "/?kind=next_action")
    assert tiles(page)["Próximos 7 días"] == 1
    assert "/?view=mine&kind=next_action&period=week" in page.links


def test_tiles_count_what_the_text_finds(people: People, make_call: MakeCall, make: Make, sign_in: SignIn) -> None:
    make_call(30)
    make(TASK, 30, entity_id=None)
    browser = sign_in(people.cover)
    for sought, number in (("perez", 1), ("cita", 1), ("nada", 0)):
        page = get(browser, f"/?q={sought}")
        assert tiles(page)["Próximos 7 días"] == number
        assert f"/?view=mine&period=week&q={sought}" in page.links


def test_filter_is_saved_by_name_applied_and_deleted(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30)
    browser, path = sign_in(people.responsible), "/?view=all&kind=next_call&q=perez"
    page = send(browser, path, action="/filters", name="  Las de  Pérez ")
    assert "Filtro «Las de Pérez» guardado." in page.words
    address = "/?view=all&kind=next_call&q=perez"
    assert address in get(browser, "/").links
    assert listed(browser, address) == ids(call)
    assert "/calendar?view=all&kind=next_call&q=perez&shape=month" in _without_day(get(browser, "/calendar").links)
    [kept] = stored(select(SavedFilter))
    page = send(browser, "/", action=f"/filters/{kept.id}/delete")
    assert ("Filtro «Las de Pérez» borrado." in page.words, stored(select(SavedFilter))) == (True, [])


def _without_day(links: list[str]) -> set[str]:
    return {re.sub(r"&day=[\d-]+", "", link) for link in links}


def test_the_same_name_again_replaces_the_filter(people: People, sign_in: SignIn, stored: Stored) -> None:
    browser = sign_in(people.cover)
    for kind in ("next_call", "task_due"):
        send(browser, f"/?kind={kind}", action="/filters", name="Mías")
    assert [kept.values for kept in stored(select(SavedFilter))] == [{"view": "mine", "kind": "task_due"}]


def test_saved_filter_is_visible_to_its_owner_only(people: People, sign_in: SignIn, stored: Stored) -> None:
    send(sign_in(people.cover), "/?kind=next_call", action="/filters", name="De Bea")
    [kept] = stored(select(SavedFilter))
    stranger = sign_in(people.outsider)
    page = get(stranger, "/?kind=task_due")
    assert "De Bea" not in page.words
    token = page.form("/filters").fields["csrf_token"]
    answer = stranger.post(f"/filters/{kept.id}/delete", data={"csrf_token": token})
    assert (answer.status_code, len(stored(select(SavedFilter)))) == (404, 1)


@pytest.mark.parametrize(
    ("name", "said"), [("", "Escribe un nombre"), (" ", "Escribe un nombre"), ("x" * 61, "Demasiado largo")]
)
def test_a_name_that_cannot_be_is_refused_in_words(
    people: People, sign_in: SignIn, stored: Stored, name: str, said: str
) -> None:
    page = send(sign_in(people.cover), "/?kind=next_call", action="/filters", name=name)
    assert (said in page.words, stored(select(SavedFilter))) == (True, [])


def test_saved_filter_holds_only_valid_criteria(people: People, sign_in: SignIn, stored: Stored) -> None:
    form = {"kind": "<script>", "person": "1", "next": "//e.com", "role": "admin", "q": "\x00a\nb", "view": "x"}
    send(sign_in(people.cover), "/?kind=next_call", action="/filters", name="Raro", **form)
    assert [kept.values for kept in stored(select(SavedFilter))] == [{"view": "mine", "q": "a b"}]


def test_saved_filters_are_limited_in_number(people: People, sign_in: SignIn, stored: Stored) -> None:
    db.session.add_all(SavedFilter(user_id=people.cover.id, name=f"n{n}", values={"view": "all"}) for n in range(30))
    db.session.commit()
    page = send(sign_in(people.cover), "/?kind=next_call", action="/filters", name="Otro más")
    assert ("Ya guardas 30 filtros." in page.words, len(stored(select(SavedFilter)))) == (True, 30)
