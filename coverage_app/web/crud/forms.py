"""What every record's form does: carry the id its record will have, keep what was typed, show a refusal in place."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField

from coverage_app.errors import FieldError
from coverage_app.services.values import Values

# What a form says of itself, and no column holds.
OF_THE_FORM = frozenset({"record_id", "version", "csrf_token"})


class RecordForm(FlaskForm):
    """Fields are named as the columns they fill. ``record_id`` makes a form sent twice one record, ``version`` is
    that of the record when the form was drawn."""

    record_id = HiddenField()
    version = HiddenField()

    @classmethod
    def fresh(cls, **defaults: Any) -> "RecordForm":
        """An empty form for a record that does not exist yet."""
        return cls(record_id=str(uuid4()), **defaults)

    def new_id(self) -> UUID | None:
        """The id the new record will have; None when what came back is not one: a fresh one is put in its place."""
        try:
            return UUID(self.record_id.data)
        except (ValueError, TypeError, AttributeError):
            self.take_new_id(_("This form was damaged on its way. Check it and save it again."))
            return None

    def take_new_id(self, reason: str) -> None:
        """Carry another id from now on, and say on top of the form why it was not saved under the first."""
        self.record_id.data = str(uuid4())
        self.form_errors.append(reason)

    def changes(self) -> Values:
        """What the services are to store, by column."""
        return {field.name: field.data for field in self if field.name not in OF_THE_FORM}

    def versions(self) -> set[int] | None:
        """The version it was drawn from; None when it does not say, and any will do."""
        text = str(self.version.data or "")
        return {int(text)} if text.isascii() and text.isdigit() and len(text) < 10 else None

    def compare(self, stored: dict[str, str], version: int) -> None:
        """Say beside each field what is ``stored`` by now; sent again, the form replaces that."""
        self.version.data = str(version)
        for name, words in stored.items():
            stored = _("Stored by now: %(value)s", value=words) if words else _("Stored by now: nothing")
            self._fields[name].errors = [*self._fields[name].errors, stored]
        self.form_errors.append(
            _("Somebody changed this meanwhile, so nothing was saved. Compare, then save to replace what is stored.")
        )

    def refuse(self, error: FieldError) -> None:
        """Show the domain's refusal beside its field, or on top where the form has no such field."""
        field = self._fields.get(error.field)
        if field is None:
            self.form_errors.append(error.sentence)
        else:
            field.errors = [*field.errors, error.sentence]

    def offer(self, record: Any) -> None:
        """Fill the pickers; ``record`` is the stored one, None for a new one."""

    def wrong(self) -> list[Any]:
        """The fields with an error, in the order of the page."""
        return [field for field in self if field.errors]
