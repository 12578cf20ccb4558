"""Reads the criteria of a list from a query string; what is invalid filters nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from coverage_app import clock
from coverage_app.services.queries import choices, search
from coverage_app.services.queries.list_query import Criteria, Listing, State
from coverage_app.services.values import Values
from coverage_app.web.present.filters import colleague_name, zone
from coverage_app.web.present.labels import STATES, Words

NOBODY = "none"
LAST_DAY = date(clock.LAST_YEAR, 12, 31)
ADDED = {"added": _l("Last added first")}
DUE_ORDERS = {"due": _l("Nearest date first"), "due_last": _l("Latest date first")} | ADDED


@dataclass(frozen=True)
class Narrowing:
    """How a list can be filtered by its query string. ``word`` is the parameter of the list's own vocabulary."""

    orders: dict[str, LazyString]
    word: str = ""
    labels: Words | None = None
    word_label: LazyString | str = ""
    when_label: LazyString | str = ""

    def read(self, listing: Listing) -> "Narrowed":
        """Read the criteria of the present request."""
        args = request.args
        cover = args.get("cover")
        word = args.get(self.word) if self.word else None
        criteria = Criteria(
            sought=search.term(args.get("q")),
            order=args["order"] if args.get("order") in listing.orders else "",
            state=_state(listing, args.get("state")),
            word=word if word in listing.words else None,
            owner=args.get("owner", type=UUID),
            cover=args.get("cover", type=UUID),
            uncovered=cover == NOBODY,
            since=_midnight(_day("from")),
            until=_midnight(_day("to"), days=1),
            contact=args.get("contact", type=UUID),
        )
        return Narrowed(self, listing, criteria, _day("from"), _day("to"))


@dataclass(frozen=True)
class Narrowed:
    """Criteria as read. ``first`` and ``last`` are the days of its period on the reader's calendar."""

    by: Narrowing
    listing: Listing
    criteria: Criteria
    first: date | None
    last: date | None

    @property
    def query_args(self) -> Values:
        """Return the query string that gives the same list again."""
        criteria = self.criteria
        carried = {
            "q": criteria.sought,
            "order": criteria.order,
            "state": criteria.state.value if criteria.state != self.listing.usual else None,
            self.by.word: criteria.word,
            "owner": criteria.owner,
            "cover": NOBODY if criteria.uncovered else criteria.cover,
            "from": self.first,
            "to": self.last,
            "contact": criteria.contact,
        }
        return {name: value for name, value in carried.items() if name and value}

    @property
    def whole(self) -> Values:
        """Return the query string that filters nothing."""
        return {"state": State.ALL.value} if self.listing.usual != State.ALL else {}

    @property
    def unusual(self) -> bool:
        """Return whether a filter or the order is not the usual one."""
        return bool(self.query_args.keys() - {"q", "contact"})

    @property
    def active(self) -> bool:
        """Return whether something beside the search leaves out what the list would show."""
        return bool(self._narrowing - {"q"})

    @property
    def empty_for_want(self) -> bool:
        """Return whether an empty list may be empty because of its filters."""
        return bool(self._narrowing)

    @property
    def _narrowing(self) -> set[str]:
        harmless = {"order", "state"} if self.criteria.state == State.ALL else {"order"}
        return self.query_args.keys() - harmless

    @property
    def states(self) -> Words:
        return STATES if self.listing.states else {}

    @property
    def names(self) -> dict[str, str]:
        """Return the names of all people by id, the deactivated too: their records can be found. Runs a query."""
        people = choices.everybody() if self.listing.owner is not None else []
        return {str(row.id): colleague_name(row) for row in people}


def _state(listing: Listing, text: str | None) -> State:
    states = (State.ALL, *listing.states)
    return State(text) if text in states else listing.usual


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(clock.FIRST_YEAR, 1, 1) <= day <= LAST_DAY else None


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    return clock.day_begins(day + timedelta(days=days), zone()) if day else None
