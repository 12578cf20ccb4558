"""Deliveries: every reminder, what became of it, and the mail as it was sent."""

from uuid import UUID

from flask import Blueprint, current_app, render_template, request

from coverage_app.clock import utcnow
from coverage_app.enums import EntityType, Status
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import deliveries
from coverage_app.web.timeline import STATUSES, step

pages = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@pages.get("")
def list() -> str:
    asked = request.args.get("status")
    status = Status(asked) if asked in STATUSES else None
    page, now = deliveries.reminders(status, request.args.get("at")), utcnow()
    steps = [step(row, now) for row in page.rows]
    return render_template("deliveries/list.html", page=page, steps=steps, status=status, statuses=STATUSES)


@pages.get("/<uuid:reminder_id>")
def show(reminder_id: UUID) -> str:
    row, now = deliveries.reminder(reminder_id), utcnow()
    subject, text = deliveries.letter(row, now)
    return render_template(
        "deliveries/show.html",
        step=step(row, now),
        subject=subject,
        text=text,
        linked=deliveries.record_exists(row),
        folder=ENTITIES[EntityType(row.entity_type)].folder,
        settings=current_app.extensions["settings"],
    )
