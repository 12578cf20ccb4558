"""The environment, read once and checked: one frozen ``Settings``. Nothing else reads ``os.environ``."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coverage_app.database import engine_options
from coverage_app.enums import LOCALES
from coverage_app.settings.errors import SettingsError
from coverage_app.settings.reader import Reader
from coverage_app.settings.values import Settings, Smtp, Timing

__all__ = ["ROOT", "Settings", "SettingsError", "Smtp", "Timing", "flask_config", "load", "servers_named"]

ROOT = Path(__file__).resolve().parents[2]


def load(environ: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
    """Read and check the environment.

    *Embedded* means that ``DATABASE_URL``, ``REDIS_URL`` and ``SMTP_SERVER`` are all unset: the
    servers are those that ``make run`` starts, found through ``instance/embedded.json``.
    Raises SettingsError for the first value that cannot be used.
    """
    read = Reader(os.environ if environ is None else environ)
    embedded = not servers_named(read)
    if not embedded:
        read.no_debug()
    instance = root / "instance"
    port = read.integer("PORT", 5000, 1, 65535)
    here = Embedded.found(instance, port) if embedded else None
    app_url = read.app_url(here.app_url if here else None)
    smtp = here.smtp if here else read.smtp()
    return Settings(
        embedded=embedded,
        instance=instance,
        database_url=read.database_url(instance),
        redis_url=here.redis_url if here else read.redis_url(),
        redis_tls_verify=read.flag("REDIS_TLS_VERIFY", True),
        secret_key=read.secret_key(instance if embedded else None),
        secret_key_fallbacks=read.secret_key_fallbacks(),
        app_url=app_url,
        smtp=smtp,
        mail_from=read.mail_from(smtp, embedded),
        app_name=read.text("APP_NAME") or "Sistema Migro",
        app_timezone=read.timezone("APP_TIMEZONE", "Europe/Madrid"),
        app_locale=read.choice("APP_LOCALE", "es", LOCALES),
        offsets=read.offsets("REMINDER_OFFSETS", "24h,1h,15min"),
        worker_concurrency=read.integer("WORKER_CONCURRENCY", 16, 1, 200),
        retain_days=read.integer("RETAIN_DAYS", 400, 1, 36500),
        trusted_hosts=read.hosts(app_url),
        trusted_proxies=read.integer("TRUSTED_PROXIES", 0, 0, 10),
        port=port,
        log_format=read.choice("LOG_FORMAT", "", ("", "text", "json")) or None,
        sentry_dsn=read.sentry_dsn(),
        timing=read.timing(),
    )


def servers_named(read: Reader | None = None) -> list[str]:
    """The variables that name a server of one's own: in the embedded mode, none."""
    read = read or Reader(os.environ)
    return [name for name in ("DATABASE_URL", "REDIS_URL", "SMTP_SERVER") if read.text(name)]


@dataclass(frozen=True)
class Embedded:
    """The servers that ``make run`` started, as it wrote them down. Port 1 answers nobody: not running."""

    redis_url: str
    smtp: Smtp
    app_url: str

    @classmethod
    def found(cls, instance: Path, port: int) -> "Embedded":
        try:
            noted = json.loads((instance / "embedded.json").read_text())
        except (FileNotFoundError, ValueError):
            noted = {}
        return cls(
            redis_url=f"redis://:{noted.get('redis_password', '')}@127.0.0.1:{noted.get('redis_port', 1)}/0",
            smtp=Smtp("127.0.0.1", noted.get("smtp_port", 1), None, None, "none", 10, None),
            app_url=noted.get("app_url", f"http://127.0.0.1:{port}"),
        )


def flask_config(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions are configured with, under their own names."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "WTF_CSRF_SECRET_KEY": settings.signing_keys,
        "SESSION_COOKIE_NAME": settings.cookie_name("coverage", "/"),
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "WTF_CSRF_TIME_LIMIT": None,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
    }
