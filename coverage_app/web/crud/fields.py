"""Form fields of our own: a local date-time, a record to pick, a duration. Each says its own error."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import LazyString
from flask_babel import gettext as _
from wtforms import Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput, TextInput

from coverage_app import clock
from coverage_app.errors import UnreadableTime
from coverage_app.services.sanitize import read_duration
from coverage_app.web.present.filters import local_text, zone
from coverage_app.web.present.labels import Words


class LineField(StringField):
    """One line of text; nothing typed is None."""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        if valuelist:
            self.data = str(valuelist[0]) or None


class TextField(TextAreaField):
    """Text of several lines; nothing typed is None."""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        if valuelist:
            self.data = str(valuelist[0]) or None


class LocalDateTimeField(Field):
    """A moment, typed and shown on the reader's clocks. ``twice``: the clocks show that time twice that day.

    What was not touched keeps its exact moment, also one that the input cannot express.
    """

    widget = DateTimeLocalInput()
    twice = False
    typed: str | None = None
    data: datetime | None

    def _value(self) -> str:
        return self.typed if self.typed is not None else self._written(self.data)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        if not valuelist:
            return
        self.typed = str(valuelist[0]).strip()
        if self.typed == self._written(self.object_data):
            self.data = self.object_data
            return
        self.data = None
        if not self.typed:
            return
        try:
            reading = clock.read_local(self.typed, zone())
        except UnreadableTime as error:
            raise ValueError(error.sentence) from None
        self.data, self.twice = reading.at, reading.ambiguous

    @staticmethod
    def _written(at: datetime | None) -> str:
        return local_text(at) if at else ""


def pick(label: LazyString, missing: LazyString, *validators: Callable[..., None]) -> SelectField:
    """One of a list of records, by id. Whether the id is right is the services' to say."""
    return SelectField(label, validators, coerce=_id, choices=[], validate_choice=False, invalid_value_message=missing)


def choice(label: LazyString, missing: LazyString, words: Words) -> SelectField:
    """One of a fixed vocabulary, each offered by its word."""
    return SelectField(label, choices=[SelectChoice(*named) for named in words.items()], invalid_choice_message=missing)


class DurationField(Field):
    """Seconds, as ``texts.read_duration`` understands them."""

    widget = TextInput()
    typed: str | None = None
    data: int | None

    def _value(self) -> str:
        return self.typed if self.typed is not None else written_duration(self.data)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        if not valuelist:
            return
        self.typed, self.data = str(valuelist[0]).strip(), None
        if not self.typed:
            return
        self.data = read_duration(self.typed)
        if self.data is None:
            raise ValueError(_("Write minutes, like 12, or minutes and seconds, like 12:30; at most 24 hours."))


def written_duration(seconds: int | None) -> str:
    """«12», «12:30», «1:02:30»: as DurationField reads it."""
    if seconds is None:
        return ""
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if rest else f"{minutes}"


def _id(value: object) -> UUID | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, UUID) else UUID(str(value))
