"""What is slowed down. Signing in wrongly: per client address, per account from one address, and per account from
anywhere, but for browsers in which its owner has signed in before: nobody can lock them out. Test mails: per
administrator. Counted in Redis; in this process alone while Redis is away."""

from typing import Any

from flask import Flask, Response, request
from flask_limiter.util import get_remote_address

from coverage_app import counters
from coverage_app.settings import Settings
from coverage_app.web import known
from coverage_app.web.access import me

PER_ADDRESS = "30/minute;300/hour"
PER_ACCOUNT = "6/minute;40/hour"
PER_ACCOUNT_ANYWHERE = "60/hour"
TEST_MAILS = "3/minute;20/hour"


def init_app(app: Flask) -> None:
    """Guard the sign-in form, where only wrong answers count, and the button that sends a mail."""
    settings: Settings = app.extensions["settings"]
    limiter = counters.limiter(settings, get_remote_address, key_prefix="pages")
    view: Any = app.view_functions["session.sign_in"]
    for limit, key, exempt in (
        (PER_ADDRESS, get_remote_address, None),
        (PER_ACCOUNT, _account_from_here, None),
        (PER_ACCOUNT_ANYWHERE, _account, _is_at_home),
    ):
        view = limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=_was_refused, exempt_when=exempt)(view)
    app.view_functions["session.sign_in"] = view
    mail: Any = app.view_functions["system.test_mail"]
    app.view_functions["system.test_mail"] = limiter.limit(TEST_MAILS, key_func=lambda: str(me().id))(mail)
    limiter.init_app(app)


def _account() -> str:
    return str(request.form.get("email", "")).strip().lower()[:254]


def _account_from_here() -> str:
    return f"{get_remote_address()} {_account()}"


def _is_at_home() -> bool:
    return known.is_known(_account())


def _was_refused(response: Response) -> bool:
    return response.status_code == 422
