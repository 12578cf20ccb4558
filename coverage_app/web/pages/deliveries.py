"""Deliveries: every reminder, what became of it, and the mail as it was sent."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from coverage_app import database_clock
from coverage_app.clock import utcnow
from coverage_app.enums import EntityType, Status
from coverage_app.services import delivery
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import deliveries
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.present.flashes import flash_message
from coverage_app.web.present.reminder_status import step

pages = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@pages.get("")
def list() -> str:
    text = request.args.get("status")
    status = Status(text) if text and text in [*Status] else None
    page, now = deliveries.list_reminders(status, request.args.get("at")), utcnow()
    steps = [step(row, now) for row in page.rows]
    return render_template("deliveries/list.html", page=page, steps=steps, status=status)


@pages.get("/<uuid:reminder_id>")
def show(reminder_id: UUID) -> str:
    row, now = deliveries.get_reminder(reminder_id), utcnow()
    subject, text = deliveries.sent_email(row, now)
    return render_template(
        "deliveries/show.html",
        step=step(row, now),
        subject=subject,
        text=text,
        linked=deliveries.record_exists(row),
        folder=ENTITIES[EntityType(row.entity_type)].folder,
        settings=current_app.extensions["settings"],
    )


@pages.post("/<uuid:reminder_id>/again")
def again(reminder_id: UUID) -> Response:
    """Send again what could not be sent, if it is still worth it; else say why not."""
    try:
        delivery.retry(reminder_id, by=me(), now=database_clock.now())
        flash_message(_("It is being sent again."))
    except delivery.RetryRefused as refusal:
        flash_message(refusal.sentence, "warning")
    return redirect(safe_next(request.form.get("next") or url_for("deliveries.show", reminder_id=reminder_id)))
