"""Changes the cover of one follow-up from its line: a page, or a form fetched into the line."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice

from coverage_app import database_clock
from coverage_app.clock import utcnow
from coverage_app.enums import EntityType
from coverage_app.errors import FieldError
from coverage_app.models import FollowUp
from coverage_app.services import records
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import choices, coverages
from coverage_app.services.values import Values
from coverage_app.web.crud import covered, events
from coverage_app.web.crud.views import Answer
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.pages.dashboard.rows import line
from coverage_app.web.present.filters import colleague_name


class CoverForm(FlaskForm):
    cover = covered.cover_field()
    next = HiddenField()

    def offer(self, follow_up: FollowUp) -> None:
        """Offer the active colleagues and the present cover; the owner cannot cover."""
        now = follow_up.coverage_user_id
        others = [row for row in choices.colleagues([now] if now else []) if row.id != follow_up.responsible_user_id]
        named = [SelectChoice(row.id, colleague_name(row)) for row in others]
        self.cover.choices = [SelectChoice("", _("Nobody covers")), *named]


def add(pages: Blueprint) -> None:
    pages.add_url_rule("/follow-ups/<uuid:record_id>/cover", "cover", cover, methods=["GET", "POST"])


def cover(record_id: UUID) -> Answer:
    """``record_id`` is the follow-up's; what changes is the record that it comes from, with all its dates."""
    follow_up = coverages.one(record_id)
    form = CoverForm(cover=follow_up.coverage_user_id, next=request.args.get("next"))
    if not form.is_submitted():
        return _page(form, follow_up)
    if not form.validate():
        return _page(form, follow_up), 422
    entity = ENTITIES[EntityType(follow_up.entity_type)]
    changes: Values = {entity.cover: form.cover.data}
    try:
        saved = records.save(entity, follow_up.entity_id, changes, by=me(), now=database_clock.now())
    except FieldError as error:
        form.cover.errors = [error.sentence]
        return _page(form, coverages.one(record_id)), 422
    flash(_("Cover changed."), "success")
    events.flash_saved(entity, saved, form)
    return redirect(safe_next(form.next.data))


def _page(form: CoverForm, follow_up: FollowUp) -> str:
    form.offer(follow_up)
    return render_template(
        "dashboard/cover.html", form=form, line=line(follow_up, utcnow()), back=safe_next(form.next.data)
    )
