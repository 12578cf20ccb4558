"""My tokens: what other programs use to speak for me. Made, shown once, seen last used, revoked."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from coverage_app.clock import utcnow
from coverage_app.errors import AlreadyExists, FieldError
from coverage_app.services import tokens
from coverage_app.web.crud.fields import LineField, choice
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.middleware.auth import me

pages = Blueprint("tokens", __name__, url_prefix="/profile/tokens")
Answer = Response | str | tuple[str, int]
LIFETIMES = {"": _l("It does not expire"), "30": _l("30 days"), "90": _l("90 days"), "365": _l("One year")}


class TokenForm(RecordForm):
    name = LineField(_l("What it is for"))
    days = choice(_l("How long it is good"), _l("Choose from the list."), LIFETIMES)


@pages.route("", methods=["GET", "POST"])
def list() -> Answer:
    form = TokenForm()
    if not form.is_submitted():
        return _shown(TokenForm.fresh())
    token_id = form.new_id()
    if not (form.validate() and token_id):
        return _shown(form), 422
    try:
        expires_at = utcnow() + timedelta(days=int(form.days.data)) if form.days.data else None
        token, secret = tokens.make(me(), form.name.data or "", token_id, expires_at=expires_at)
    except AlreadyExists:
        flash(_("That token was already made, and shown only once. If nobody noted it, revoke it here."), "warning")
        return redirect(url_for("tokens.list"))
    except FieldError as error:
        form.refuse(error)
        return _shown(form), 422
    # In the answer itself: through a redirect it would have to be kept in a cookie or an address.
    return render_template("tokens/made.html", token=token, secret=secret)


@pages.get("/<uuid:token_id>/revoke")
def revoke(token_id: UUID) -> Answer:
    return render_template("tokens/revoke.html", record=tokens.find(token_id, owner_id=me().id).token)


@pages.post("/<uuid:token_id>/revoke")
def revoked(token_id: UUID) -> Response:
    tokens.revoke(token_id, owner_id=me().id, by=me(), now=utcnow())
    flash(_("Token revoked. Whoever used it is refused from now on."), "success")
    return redirect(url_for("tokens.list"))


def _shown(form: RecordForm) -> str:
    return render_template("tokens/list.html", form=form, tokens=tokens.of(me().id), now=utcnow())
