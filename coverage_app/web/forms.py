"""What every record's form does: carry the id its record will have, keep what was typed, show a refusal in place."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField

from coverage_app.errors import FieldError


class RecordForm(FlaskForm):
    """Fields are named as the columns they fill. ``record_id`` makes a form sent twice one record."""

    record_id = HiddenField()

    @classmethod
    def fresh(cls, **defaults: Any) -> "RecordForm":
        """An empty form for a record that does not exist yet."""
        return cls(record_id=str(uuid4()), **defaults)

    def new_id(self) -> UUID | None:
        """The id the new record will have; None when what came back is not one: a fresh one is put in its place."""
        try:
            return UUID(self.record_id.data)
        except (ValueError, TypeError, AttributeError):
            self.record_id.data = str(uuid4())
            self.form_errors.append(_("This form was damaged on its way. Check it and save it again."))
            return None

    def changes(self) -> dict[str, Any]:
        """What the services are to store, by column."""
        return {field.name: field.data for field in self if field.name not in ("record_id", "csrf_token")}

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
