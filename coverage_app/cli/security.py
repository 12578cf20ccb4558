"""The security checks that can be made at run time, for ``doctor --security``."""

import ipaddress
import os
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.engine import make_url
from werkzeug.sansio.utils import host_is_trusted

from coverage_app import private_files
from coverage_app.settings import Settings

OK, WARN, FAIL = "ok", "WARN", "FAIL"


class SecurityLine(NamedTuple):
    """One line of the report; FAIL alone makes the command fail."""

    level: str
    part: str
    words: str


def check() -> list[SecurityLine]:
    """Run every check; the secret key was checked at start."""
    settings: Settings = current_app.extensions["settings"]
    return [
        _debug(settings),
        _address(settings),
        _hosts(settings),
        _files(settings),
        _encryption(settings),
        _user(),
    ]


def _debug(settings: Settings) -> SecurityLine:
    if not current_app.debug:
        return SecurityLine(OK, "debug", "off")
    level = WARN if settings.embedded else FAIL
    return SecurityLine(level, "debug", "on: an error page lets people run code; unset FLASK_DEBUG")


def _address(settings: Settings) -> SecurityLine:
    if settings.https:
        return SecurityLine(OK, "https", "cookies are for https alone")
    return SecurityLine(
        WARN, "https", f"{settings.app_url} is not encrypted: passwords travel in clear; give APP_URL https://"
    )


def _hosts(settings: Settings) -> SecurityLine:
    host = urlsplit(settings.app_url).hostname
    if host_is_trusted(host, list(settings.trusted_hosts)):
        return SecurityLine(OK, "hosts", ", ".join(settings.trusted_hosts))
    return SecurityLine(FAIL, "hosts", f"{host} of APP_URL is not among TRUSTED_HOSTS: every page is refused")


def _files(settings: Settings) -> SecurityLine:
    exposed = private_files.find_exposed(settings)
    if not exposed:
        return SecurityLine(OK, "files", "for their owner alone")
    return SecurityLine(FAIL, "files", f"others may read {', '.join(map(str, exposed))}; run: chmod go= on each")


def _encryption(settings: Settings) -> SecurityLine:
    plain = [name for name, encrypted in _connections(settings).items() if not encrypted]
    if not plain:
        return SecurityLine(OK, "encryption", "what leaves this machine is encrypted")
    return SecurityLine(WARN, "encryption", f"not encrypted, or not checked, to another machine: {', '.join(plain)}")


def _connections(settings: Settings) -> dict[str, bool]:
    """Return which servers on other machines are spoken to under TLS."""
    checks = {}
    database = make_url(settings.database_url)
    if database.get_backend_name() == "postgresql" and not _is_local(database.host or database.query.get("host")):
        checks["DATABASE_URL (sslmode=require)"] = str(database.query.get("sslmode")).startswith(("require", "verify"))
    if not _is_local(urlsplit(settings.redis_url).hostname):
        tls = settings.redis_url.startswith("rediss://") and settings.redis_tls_verify
        checks["REDIS_URL (rediss://)"] = tls
    if settings.smtp and not _is_local(settings.smtp.host):
        checks["SMTP_SECURITY"] = settings.smtp.security != "none"
    return checks


def _is_local(host: object) -> bool:
    """Whether this is this machine; without a host or with a path, a socket of it."""
    if not host or host == "localhost" or str(host).startswith("/"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _user() -> SecurityLine:
    if os.geteuid() != 0:
        return SecurityLine(OK, "user", "not root")
    return SecurityLine(WARN, "user", "runs as root; give it a user of its own")
