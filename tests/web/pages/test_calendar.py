"""Month, week and agenda: the dashboard's follow-ups by day, on the reader's clocks, never more than a few a cell."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coverage_app.clock import to_local
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.services.queries import calendar
from coverage_app.services.queries.coverages import CoverageCriteria, Filter, View
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import get

pytestmark = BOTH_DATABASES

MADRID = "Europe/Madrid"
NOVEMBER = "/calendar?view=all&day=2026-11-23"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def follow_ups(people: People, moments: list[datetime], **more: Any) -> list[FollowUp]:
    """One for each moment, of calls that need not exist."""
    made = [
        FollowUp(
            entity_type="call", entity_id=UUID(int=number + 1), event_kind="next_call", title=f"n{number}",
            responsible_user_id=people.responsible.id, coverage_user_id=people.cover.id, due_at=moment,
        )
        for number, moment in enumerate(moments)
    ]  # fmt: skip
    for row in made:
        for name, value in more.items():
            setattr(row, name, value)
    db.session.add_all(made)
    db.session.commit()
    return made


def entries(browser: FlaskClient, path: str) -> list[int]:
    """The numbers of the calls that are shown, in their order."""
    return [
        UUID(found[1]).int
        for link in get(browser, path).links
        if (found := re.fullmatch(r"/calls/([0-9a-f-]{36})", link))
    ]


@pytest.fixture
def bea(people: People, sign_in: SignIn) -> FlaskClient:
    return sign_in(people.cover)


def test_a_month_shows_whole_weeks_from_monday_in_the_readers_zone(people: People, bea: FlaskClient) -> None:
    # November 2026 is drawn from Monday 26 October to Sunday 6 December, Madrid being an hour ahead.
    follow_ups(people, [at("2026-10-25T22:59:59"), at("2026-10-25T23:00:00"), at("2026-11-23T09:00:00"),
                        at("2026-12-06T22:59:59"), at("2026-12-06T23:00:00")])  # fmt: skip
    page = get(bea, NOVEMBER)
    assert entries(bea, NOVEMBER) == [2, 3, 4]
    assert "Calendario: noviembre de 2026" in page.words
    assert "lun mar mié jue vie sáb dom" in page.words


def test_a_week_and_an_agenda_begin_and_end_with_their_days(people: People, bea: FlaskClient) -> None:
    follow_ups(people, [at("2026-11-22T22:59:59"), at("2026-11-22T23:00:00"), at("2026-11-29T22:59:59"),
                        at("2026-11-29T23:00:00"), at("2026-12-02T22:59:59"), at("2026-12-02T23:00:00")])  # fmt: skip
    assert entries(bea, "/calendar?shape=week&day=2026-11-26") == [2, 3]
    assert entries(bea, "/calendar?shape=agenda&day=2026-11-26") == [3, 4, 5]
    assert "23–29 nov 2026" in get(bea, "/calendar?shape=week&day=2026-11-26").words


LONG_DAYS = [
    (MADRID, "2027-03-28", 23),
    (MADRID, "2027-10-31", 25),
    ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ("Africa/Cairo", "2027-04-30", 23),
]


@pytest.mark.parametrize(("zone", "day", "hours"), LONG_DAYS)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(zone: str, day: str, hours: float) -> None:
    first = date.fromisoformat(day)
    span = calendar.day_span(first, 1, zone)
    assert span.start is not None and span.end is not None
    assert span.end - span.start == timedelta(hours=hours)
    assert to_local(span.start, zone).date() == first != to_local(span.start - timedelta(seconds=1), zone).date()


def test_a_cell_holds_five_lines_and_says_how_many_more_there_are(app: Flask, people: People, bea: FlaskClient) -> None:
    follow_ups(people, [at("2026-11-25T08:00:00") + timedelta(minutes=n) for n in range(12)])
    page = get(bea, NOVEMBER)
    assert entries(bea, NOVEMBER) == [1, 2, 3, 4, 5]
    assert "+7 más este día" in page.words
    agenda = "/calendar?view=all&shape=agenda&day=2026-11-25"
    assert agenda in page.links and entries(bea, agenda) == list(range(1, 13))


def test_equal_times_keep_their_order_and_each_day_its_own_five(app: Flask, people: People) -> None:
    follow_ups(people, [at(f"2026-11-{day}T08:00:00") for day in (24, 25) for _ in range(7)])
    criteria = CoverageCriteria(Filter(View.ALL), people.cover.id, at("2026-11-23T09:00:00"))
    found = calendar.days(criteria, date(2026, 11, 23), 7, MADRID)
    assert [(day.date.day, len(day.rows), day.total, day.more) for day in found][:4] == [
        (23, 0, 0, 0), (24, 5, 7, 2), (25, 5, 7, 2), (26, 0, 0, 0)]  # fmt: skip
    assert [[row.id for row in day.rows] for day in found] == [sorted(row.id for row in day.rows) for day in found]


def test_it_obeys_the_same_view_and_filters_as_the_dashboard(
    people: People, sign_in: SignIn, make_call: MakeCall
) -> None:
    call = make_call(30)
    other = make_call(31, responsible_user_id=people.outsider.id, coverage_user_id=None)
    day = to_local(call.proxima_llamada_fecha, MADRID).date().isoformat()
    browser = sign_in(people.cover)
    for shape in ("month", "week", "agenda"):
        where = f"/calendar?shape={shape}&day={day}"
        assert entries(browser, where) == [call.id.int]
        assert entries(browser, f"{where}&view=all") == [call.id.int, other.id.int]
        assert entries(browser, f"{where}&view=all&person={people.outsider.id}") == [other.id.int]
        assert entries(browser, f"{where}&view=all&kind=task_due") == []
        assert entries(browser, f"{where}&view=all&q=perez") == [call.id.int, other.id.int]


def test_kinds_are_distinguished_by_words_and_not_by_colour_alone(people: People, bea: FlaskClient) -> None:
    rows = follow_ups(people, [at(f"2026-11-25T0{hour}:00:00") for hour in range(5)])
    kinds = ["next_call", "next_action", "task_due", "stage_next_action", "opportunity_follow_up"]
    for row, kind in zip(rows, kinds, strict=True):
        row.event_kind = kind
    db.session.commit()
    words = get(bea, NOVEMBER).words
    said = [re.search(rf"0{hour + 1}:00 (\w+)", words)[1] for hour in range(5)]  # type: ignore[index]
    assert said == ["Llamada", "Acción", "Tarea", "Embudo", "Oportunidad"]


def test_previous_next_and_today_are_links_that_keep_shape_and_filter(bea: FlaskClient) -> None:
    expected = {
        "month&day=2026-01-31": ("month&day=2025-12-01", "month&day=2026-02-01"),
        "week&day=2026-11-26": ("week&day=2026-11-19", "week&day=2026-12-03"),
        "agenda&day=2026-12-30": ("agenda&day=2026-12-23", "agenda&day=2027-01-06"),
    }
    for now, (previous, following) in expected.items():
        links = get(bea, f"/calendar?view=all&kind=task_due&shape={now}").links
        kept = "/calendar?view=all&kind=task_due&shape="
        assert {kept + previous, kept + following, kept + now.partition("&")[0]} <= set(links)


@pytest.mark.parametrize(
    "wrong", ["", "x", "2026-02-30", "1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01", "%00"]
)
def test_a_day_that_cannot_be_is_today(bea: FlaskClient, wrong: str) -> None:
    now = get(bea, "/calendar").words
    assert get(bea, f"/calendar?day={wrong}").words == now


@pytest.mark.parametrize("edge", ["2000-01-01", "2100-12-31"])
def test_there_is_no_way_beyond_the_dates_that_are_accepted(bea: FlaskClient, edge: str) -> None:
    for shape in ("month", "week", "agenda"):
        page = get(bea, f"/calendar?shape={shape}&day={edge}")
        assert page.status == 200
        assert all(
            f"day={year}" not in link for link in page.links for year in (1999, 2101) if "shape=" + shape in link
        )


def test_an_empty_calendar_says_so_and_leads_to_the_whole_teams(bea: FlaskClient) -> None:
    page = get(bea, "/calendar?shape=agenda&day=2026-11-23")
    assert "Nada en estos días" in page.words
    assert "/calendar?view=all&shape=agenda&day=2026-11-23" in page.links
