"""My profile: name, language, time zone and password, and the browsers in which I am signed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, refresh
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField
from wtforms.validators import EqualTo, InputRequired

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.services import accounts, tokens
from coverage_app.services.queries import sign_ins
from coverage_app.web.crud.fields import LineField
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.middleware import locale as reader_locale
from coverage_app.web.middleware import rate_limits
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.present.column_labels import PERSON
from coverage_app.web.present.locale_choices import language_field, offered, zone_field

pages = Blueprint("profile", __name__, url_prefix="/profile")
Answer = Response | str | tuple[str, int]


class ProfileForm(RecordForm):
    name = LineField(PERSON["name"])
    locale = language_field()
    timezone = zone_field()


class PasswordForm(RecordForm):
    present = PasswordField(_l("Present password"), [InputRequired(_l("Write your present password."))])
    password = PasswordField(_l("New password"), [InputRequired(_l("Write a new password."))])
    again = PasswordField(
        _l("New password, again"), [EqualTo("password", _l("The two new passwords are not the same."))]
    )
    revoke_tokens = BooleanField(_l("Revoke these tokens too"))


@pages.route("", methods=["GET", "POST"])
def show() -> Answer:
    form = ProfileForm(obj=me())
    if not form.is_submitted():
        return _shown(form)
    if not form.validate():
        return _shown(form), 422
    try:
        accounts.save(me().id, form.changes(), by=me(), now=utcnow())
    except FieldError as error:
        form.refuse(error)
        return _shown(form), 422
    reader_locale.remember(me())
    refresh()  # the answer already speaks the language that was chosen
    flash(_("Profile saved."), "success")
    return redirect(url_for("profile.show"))


@pages.route("/password", methods=["GET", "POST"])
def password() -> Answer:
    form, given = PasswordForm(), me().must_change_password
    if not form.is_submitted():
        return _password_asked(form)
    if not form.validate():
        return _password_asked(form), 422
    try:
        ended = accounts.change_password(
            str(form.present.data),
            str(form.password.data),
            by=me(),
            now=utcnow(),
            revoke_tokens=form.revoke_tokens.data,
        )
    except FieldError as error:
        if error.field == form.present.name:
            rate_limits.note_wrong_password()
        form.refuse(error)
        return _password_asked(form), 422
    flash(_("Password changed."), "success")
    if ended.tokens:
        flash(_("Your tokens were revoked."), "info")
    if given:
        return redirect(safe_next(request.args.get("next")))
    _tell_ended(ended.sign_ins)
    return redirect(url_for("profile.show"))


@pages.post("/sign-outs")
def sign_out_others() -> Response:
    _tell_ended(accounts.sign_out_others(me().id, me().sign_in_id))
    return redirect(url_for("profile.show"))


def _password_asked(form: PasswordForm) -> str:
    page = "given_password" if me().must_change_password else "password"
    now = utcnow()
    return render_template(f"profile/{page}.html", form=form, tokens=tokens.good(me().id, now), now=now)


def _shown(form: FlaskForm) -> str:
    form.timezone.choices = offered(me().timezone)
    latest, number = sign_ins.of_person(me().id)
    return render_template("profile/show.html", form=form, sign_ins=latest, number=number)


def _tell_ended(number: int) -> None:
    if number:
        flash(ngettext("%(num)d other sign-in was ended.", "%(num)d other sign-ins were ended.", number), "info")
    else:
        flash(_("You were signed in nowhere else."), "info")
