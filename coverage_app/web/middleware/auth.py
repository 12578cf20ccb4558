"""The guard: every endpoint is locked but those listed here. Sign-ins are rows, so that they can be ended."""

import re
from typing import cast
from uuid import UUID

from flask import Flask, abort, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from coverage_app import security_events
from coverage_app.extensions import login
from coverage_app.models import User
from coverage_app.services import accounts
from coverage_app.web.middleware import locale

# What answers without asking who is there. A test walks the URL map and finds no other.
OPEN = frozenset(
    {"static", "session.sign_in", "monitoring.healthz", "monitoring.readyz", "document.openapi", "document.docs"}
)
# Have a guard of their own, which asks for a token; no cookie counts there.
WITH_TOKEN = frozenset({"monitoring.metrics"})
NOT_OURS = "api"
UNGUARDED = OPEN | WITH_TOKEN
# These do not even look at the cookie, so that they answer when the database does not.
ANONYMOUS = frozenset({"static", "monitoring.healthz", "monitoring.readyz", "document.openapi"}) | WITH_TOKEN
# All that is open to somebody whose password was given to them, until they have chosen one.
TO_CHANGE_PASSWORD = frozenset({"profile.password", "session.sign_out"})
# One slash, then nothing that a browser reads as another host: no second slash, backslash or control character.
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f\u2028\u2029]{0,2000}")


def init_app(app: Flask) -> None:
    login.init_app(app)
    # Tied to the browser's address, a sign-in would end whenever a phone changes its network.
    login.session_protection = None
    login.user_loader(_load)
    app.before_request(_identify)


def init_guard(app: Flask) -> None:
    """Let nobody in who has not signed in, but where everybody may go."""
    app.before_request(_guard)


def safe_next(target: str | None) -> str:
    """``target`` if it is a path of this site, else the dashboard."""
    if target and LOCAL_PATH.fullmatch(target):
        return target
    return url_for("dashboard.index")


def me() -> User:
    """Return the signed-in person: the row itself, not the proxy that is anonymous after sign-out."""
    return cast(User, current_user._get_current_object())


def admins_only() -> None:
    """For ``before_request`` of pages that administrators alone may open; runs after sign-in was checked."""
    if not me().is_admin:
        abort(403)


def _load(cookie: object) -> User | None:
    try:
        return accounts.signed_in(UUID(str(cookie)))  # a session may hold anything
    except ValueError:
        return None


def _identify() -> None:
    if request.endpoint in ANONYMOUS or request.blueprint == NOT_OURS:
        return
    locale.remember(me() if current_user.is_authenticated else None)
    if current_user.is_authenticated:
        security_events.identify(me().email)


def _guard() -> Response | None:
    # No endpoint: an unknown address, answered 404 to everybody alike.
    if request.endpoint is None or request.endpoint in UNGUARDED or request.blueprint == NOT_OURS:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("session.sign_in", next=_wanted()))
    if me().must_change_password and request.endpoint not in TO_CHANGE_PASSWORD:
        return redirect(url_for("profile.password", next=_wanted()))
    return None


def _wanted() -> str | None:
    """Return the page to lead to afterwards; None for the dashboard, and for what was sent, which is lost."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return None if wanted == "/" else wanted
