"""Signing in and out."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from coverage_app import security_events
from coverage_app.services import accounts
from coverage_app.web.middleware import known_devices, rate_limits
from coverage_app.web.middleware.auth import safe_next

pages = Blueprint("session", __name__)


class SignInForm(FlaskForm):
    email = EmailField(_l("E-mail"), [InputRequired(_l("Write your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Write your password."))])


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response | tuple[str, int] | str:
    goal = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(goal)
    form = SignInForm()
    if not form.is_submitted():
        return render_template("session/sign_in.html", form=form)
    if form.validate():
        user = accounts.sign_in(str(form.email.data), str(form.password.data))
        if user is not None:
            session.clear()  # a session that somebody planted before does not survive
            login_user(user)
            answer = redirect(goal)
            known_devices.remember(answer, user.email)
            return answer
        rate_limits.note_wrong_password()
        form.form_errors.append(_("That e-mail and password do not go together. Check both and try again."))
    return render_template("session/sign_in.html", form=form), 422


@pages.post("/sign-out")
def sign_out() -> Response:
    accounts.sign_out(current_user.sign_in_id)
    security_events.record("sign_out")
    logout_user()
    session.clear()
    flash(_("You have signed out."), "success")
    return redirect(url_for("session.sign_in"))
