"""A mail to whoever looks after the system, on the very way that reminders take, and in words why it failed."""

from concurrent.futures import Future
from datetime import datetime
from threading import Thread
from uuid import uuid4

import structlog
from flask import current_app
from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l

from coverage_app import i18n, mailer
from coverage_app.errors import DomainError
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services.emails import render
from coverage_app.services.emails.render import RenderedEmail

log = structlog.get_logger()
PATIENCE = 20.0  # seconds in all: each step has the connection's own time-out, but there are ten of them


class TestMailFailed(DomainError):
    """The mail server has not taken it; ``sentence`` says why."""

    def __init__(self, sentence: LazyString | str):
        super().__init__(str(sentence))
        self.sentence = sentence


def send(to: User, now: datetime) -> None:
    """Returns once the server has accepted it, without a transaction open meanwhile.

    Raises TestMailFailed, after PATIENCE seconds at the latest.
    """
    if not mailer.configured():
        raise TestMailFailed(_l("No mail server has been set up (SMTP_SERVER)."))
    email, user_id = _email(to, now), str(to.id)
    db.session.commit()
    connection, answer = mailer.new_connection(), Future[str]()
    Thread(target=_send, args=[connection, email, answer], name="test-mail", daemon=True).start()
    try:
        answer.result(PATIENCE)
    except Exception as fault:  # sorted in one place; what is none of the mailer's is raised on
        connection.abort()
        sentence = _sentence(fault)
        if sentence is None:
            raise
        log.warning("test_mail.failed", user=user_id, why=str(fault) or type(fault).__name__)
        raise TestMailFailed(sentence) from None
    log.info("test_mail.sent", user=user_id)


def _send(connection: mailer.SmtpConnection, email: mailer.OutgoingEmail, answer: Future[str]) -> None:
    try:
        answer.set_result(connection.transmit(email))
    except Exception as fault:  # it belongs to whoever waits
        answer.set_exception(fault)
    connection.close()


def _sentence(fault: Exception) -> LazyString | None:
    words = str(fault)
    match fault:
        case TimeoutError():
            return _l("The mail server did not answer within %(seconds)d seconds.", seconds=int(PATIENCE))
        case mailer.ServerUnavailable():
            return _l("The mail server cannot be reached, or does not let us in: %(words)s", words=words)
        case mailer.Rejected():
            return _l("The mail server refused it: %(words)s", words=words)
        case mailer.ReplyLost():
            return _l("The mail server got it and said nothing, so it may or may not arrive: %(words)s", words=words)
        case mailer.InvalidMessage():
            return _l("Your own address cannot be written to: %(words)s", words=words)
    return None


def render_email(to: User, now: datetime) -> RenderedEmail:
    """Write the test as it should read when ``to`` asks for it at ``now``."""
    with force_locale(to.locale):
        when = i18n.moment(now, to.timezone)
    link = f"{current_app.extensions['settings'].app_url}/system"
    return render.render("smtp_check", to.locale, {"name": to.name, "when": when, "link": link})


def _email(to: User, now: datetime) -> mailer.OutgoingEmail:
    settings, email = current_app.extensions["settings"], render_email(to, now)
    return mailer.OutgoingEmail(
        reminder_id=uuid4(),
        to_name=to.name,
        to_address=to.email,
        reply_to=(settings.app_name, settings.mail_from),
        subject=email.subject,
        text=email.text,
        html=email.html,
        date=now,
    )
