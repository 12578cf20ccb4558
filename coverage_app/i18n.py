"""Words for people: languages, dates, zones and durations, each said in one place for pages and mail alike."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_datetime, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale, gettext, ngettext

from coverage_app.clock import to_local
from coverage_app.enums import LOCALES, Offset
from coverage_app.settings import Settings

MAX_DIGITS = 15  # of a number of any country (E.164)
CATALOGUES = Path(__file__).resolve().parent / "translations"


class _PoDomain(Domain):
    """Reads the ``.po`` files as they are: no compiled catalogue to forget, none in the repository."""

    def get_translations(self) -> NullTranslations:
        return translations(str(get_locale() or ""))


class _Languages(Babel):
    @cached_property
    def domain_instance(self) -> Domain:
        return _PoDomain()


babel = _Languages()


def init_app(
    app: Flask, settings: Settings, locale: Callable[[], str | None], timezone: Callable[[], str | None]
) -> None:
    """``locale`` and ``timezone`` name the reader's, or None outside a request (then the application's)."""
    babel.init_app(
        app,
        default_locale=settings.app_locale,
        default_timezone=settings.app_timezone,
        locale_selector=locale,
        timezone_selector=timezone,
    )
    app.add_template_filter(tel_uri)
    for language in LOCALES:
        translations(language)  # now: to read a catalogue takes a tenth of a second, for which a first mail would wait


def tel_uri(phone: str) -> str | None:
    """Return the ``tel:`` address that dials what was typed; None when that is too short or too long for one number."""
    number = re.sub(r"[^0-9*#]", "", phone)
    if not 3 <= len(number) <= MAX_DIGITS:
        return None
    return f"tel:{'+' if phone.strip().startswith('+') else ''}{number.replace('#', '%23')}"


def moment(at: datetime, zone: str) -> str:
    """The whole of it, zone named: «jueves 3 de diciembre de 2026, 10:00 (hora de Madrid)»."""
    return _moment(at, zone, str(get_locale()))


@lru_cache(maxsize=1000)
def _moment(at: datetime, zone: str, _locale: str) -> str:
    # Kept for a while: every reminder of a date, and everything else at that hour, says the same.
    return f"{day_and_time(at, zone)} ({zone_name(zone)})"


def day_and_time(at: datetime, zone: str) -> str:
    """«jueves 3 de diciembre de 2026, 10:00»."""
    pattern = "EEEE d 'de' MMMM 'de' y, HH:mm" if _language() == "es" else "EEEE d MMMM y, HH:mm"
    return format_datetime(to_local(at, zone), pattern, locale=get_locale())


def short_moment(at: datetime, zone: str) -> str:
    """«jue 3 dic 2026, 10:00», for tables."""
    return format_datetime(to_local(at, zone), "EEE d MMM y, HH:mm", locale=get_locale())


def second(at: datetime, zone: str) -> str:
    """«jue 3 dic 2026, 10:00:07», where seconds matter."""
    return format_datetime(to_local(at, zone), "EEE d MMM y, HH:mm:ss", locale=get_locale())


def zone_name(zone: str) -> str:
    """«hora de Madrid»: the zone as people say it."""
    try:
        city = get_timezone_location(zone, locale=get_locale(), return_city=True)
    except LookupError:  # a name without a place, like those of some systems' own zone: said as it is
        city = zone
    return gettext("%(city)s time", city=city)


def lead_time(offset: Offset | str) -> str:
    """«24 horas», «1 hora», «15 minutos»: a lead time in the unit in which it was configured."""
    label = offset if isinstance(offset, str) else offset.label
    digits = "".join(char for char in label if char.isdigit())
    number, unit = int(digits), label.removesuffix("_before")[len(digits) :]
    return _UNITS[unit](number)


def duration(left: timedelta) -> str:
    """The two largest units of an elapsed time, never less than a minute: «3 horas y 20 minutos»."""
    minutes = max(1, round(abs(left.total_seconds()) / 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [_UNITS[unit](n) for unit, n in (("d", days), ("h", hours), ("min", rest)) if n][:2]
    return gettext("%(one)s and %(two)s", one=parts[0], two=parts[1]) if len(parts) == 2 else parts[0]


_UNITS: dict[str, Callable[[int], str]] = {
    "d": lambda n: ngettext("%(num)d day", "%(num)d days", n),
    "h": lambda n: ngettext("%(num)d hour", "%(num)d hours", n),
    "min": lambda n: ngettext("%(num)d minute", "%(num)d minutes", n),
    "s": lambda n: ngettext("%(num)d second", "%(num)d seconds", n),
}


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "es"


@cache
def translations(locale: str) -> NullTranslations:
    """The sentences of one language; those of the source where there is no catalogue."""
    return _load(CATALOGUES / locale / "LC_MESSAGES" / "messages.po")


def _load(path: Path) -> NullTranslations:
    """The catalogue at ``path``; the source language has none, its sentences stand as they are."""
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
