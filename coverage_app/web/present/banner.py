"""The banner that every signed-in page carries when reminders are, or may be, delayed: what it means, in words."""

from dataclasses import dataclass

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from coverage_app import database_clock
from coverage_app.database_clock import STOP_BEYOND, WARN_BEYOND, is_beyond
from coverage_app.services import health
from coverage_app.services.health import COUNTED, EngineStatus, Problem
from coverage_app.web.present.filters import moment


@dataclass(frozen=True)
class Banner:
    """``headline`` is what it means for the reader; ``reasons`` are the causes, for administrators."""

    headline: str
    reasons: list[str]


def init_app(app: Flask) -> None:
    app.add_template_global(current, "banner")


def current() -> Banner | None:
    """The banner of this moment; None when all is well."""
    return describe(health.engine_status(database_clock.now()))


def describe(state: EngineStatus | None) -> Banner | None:
    """The banner for ``state``, or for none: when the database would not tell it."""
    if state is None:
        return Banner(_("How the reminders are cannot be read just now."), [])
    # A clock that is a little off delays nothing: it is for administrators, on the page System.
    if not set(state.problems) - {Problem.CLOCK_OFF} and not state.clock_stops_mail:
        return None
    return Banner(_headline(state), _reasons(state))


def how_many(late: int) -> str:
    """The number of late reminders in words, or that there are more than were counted."""
    return str(late) if late <= COUNTED else _("over 999")


def clock_words(offset: float | None) -> str:
    """What a clock that is ``offset`` seconds off means; empty for one that is right."""
    if is_beyond(offset, STOP_BEYOND):
        return _("A computer's clock is %(seconds)s s off, and no mail leaves from it.", seconds=f"{offset:+.0f}")
    if is_beyond(offset, WARN_BEYOND):
        return _("A computer's clock is %(seconds)s s off.", seconds=f"{offset:+.0f}")
    return ""


def _headline(state: EngineStatus) -> str:
    if state.late and state.oldest_late:
        late = ngettext(
            "%(number)s reminder is late, since %(when)s.",
            "%(number)s reminders are late, the first since %(when)s.",
            state.late,
            number=how_many(state.late),
            when=moment(state.oldest_late),
        )
        return late + " " + _("Nothing is lost; meanwhile, tell the cover yourself.")
    if not state.mail_configured:
        return _("No reminder is sent for now. What you save is kept, and its reminders wait.")
    if not state.worker or state.last_error or state.clock_stops_mail:
        return _("Reminders may arrive late. What you save is kept, and its reminders leave when this is solved.")
    return _("Reminders may arrive up to a minute late. What you save is kept.")


def _reasons(state: EngineStatus) -> list[str]:
    words = {
        Problem.NO_MAIL_SERVER: _("No mail server has been set up (SMTP_SERVER)."),
        Problem.NO_WORKER: _("The process that sends mail (worker) is not running."),
        Problem.NO_SCHEDULER: _("The process that keeps the time (scheduler) is not running."),
        Problem.HELD_BACK: _("The mail server answers: %(words)s", words=state.last_error or ""),
    }
    reasons = [words[problem] for problem in state.problems if problem in words]
    return [*reasons, clock_words(state.clock_offset)] if state.clock_stops_mail else reasons
