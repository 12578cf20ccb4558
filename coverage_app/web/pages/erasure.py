"""Erasing a contact for ever, for administrators: a page that says what that does, and asks for the name."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.services import erasure
from coverage_app.web.crud.fields import LineField
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.crud.views import Answer
from coverage_app.web.middleware.auth import admins_only, me

pages = Blueprint("erasure", __name__, url_prefix="/contacts")
pages.before_request(admins_only)


class NameForm(RecordForm):
    name = LineField(_l("Their name, to confirm"))


@pages.get("/<uuid:record_id>/erase")
def ask(record_id: UUID) -> str:
    return _asked(record_id, NameForm())


@pages.post("/<uuid:record_id>/erase")
def erase(record_id: UUID) -> Answer:
    form = NameForm()
    try:
        erasure.erase(record_id, form.name.data or "", by=me(), now=utcnow())
    except FieldError as error:
        form.refuse(error)
        return _asked(record_id, form), 422
    flash(_("The contact was erased for ever."), "success")
    return redirect(url_for("contacts.list"))


def _asked(record_id: UUID, form: NameForm) -> str:
    preview = erasure.preview(record_id)
    return render_template(
        "contacts/erase.html", form=form, who=preview.identity, counts=preview.counts, record_id=record_id
    )
