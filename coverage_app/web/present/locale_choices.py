"""The languages and time zones that a person may choose, each as its reader calls it."""

from functools import lru_cache

from babel.dates import get_timezone_location
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField

from coverage_app.clock import timezone_names
from coverage_app.enums import LOCALES
from coverage_app.web.present.column_labels import PERSON
from coverage_app.web.present.labels import LANGUAGES

# Old names and technical zones: still accepted where somebody has one, not offered.
UNUSUAL = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")


def language_field() -> SelectField:
    return SelectField(
        PERSON["locale"],
        choices=[SelectChoice(*language) for language in LANGUAGES.items()],
        invalid_choice_message=_l("Choose a language from the list."),
    )


def zone_field() -> SelectField:
    """Whether the zone exists is the services' to say."""
    return SelectField(PERSON["timezone"], choices=[], validate_choice=False)


def offered(present: str | None) -> list[SelectChoice]:
    """Every zone that people use, by its city; ``present`` too, however unusual."""
    usual = _named(str(get_locale() or LOCALES[0]))
    offered_names = {name for name, _label in usual}
    also = [(present, present)] if present and present not in offered_names else []
    return [SelectChoice(name, label) for name, label in [*usual, *also]]


@lru_cache(maxsize=len(LOCALES))
def _named(locale: str) -> tuple[tuple[str, str], ...]:
    # Once for each language: six hundred names take a third of a second.
    names = (name for name in timezone_names() if "/" in name and not name.startswith(UNUSUAL))
    labelled = ((name, f"{get_timezone_location(name, locale=locale, return_city=True)} ({name})") for name in names)
    return tuple(sorted(labelled, key=lambda pair: pair[1]))
