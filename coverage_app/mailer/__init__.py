"""The door to SMTP: the only place that imports Flask-Mail and smtplib. Plain values in, words out.

Flask-Mail opens connections without a time-out, starts TLS without checking the certificate and sends
long lines unfolded; a ``SmtpConnection`` does all three right, and says precisely what the server refused.
"""

from __future__ import annotations

from flask import Flask, current_app
from flask_mail import Mail

from coverage_app.mailer.connection import SmtpConnection
from coverage_app.mailer.errors import ConnectionLost, Rejected, ReplyLost, ServerUnavailable, SnapshotExpired
from coverage_app.mailer.message import InvalidMessage, OutgoingEmail
from coverage_app.settings import Settings

__all__ = [
    "ConnectionLost",
    "InvalidMessage",
    "OutgoingEmail",
    "Rejected",
    "ReplyLost",
    "ServerUnavailable",
    "SmtpConnection",
    "SnapshotExpired",
    "configured",
    "init_app",
    "new_connection",
    "probe",
]


def init_app(app: Flask, settings: Settings) -> None:
    """Hand Flask-Mail its settings. The time-out, TLS and pace are the connection's."""
    smtp = settings.smtp
    app.config.from_mapping(
        MAIL_SERVER=smtp.host if smtp else "",
        MAIL_PORT=smtp.port if smtp else 0,
        MAIL_USE_TLS=bool(smtp and smtp.security == "starttls"),
        MAIL_USE_SSL=bool(smtp and smtp.security == "tls"),
        MAIL_USERNAME=smtp.user if smtp else None,
        MAIL_PASSWORD=smtp.password if smtp else None,
        MAIL_DEFAULT_SENDER=(settings.app_name, settings.mail_from),
        MAIL_SUPPRESS_SEND=False,
        MAIL_DEBUG=0,
    )
    Mail().init_app(app)


def configured() -> bool:
    """False when no mail server is named: then reminders wait."""
    return current_app.extensions["settings"].smtp is not None


def new_connection() -> SmtpConnection:
    """A connection to the application's mail server, not yet open."""
    return SmtpConnection(current_app.extensions["mail"], current_app.extensions["settings"].smtp.timeout)


def probe() -> None:
    """Connect, secure, log in and leave. Raises ServerUnavailable with words for people who run the server."""
    tried = new_connection()
    tried.open()
    tried.close()
