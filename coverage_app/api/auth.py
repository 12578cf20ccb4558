"""The guard of ``/api``: a bearer token, and nothing else, says who asks. No cookie counts."""

from typing import cast

from flask import Flask, g, request
from flask_babel import lazy_gettext as _l

from coverage_app import security_events
from coverage_app.api.blueprint import api
from coverage_app.api.errors import Refusal
from coverage_app.clock import utcnow
from coverage_app.extensions import csrf
from coverage_app.models import User
from coverage_app.services import tokens

INVALID_TOKEN = _l("Send Authorization: Bearer and a token that is valid.")


def init_app(app: Flask) -> None:
    # A form of another site cannot send a bearer token, and no cookie counts: there is nothing to forge.
    csrf.exempt(api)
    app.before_request(_guard)


def caller() -> tokens.Caller:
    """Who asks, and with which token."""
    return cast(tokens.Caller, g.caller)


def me() -> User:
    """The person for whom the program asks."""
    return caller().user


def _guard() -> None:
    if request.blueprint != api.name:
        return
    authenticated = tokens.authenticate(request.authorization, utcnow())
    if authenticated is None:
        raise Refusal(401, INVALID_TOKEN, headers={"WWW-Authenticate": "Bearer"})
    g.caller = authenticated
    security_events.identify(authenticated.user.email)
