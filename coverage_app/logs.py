"""Structured logs: text on a terminal, JSON elsewhere. An event is a word, its facts are fields."""

import logging
import re
import sys
from functools import cache
from typing import Any

import structlog

from coverage_app.settings import Settings

SECRET_KEYS = re.compile(r"password|token|secret|body", re.IGNORECASE)
# E-mail addresses, and the end of a password in the address of a server.
ADDRESS = re.compile(r"[^\s<>()\[\],:;=@]+@[^\s<>()\[\],:;=@]+")
BREAKS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def _without_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """No password, token or mail body in a log, whoever passes one."""
    return {key: "…" if _is_secret(key) else value for key, value in event.items()}


@cache
def _is_secret(key: str) -> bool:
    return SECRET_KEYS.search(key) is not None


def _without_addresses(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Mail servers quote the recipient in what they refuse, databases the value that is there twice."""
    return {
        key: ADDRESS.sub("…@…", value) if isinstance(value, str) and "@" in value else value
        for key, value in event.items()
    }


def _on_one_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A line break in somebody's name must not make a second log line."""
    return {
        key: BREAKS.sub(" ", value)
        if isinstance(value, str) and not value.isprintable() and key != "exception"
        else value
        for key, value in event.items()
    }


def configure(settings: Settings) -> None:
    """Send our own events and the libraries' records to stderr in one format."""
    # Embedded, somebody reads along, although the process runner stands between us and the terminal.
    text = settings.log_format == "text" or (settings.log_format is None and (settings.embedded or sys.stderr.isatty()))
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
        _without_addresses,
        _on_one_line,
    ]
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if text else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("rq.worker", "rq.job", "rq_scheduler.scheduler"):
        # RQ sets its own handlers and stops propagation; its chatter is warnings only.
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.WARNING)
    for name in ("flask-limiter", "flask_wtf.csrf"):
        # What they say at INFO is a security event of ours, which names nobody.
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
