"""The System page's words: how a part is, which process lives, why mails failed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from coverage_app.alarms import Depth
from coverage_app.models import Heartbeat
from coverage_app.services.health import ALIVE_WITHIN, Problem
from coverage_app.services.health.checks import CheckResult, Component, HealthReport, newest_migrations
from coverage_app.services.installation import Notices
from coverage_app.settings import Smtp
from coverage_app.web.present.banner import clock_words, how_many
from coverage_app.web.present.filters import moment
from coverage_app.web.present.labels import COMPONENTS, FAILURES, SKIP_REASONS, SMTP_SECURITY

MOST_CAUSES = 10
TONES = {
    "good": ("check-circle-fill", _l("Well")),
    "warn": ("exclamation-circle", _l("Take care")),
    "bad": ("x-circle", _l("Fails")),
    "mute": ("slash-circle", _l("Not known")),
}


@dataclass(frozen=True)
class StatusLine:
    """One part: its name, how it is (as tone, sign and word), and a sentence."""

    part: str
    tone: str
    sentence: str

    @property
    def icon(self) -> str:
        return TONES[self.tone][0]

    @property
    def word(self) -> str:
        return str(TONES[self.tone][1])


@dataclass(frozen=True)
class Process:
    """A worker or scheduler, and when it was last heard."""

    name: str
    kind: str
    beat_at: datetime
    alive: bool
    says: str


@dataclass(frozen=True)
class Failure:
    """A cause, and how many ended so."""

    words: str
    number: int


def lines(report: HealthReport, alive: Counter[str], depth: Depth | None, smtp: Smtp | None) -> list[StatusLine]:
    """Return a line for every checked part. ``alive`` counts processes by kind."""
    fine = {
        Component.MIGRATIONS: _("Version %(number)s", number=report.parts[Component.MIGRATIONS].detail),
        Component.WORKER: ngettext("%(num)d process is running.", "%(num)d processes are running.", alive["worker"]),
        Component.SCHEDULER: ngettext(
            "%(num)d process is running.", "%(num)d processes are running.", alive["scheduler"]
        ),
        Component.PUNCTUALITY: _("Nothing is late."),
        Component.MAIL: _server(smtp),
        Component.CLOCKS: _("They agree with the database's."),
        Component.REDIS: _depth(depth),
    }
    return [_line(part, finding, report, fine) for part, finding in report.parts.items()]


def notices(report: Notices) -> list[StatusLine]:
    """What contradicts the settings, in words."""
    shown = []
    if report.released_url is not None:
        sentence = _(
            "The system was last released as %(address)s. If this is a copy, take its mail server away"
            " (SMTP_SERVER), or every reminder is sent twice.",
            address=report.released_url,
        )
        shown.append(StatusLine(_("Address"), "bad", sentence))
    if report.forwarded_at is not None:
        sentence = _(
            "Visits come through another server (proxy), the last at %(when)s. Set TRUSTED_PROXIES, or everybody"
            " looks like the same visitor.",
            when=moment(report.forwarded_at),
        )
        shown.append(StatusLine(_("Proxy"), "warn", sentence))
    return shown


def processes(beats: Sequence[Heartbeat], now: datetime) -> list[Process]:
    return [
        Process(
            beat.process_id,
            beat.kind,
            beat.beat_at,
            now - beat.beat_at < ALIVE_WITHIN,
            " ".join(filter(None, (beat.last_error, clock_words(beat.clock_offset)))),
        )
        for beat in beats
    ]


def failures(by_cause: Counter[str]) -> list[Failure]:
    """The most frequent causes; the rest together."""
    named = [Failure(str(FAILURES.get(words.partition(":")[0], words)), n) for words, n in by_cause.most_common()]
    shown, rest = named[:MOST_CAUSES], sum(failure.number for failure in named[MOST_CAUSES:])
    return [*shown, Failure(_("Other causes"), rest)] if rest else shown


def skips(by_reason: Counter[str]) -> list[Failure]:
    return [Failure(str(SKIP_REASONS.get(reason, reason)), number) for reason, number in by_reason.most_common()]


def _line(part: Component, finding: CheckResult, report: HealthReport, fine: dict[Component, str]) -> StatusLine:
    if finding.problem is None:
        return StatusLine(str(COMPONENTS[part]), "good", fine.get(part, finding.detail))
    tone = "bad" if finding.problem.critical else "warn"
    if finding.problem == Problem.DATABASE_FAILS and part != Component.DATABASE:
        tone = "mute"  # it may be well: nobody can tell
    return StatusLine(str(COMPONENTS[part]), tone, _describe(finding.problem, finding, report))


def _describe(problem: Problem, finding: CheckResult, report: HealthReport) -> str:
    late, oldest = (report.engine.late, report.engine.oldest_late) if report.engine else (0, None)
    detail = finding.detail
    words = {
        Problem.DATABASE_FAILS: _("The database did not answer: %(words)s", words=detail),
        Problem.NOT_MIGRATED: _(
            "Their version is %(here)s and should be %(newest)s. Run: flask --app wsgi db upgrade",
            here=detail or "–",
            newest=", ".join(sorted(newest_migrations())),
        ),
        Problem.NO_MAIL_SERVER: _("No mail server has been set up (SMTP_SERVER)."),
        Problem.NO_WORKER: _("The process that sends mail (worker) is not running."),
        Problem.NO_SCHEDULER: _("The process that keeps the time (scheduler) is not running."),
        Problem.HELD_BACK: _("The mail server answers: %(words)s", words=detail),
        Problem.LATE: ngettext(
            "%(number)s reminder waits since %(when)s.",
            "%(number)s reminders wait, the first since %(when)s.",
            late,
            number=how_many(late),
            when=moment(oldest) if oldest else "",
        ),
        Problem.CLOCK_OFF: clock_words(report.engine.clock_offset if report.engine else None)
        + " "
        + _("Have it set by the time of the network (NTP)."),
        Problem.REDIS_AWAY: _(
            "It does not answer, or takes nothing (%(words)s). Meanwhile reminders go out up to a minute late.",
            words=detail,
        ),
    }
    return words[problem]


def _server(smtp: Smtp | None) -> str:
    if smtp is None:
        return ""
    return f"{smtp.host}:{smtp.port}, {SMTP_SECURITY[smtp.security]}"


def _depth(depth: Depth | None) -> str:
    if depth is None:
        return ""
    alarms = ngettext("%(num)d alarm is set", "%(num)d alarms are set", depth.alarms)
    return alarms + ", " + ngettext("%(num)d job waits.", "%(num)d jobs wait.", depth.jobs)
