"""The tokens of a colleague, for administrators, on the person's page; revoked after a confirmation."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from coverage_app.clock import utcnow
from coverage_app.services import tokens
from coverage_app.web.middleware.auth import admins_only, me

pages = Blueprint("person_tokens", __name__, url_prefix="/people/tokens")
pages.before_request(admins_only)


@pages.get("/<uuid:token_id>/revoke")
def revoke(token_id: UUID) -> str:
    person, token = tokens.find(token_id, owner_id=None)
    return render_template("people/revoke_token.html", record=token, person=person, now=utcnow())


@pages.post("/<uuid:token_id>/revoke")
def revoked(token_id: UUID) -> Response:
    person, _token = tokens.find(token_id, owner_id=None)
    tokens.revoke(token_id, owner_id=None, by=me(), now=utcnow())
    flash(_("Token revoked. Whoever used it is refused from now on."), "success")
    return redirect(url_for("people.show", record_id=person.id))
