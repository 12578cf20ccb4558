"""Strict readers of single variables: a value is either usable or refused with a sentence, never guessed."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from email_validator import EmailNotValidError, validate_email

from coverage_app.clock import timezone_names
from coverage_app.enums import Offset
from coverage_app.settings import addresses, hosts, keys
from coverage_app.settings.errors import SettingsError
from coverage_app.settings.values import Smtp, Timing

MAX_OFFSET = timedelta(days=30)
MAX_OFFSETS = 8
UNITS = {"d": "days", "h": "hours", "min": "minutes", "s": "seconds"}
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class Reader:
    """Strict readers: a value is either usable or refused with a sentence, never guessed."""

    def __init__(self, environ: Mapping[str, str]):
        self.environ = environ

    def text(self, name: str) -> str | None:
        """The value without surrounding blanks; None when unset or empty."""
        value = self.environ.get(name, "").strip()
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise SettingsError(name, "has a control character or a line break", "value")
        return value or None

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            raise SettingsError(name, f"must be a whole number from {low} to {high}", str(default))
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, "1" if default else "0", ("0", "1")) == "1"

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name) or default
        if value not in allowed:
            raise SettingsError(name, f"must be one of {', '.join(filter(None, allowed))}", allowed[-1])
        return value

    def timezone(self, name: str, default: str) -> str:
        value = self.text(name) or default
        if value not in timezone_names():
            raise SettingsError(name, f"{value!r} is not an IANA time zone", default)
        return value

    def database_url(self, instance: Path) -> str:
        value = self.text("DATABASE_URL")
        if value is None:
            return f"sqlite:///{quote(str(instance / 'coverage.db'))}"
        return addresses.database_url(value)

    def redis_url(self) -> str:
        value = self.text("REDIS_URL")
        if value is None:
            raise SettingsError("REDIS_URL", "is required outside the embedded mode", addresses.REDIS_EXAMPLE)
        return addresses.redis_url(value)

    def secret_key(self, embedded_in: Path | None) -> str:
        value = self.text("SECRET_KEY")
        if value is None and embedded_in is not None:
            return keys.kept_in(embedded_in / "secret-key")
        return keys.checked("SECRET_KEY", value)

    def secret_key_fallbacks(self) -> tuple[str, ...]:
        """Earlier keys, separated by commas or blanks; what they signed is still accepted."""
        named = re.split(r"[,\s]+", self.text("SECRET_KEY_FALLBACKS") or "")
        return tuple(keys.checked("SECRET_KEY_FALLBACKS", key) for key in named if key)

    def no_debug(self) -> None:
        """Raises SettingsError where Flask would start with its debugger, which lets strangers run code."""
        value = self.text("FLASK_DEBUG") or ""
        if value.lower() not in ("", "0", "false", "no"):  # as Flask reads it; ``flask --debug`` sets it
            raise SettingsError("FLASK_DEBUG", "debug is refused in production", "0")

    def app_url(self, embedded: str | None) -> str:
        value = self.text("APP_URL") or embedded
        if value is None:
            fault = "is required: the public address, put in every mail"
            raise SettingsError("APP_URL", fault, hosts.APP_URL_EXAMPLE)
        return hosts.app_url(value, production=embedded is None)

    def sentry_dsn(self) -> str | None:
        value = self.text("SENTRY_DSN")
        return value and hosts.sentry_dsn(value)

    def hosts(self, app_url: str) -> tuple[str, ...]:
        named = [host.strip() for host in (self.text("TRUSTED_HOSTS") or "").split(",") if host.strip()]
        for host in named:
            if not hosts.is_host(host.removeprefix(".")):
                raise SettingsError("TRUSTED_HOSTS", "must be names, separated by commas", "a.example.com")
        own = str(urlsplit(app_url).hostname)
        # Whoever runs it on their own machine may call that by either name.
        return tuple(named) or (("127.0.0.1", "localhost") if own in LOOPBACK_HOSTS else (own,))

    def smtp(self) -> Smtp | None:
        """The mail server, or None: then the pages work and reminders wait."""
        host = self.text("SMTP_SERVER")
        security = self.choice("SMTP_SECURITY", "starttls", ("starttls", "tls", "none"))
        port = self.integer("SMTP_PORT", 587, 1, 65535)
        timeout = float(self.integer("SMTP_TIMEOUT", 10, 1, 60))
        user, password, rate = self.text("SMTP_USER"), self.text("SMTP_PASSWORD"), self.rate("SMTP_RATE")
        if host is None:
            return None
        host = hosts.host_name("SMTP_SERVER", host, "smtp.example.com")
        if bool(user) != bool(password) and password:
            raise SettingsError("SMTP_USER", "is missing although SMTP_PASSWORD is set", "info@example.com")
        if security == "none" and password and host not in LOOPBACK_HOSTS:
            raise SettingsError("SMTP_SECURITY", "none would send the password in clear", "starttls")
        return Smtp(host, port, user, password, security, timeout, rate)

    def rate(self, name: str) -> tuple[int, int] | None:
        value = self.text(name)
        if value is None:
            return None
        match = re.fullmatch(r"(\d{1,9})/(s|min|h|d)", value, re.ASCII)
        if not match or int(match[1]) == 0:
            raise SettingsError(name, "must be a number per s, min, h or d", "5/s")
        return int(match[1]), {"s": 1, "min": 60, "h": 3600, "d": 86400}[match[2]]

    def mail_from(self, smtp: Smtp | None, embedded: bool) -> str:
        value = self.text("MAIL_FROM") or (smtp.user if smtp else None)
        if value is None and (embedded or smtp is None):
            return "recordatorios@example.com"
        if value and "<" in value:
            raise SettingsError("MAIL_FROM", "must be an e-mail address alone", "info@example.com")
        try:
            return validate_email(value or "", check_deliverability=False, allow_smtputf8=False).ascii_email or ""
        except EmailNotValidError:
            raise SettingsError("MAIL_FROM", "must be an e-mail address", "info@example.com") from None

    def offsets(self, name: str, default: str) -> tuple[Offset, ...]:
        labels = [part.strip() for part in (self.text(name) or default).split(",")]
        offsets = [self._offset(name, label) for label in labels]
        if len({offset.before for offset in offsets}) != len(offsets):
            raise SettingsError(name, "names the same lead time twice", default)
        if len(offsets) > MAX_OFFSETS:
            raise SettingsError(name, f"has more than {MAX_OFFSETS} lead times", default)
        return tuple(sorted(offsets, key=lambda offset: offset.before, reverse=True))

    def _offset(self, name: str, label: str) -> Offset:
        match = re.fullmatch(r"(\d{1,7})(d|h|min|s)", label, re.ASCII)
        before = timedelta(**{UNITS[match[2]]: int(match[1])}) if match else timedelta()
        if not timedelta() < before <= MAX_OFFSET:
            raise SettingsError(
                name, f"{label!r} is not a lead time of at most 30 days in d, h, min or s", "24h,1h,15min"
            )
        return Offset(f"{label}_before", before)

    def timing(self) -> Timing:
        """The engine's patience; the variables exist for tests alone."""

        def numbers(name: str, default: tuple[float, ...]) -> tuple[float, ...]:
            value = self.text(name)
            try:
                return tuple(float(part) for part in value.split(",")) if value else default
            except ValueError:
                raise SettingsError(name, "must be seconds", "1,2,4") from None

        usual = Timing()
        return Timing(
            lease=numbers("TEST_LEASE", (usual.lease,))[0],
            sweep=numbers("TEST_SWEEP", (usual.sweep,))[0],
            heartbeat=numbers("TEST_HEARTBEAT", (usual.heartbeat,))[0],
            circuit_backoff=numbers("TEST_CIRCUIT_BACKOFF", usual.circuit_backoff),
            row_backoff=numbers("TEST_ROW_BACKOFF", usual.row_backoff),
        )
