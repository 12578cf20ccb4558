"""The checked settings, as values. Passwords stay out of ``repr``."""

from dataclasses import dataclass, field
from pathlib import Path

from coverage_app.enums import Offset


@dataclass(frozen=True)
class Smtp:
    """Where mail goes. ``rate`` is (messages, seconds) or None; ``timeout`` is in seconds."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    security: str
    timeout: float
    rate: tuple[int, int] | None


@dataclass(frozen=True)
class Timing:
    """How patient the engine is, in seconds. Only tests shorten these (``TEST_…``)."""

    lease: float = 120
    sweep: float = 20
    heartbeat: float = 15
    circuit_backoff: tuple[float, ...] = (60, 120, 240, 480, 900)
    row_backoff: tuple[float, ...] = (60, 120, 240, 480, 900)


@dataclass(frozen=True)
class Settings:
    """Everything the processes need to know, checked. Passwords stay out of ``repr``."""

    embedded: bool
    instance: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    redis_tls_verify: bool
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    app_url: str
    smtp: Smtp | None
    mail_from: str
    app_name: str
    app_timezone: str
    app_locale: str
    offsets: tuple[Offset, ...]
    worker_concurrency: int
    retain_days: int
    trusted_hosts: tuple[str, ...]
    trusted_proxies: int
    port: int
    log_format: str | None
    sentry_dsn: str | None = field(repr=False)
    timing: Timing = Timing()

    @property
    def https(self) -> bool:
        """True exactly when people reach the site over https: then cookies are ``Secure``."""
        return self.app_url.startswith("https://")

    @property
    def signing_keys(self) -> list[str]:
        """Every key whose signatures are accepted, in the order of itsdangerous: the last one signs."""
        return [*reversed(self.secret_key_fallbacks), self.secret_key]

    def cookie_name(self, name: str, path: str) -> str:
        """Return the name under which a browser takes a cookie from this host and over https alone.

        Browsers keep ``__Host-`` for cookies of the whole site; those of one path are ``__Secure-``.
        """
        if not self.https:
            return name
        return f"__Host-{name}" if path == "/" else f"__Secure-{name}"
