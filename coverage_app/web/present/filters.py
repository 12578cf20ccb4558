"""Words for people on a page: moments in the reader's zone, telephone links, colours of a state."""

from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import Flask, current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from coverage_app import clock, i18n
from coverage_app.web.middleware import locale
from coverage_app.web.present import column_labels, labels


def init_app(app: Flask) -> None:
    app.add_template_filter(moment)
    app.add_template_filter(named_moment)
    app.add_template_filter(exact)
    app.add_template_filter(hour)
    app.add_template_filter(local_text)
    app.add_template_filter(day)
    app.add_template_filter(weekday)
    app.add_template_filter(dialled)
    app.add_template_filter(excerpt)
    app.add_template_filter(lasted)
    app.add_template_filter(colleague_name)
    app.add_template_global(zone_name)
    app.jinja_env.globals.update(labels=labels, column_labels=column_labels)
    app.add_template_global(lambda: str(get_locale() or "es"), "lang")


def zone() -> str:
    """The reader's zone, else the application's."""
    return locale.timezone() or current_app.extensions["settings"].app_timezone


def zone_name() -> str:
    """«hora de Madrid»."""
    return i18n.zone_name(zone())


def moment(at: datetime) -> str:
    """«jue 3 dic 2026, 10:00»."""
    return i18n.short_moment(at, zone())


def named_moment(at: datetime) -> str:
    """«jue 3 dic 2026, 10:00, hora de Madrid»."""
    return f"{moment(at)}, {zone_name()}"


def exact(at: datetime) -> str:
    """«jue 3 dic 2026, 10:00:07»."""
    return i18n.second(at, zone())


def hour(at: datetime) -> str:
    """«10:00»."""
    return f"{clock.to_local(at, zone()):%H:%M}"


def local_text(at: datetime) -> str:
    """«2026-12-03T10:00», with seconds where there are any: as a ``datetime-local`` input writes it."""
    local = clock.to_local(at, zone())
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def local_day(at: datetime) -> date:
    return clock.to_local(at, zone()).date()


def day(of: date, today: date | None = None) -> str:
    """«hoy, lunes 23 de noviembre»: a day as a heading."""
    spanish = str(get_locale()).startswith("es")
    text = format_date(of, "EEEE d 'de' MMMM" if spanish else "EEEE d MMMM", locale=get_locale())
    if today and of.year != today.year:
        text = f"{text} {'de ' if spanish else ''}{of.year}"
    if today and of == today:
        return _("Today, %(day)s", day=text)
    if today and of == today + timedelta(days=1):
        return _("Tomorrow, %(day)s", day=text)
    if today and today < of < today + timedelta(days=7 - today.weekday()):
        return _("This week, %(day)s", day=text)
    return text[:1].upper() + text[1:]


def weekday(of: date) -> str:
    """«lun», at the head of a column."""
    return format_date(of, "EEE", locale=get_locale())


def dialled(phone: str) -> str | Markup:
    """A telephone number as a link that dials it; plain text where ``tel_uri`` finds none."""
    uri = i18n.tel_uri(phone)
    return phone if uri is None else Markup('<a href="{}" class="tel">{}</a>').format(uri, phone)


def excerpt(text: str | None, length: int = 120) -> str:
    """The beginning of a note on one line."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def lasted(seconds: int) -> str:
    """«12 minutos y 30 segundos»: how long a call was."""
    minutes, rest = divmod(seconds, 60)
    if minutes and rest and minutes < 60:
        return _("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=rest)
    return i18n.duration(timedelta(seconds=seconds)) if minutes else i18n.lead_time(f"{rest}s")


def colleague_name(colleague: Any) -> str:
    """«Bea Soto (de baja)»: a colleague in a list, and whether they left."""
    return colleague.name if colleague.is_active else _("%(name)s (inactive)", name=colleague.name)
