"""People, for administrators: created, changed, deactivated and reactivated."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField

from coverage_app.clock import utcnow
from coverage_app.enums import Role
from coverage_app.errors import LastAdmin
from coverage_app.models import User
from coverage_app.services import accounts, tokens
from coverage_app.services.queries import people
from coverage_app.services.values import Values
from coverage_app.web.crud.fields import LineField, choice
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.crud.list_filters import Narrowing
from coverage_app.web.crud.views import Answer, Labels, RecordPages, RecordViews, mount
from coverage_app.web.middleware.auth import admins_only, me
from coverage_app.web.present.column_labels import PERSON as COLUMNS
from coverage_app.web.present.filters import zone
from coverage_app.web.present.labels import PERSON_STATES, ROLES
from coverage_app.web.present.locale_choices import language_field, offered, zone_field


class PersonForm(RecordForm):
    name = LineField(COLUMNS["name"])
    email = EmailField(COLUMNS["email"])
    role = choice(COLUMNS["role"], _l("Choose a role from the list."), ROLES)
    locale = language_field()
    timezone = zone_field()

    def offer(self, record: User) -> None:
        self.timezone.choices = offered(self.timezone.data)


class ResetForm(FlaskForm):
    revoke_tokens = BooleanField(_l("Revoke their tokens too"))


@dataclass(frozen=True)
class NewPassword:
    """A password that was just generated: shown on the very next page, and stored nowhere."""

    person: User
    password: str


class PeopleService:
    def create(self, record_id: UUID, changes: Values) -> NewPassword:
        password = accounts.make_password()
        made = accounts.create_user(
            password, changes, by=me(), now=utcnow(), user_id=record_id, must_change_password=True
        )
        return NewPassword(made, password)

    def save(self, record_id: UUID, changes: Values, versions: set[int] | None) -> User:
        return accounts.save(record_id, changes, by=me(), now=utcnow())

    def delete(self, record_id: UUID) -> None:
        raise NotImplementedError("people are never deleted")


class PeopleViews(RecordViews):
    def _saved(self, record_id: UUID, saved: Any, form: RecordForm) -> Answer:
        if isinstance(saved, NewPassword):
            return _shown_once(saved)
        if not me().is_admin:  # one who has just stopped being one can no longer look at this page
            flash(str(self.kind.labels.saved), "success")
            return redirect(url_for("dashboard.index"))
        return super()._saved(record_id, saved, form)

    def _sent_twice(self, record_id: UUID, form: RecordForm) -> Answer:
        flash(_("The first password was shown only once. If nobody noted it, make a new one here."), "warning")
        return super()._sent_twice(record_id, form)


def _defaults() -> Values:
    return {"role": Role.STAFF.value, "locale": me().locale, "timezone": zone()}


def _title(person: User) -> str:
    return person.name


def _context(person: User) -> dict[str, object]:
    waiting = people.waiting_for(person.id)
    return {
        "waiting": waiting,
        "tokens": tokens.of(person.id),
        "now": utcnow(),
    }


KIND = RecordPages(
    name="people",
    model=User,
    form=PersonForm,
    labels=Labels(
        many=_l("People"),
        new=_l("New colleague"),
        edit=_l("Edit colleague"),
        saved=_l("Colleague saved."),
        search=_l("Search by name or e-mail"),
    ),
    service=PeopleService(),
    listing=people.PEOPLE,
    narrowing=Narrowing(
        orders={"name": _l("Name, A to Z"), "name_last": _l("Name, Z to A")},
        word="active",
        labels=PERSON_STATES,
        word_label=_l("State"),
    ),
    context=_context,
    defaults=_defaults,
    title=_title,
)
pages = mount(KIND, PeopleViews(KIND))
pages.before_request(admins_only)


@pages.get("/<uuid:record_id>/deactivate")
def deactivate(record_id: UUID) -> str:
    return _confirmation("deactivate", record_id)


@pages.post("/<uuid:record_id>/deactivate")
def deactivated(record_id: UUID) -> Answer:
    try:
        person = accounts.deactivate(record_id, by=me(), now=utcnow())
    except LastAdmin as error:
        return _confirmation("deactivate", record_id, refused=error.sentence), 409
    flash(_("%(name)s can no longer sign in.", name=person.name), "success")
    return redirect(url_for("people.show", record_id=record_id))


@pages.post("/<uuid:record_id>/reactivate")
def reactivate(record_id: UUID) -> Response:
    person = accounts.reactivate(record_id, by=me(), now=utcnow())
    flash(_("%(name)s can sign in again, with the password they had.", name=person.name), "success")
    return redirect(url_for("people.show", record_id=record_id))


@pages.get("/<uuid:record_id>/password")
def password(record_id: UUID) -> Answer:
    return _confirmation("reset", record_id, form=ResetForm(), tokens=tokens.good(record_id, utcnow()))


@pages.post("/<uuid:record_id>/password")
def reset(record_id: UUID) -> Answer:
    person, revoke = KIND.find(record_id), bool(ResetForm().revoke_tokens.data)
    new_password = accounts.reset_password(record_id, by=me(), now=utcnow(), revoke_tokens=revoke)
    return _shown_once(NewPassword(person, new_password))


def _confirmation(template: str, record_id: UUID, **context: object) -> str:
    person = KIND.find(record_id)
    words = {"kind": KIND, "words": KIND.labels, "record": person} | _context(person) | context
    return render_template(f"people/{template}.html", **words)


def _shown_once(made: NewPassword) -> str:
    """Render it in the response itself: a redirect would have to keep it in a cookie or an address."""
    return render_template("people/password.html", person=made.person, password=made.password)
