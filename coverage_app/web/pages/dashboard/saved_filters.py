"""Saves the present filters under a name, and deletes saved ones."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from coverage_app.errors import Conflict, FieldError
from coverage_app.services import saved_filters
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.pages.dashboard.filters import read


def add(pages: Blueprint) -> None:
    pages.add_url_rule("/filters", "keep_filter", keep, methods=["POST"])
    pages.add_url_rule("/filters/<uuid:record_id>/delete", "forget_filter", forget, methods=["POST"])


def keep() -> Response:
    """Save the filters as they were read, never the address as it was sent."""
    filters = read(MultiDict(request.form))
    try:
        saved = saved_filters.save(request.form.get("name", ""), filters.query_args, by=me())
    except (FieldError, Conflict) as error:
        flash(str(error.sentence), "warning")
    else:
        flash(_("Filter “%(name)s” kept.", name=saved.name), "success")
    return redirect(url_for("dashboard.index", **filters.query_args))


def forget(record_id: UUID) -> Response:
    name = saved_filters.delete(record_id, by=me())
    flash(_("Filter “%(name)s” deleted.", name=name), "success")
    return redirect(safe_next(request.form.get("next")))
