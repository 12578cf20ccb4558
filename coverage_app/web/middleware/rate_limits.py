"""What is slowed down. A wrong password, where one signs in or gives one's present one: per account from one network,
per account from anywhere, per network. A browser in which its owner has signed in before has a count of its own, so
that nobody else can lock them out. Test mails: per administrator. Counted in Redis; in this process alone while Redis
is away. Keys hold no address: they are pseudonyms."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from coverage_app import counters, pseudonyms, security_events
from coverage_app.extensions import db
from coverage_app.services.accounts import account_key
from coverage_app.settings import Settings
from coverage_app.web.middleware.auth import me
from coverage_app.web.middleware.known_devices import known_browser

# An office, or everybody while a proxy in front is not counted, is one network: what slows down a guesser there must
# be more than colleagues mistype, and less than keeps a processor busy (each guess costs it 60 ms).
PER_NETWORK = "100/minute;600/hour"
PER_ACCOUNT = "6/minute;40/hour"
PER_ACCOUNT_ANYWHERE = "60/hour"
TEST_MAILS = "3/minute;20/hour"
Guard = Callable[[Any], Any]


def init_app(app: Flask) -> None:
    """Guard the two forms that ask for a password, where only wrong ones count, and the button that sends a mail."""
    settings: Settings = app.extensions["settings"]
    limiter = counters.limiter(settings, _network, key_prefix="pages")

    def wrong(
        limit: str, key: Callable[[], str], *, scope: str = "passwords", exempt: Callable[[], bool] | None = None
    ) -> Guard:
        return limiter.shared_limit(
            limit,
            scope,
            key_func=key,
            methods=["POST"],
            deduct_when=_was_wrong,
            exempt_when=exempt,
            on_breach=lambda _limit: _identify_typed(),
        )

    per_network = wrong(PER_NETWORK, _network, exempt=_in_known_browser)
    per_account = wrong(PER_ACCOUNT, _account_from_here)
    anywhere = wrong(PER_ACCOUNT_ANYWHERE, _account, exempt=_in_known_browser)
    # Apart: strangers who guess at an account do not keep its owner, who has signed in, from changing the password.
    signed_in = wrong(PER_ACCOUNT_ANYWHERE, _account, scope="passwords of the signed in")
    _guard(app, "session.sign_in", per_network, per_account, anywhere)
    _guard(app, "profile.password", per_account, signed_in)
    _guard(app, "system.test_mail", limiter.limit(TEST_MAILS, key_func=lambda: str(me().id)))
    limiter.init_app(app)


def note_wrong_password() -> None:
    """Have this request counted once it is answered, and log that it was refused."""
    g.wrong_password = True
    _identify_typed()
    security_events.record("sign_in.refused" if request.endpoint == "session.sign_in" else "password.refused")


def _identify_typed() -> None:
    security_events.identify(account_key(_typed()))


def _guard(app: Flask, endpoint: str, *guards: Guard) -> None:
    for guard in guards:
        app.view_functions[endpoint] = guard(app.view_functions[endpoint])


def _typed() -> str:
    return me().email if request.endpoint == "profile.password" else request.form.get("email", "")


def _account() -> str:
    return pseudonyms.of_account(account_key(_typed()))


def _network() -> str:
    return pseudonyms.of_client(request.remote_addr)


def _account_from_here() -> str:
    """An account from one network, or in one known browser: there, whoever else tries from that network counts not."""
    return f"{_account()}-{_known_browser() or _network()}"


def _known_browser() -> str | None:
    return known_browser(_typed())


def _in_known_browser() -> bool:
    return _known_browser() is not None


def _was_wrong(_response: Response) -> bool:
    wrong: bool = g.get("wrong_password", False)
    if wrong:
        db.session.rollback()  # the page is drawn, and to count may take a while: no transaction waits for Redis
    return wrong
