"""Opening a connection to the mail server: in bounded time, encrypted and verified, and let in."""

import smtplib
import ssl
from functools import cache
from typing import Any

from coverage_app.mailer.errors import SERVICE_GOES, ServerUnavailable, format_reply


def connect(mail: Any, timeout: float) -> smtplib.SMTP:
    """Connect, secure and log in as ``mail`` is configured; each of the server's answers may take ``timeout`` seconds.

    Raises ServerUnavailable, in words that never hold the password.
    """
    try:
        return _log_in(mail, timeout)
    except smtplib.SMTPAuthenticationError as error:
        raise ServerUnavailable(f"log-in refused: {format_reply(error.smtp_code, error.smtp_error)}") from None
    except ssl.SSLError as error:
        raise ServerUnavailable(
            f"TLS refused: {getattr(error, 'verify_message', '') or error.reason or error}"
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise ServerUnavailable(f"not offered by the server: {error}") from None
    except smtplib.SMTPResponseException as error:
        raise ServerUnavailable(format_reply(error.smtp_code, error.smtp_error)) from None
    except ValueError:  # its text would hold the password
        raise ServerUnavailable(
            "the server's name, the user or the password has a character that SMTP cannot carry"
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerUnavailable(f"no connection to {mail.server}:{mail.port}: {error}") from None


def _log_in(mail: Any, timeout: float) -> smtplib.SMTP:
    where = {"host": mail.server, "port": mail.port, "timeout": timeout, "local_hostname": _own_name()}
    if mail.use_ssl:
        host: smtplib.SMTP = smtplib.SMTP_SSL(**where, context=ssl.create_default_context())
    else:
        host = smtplib.SMTP(**where)
    try:
        _greet(host)
        if mail.use_tls:
            host.starttls(context=ssl.create_default_context())
            _greet(host)
        if mail.username and mail.password:
            host.login(mail.username, mail.password)
    except BaseException:  # connect() says what went wrong; the socket must not stay behind
        host.close()
        raise
    return host


@cache
def _own_name() -> str:
    """Return this machine's host name, looked up once: no time-out of ours bounds a slow resolver."""
    return smtplib.SMTP().local_hostname


def _greet(host: smtplib.SMTP) -> None:
    """EHLO, else HELO; but a server that says 421 is leaving, and smtplib would go on with HELO."""
    code, words = host.ehlo()
    if code != SERVICE_GOES and code != 250:
        code, words = host.helo()
    if code != 250:
        raise smtplib.SMTPHeloError(code, words)
