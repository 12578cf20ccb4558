"""Structured logs: text on a terminal, JSON elsewhere. An event is a word, its facts are fields."""

import logging
import re
import sys
from functools import cache

import structlog
from structlog.typing import EventDict, Processor

from coverage_app.settings import Settings

SECRET_KEYS = re.compile(r"password|token|secret|body", re.IGNORECASE)
# E-mail addresses, and the end of a password in the address of a server.
ADDRESS = re.compile(r"[^\s<>()\[\],:;=@]+@[^\s<>()\[\],:;=@]+")
BREAKS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def _without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every field that may hold a password, a token or a mail body."""
    return {key: "…" if _is_secret(key) else value for key, value in event.items()}


@cache
def _is_secret(key: str) -> bool:
    return SECRET_KEYS.search(key) is not None


def _without_addresses(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace e-mail addresses: mail servers quote the recipient in errors, databases the duplicate value."""
    return {
        key: ADDRESS.sub("…@…", value) if isinstance(value, str) and "@" in value else value
        for key, value in event.items()
    }


def _on_one_line(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace line breaks, so that no value can make a second log line."""
    return {
        key: BREAKS.sub(" ", value)
        if isinstance(value, str) and not value.isprintable() and key != "exception"
        else value
        for key, value in event.items()
    }


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_secrets,
    _without_addresses,
    _on_one_line,
]


def configure(settings: Settings) -> None:
    """Send our own events and the libraries' records to stderr in one format."""
    _configure_handler(_renderer(settings))
    _configure_libraries()
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _renderer(settings: Settings) -> Processor:
    """Return text for a person who reads along, JSON for anything else."""
    # Embedded, a person reads along, although the process runner stands between us and the terminal.
    is_read = settings.embedded or sys.stderr.isatty()
    if settings.log_format == "text" or (settings.log_format is None and is_read):
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer()


def _configure_handler(renderer: Processor) -> None:
    """Replace the root logger's handlers by one that writes every record to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)


def _configure_libraries() -> None:
    """Limit the loggers of libraries to warnings, through the handler of the root logger."""
    for name in ("rq.worker", "rq.job", "rq_scheduler.scheduler"):
        # RQ sets its own handlers and stops propagation.
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.WARNING)
    for name in ("flask-limiter", "flask_wtf.csrf"):
        # What they log at INFO is a security event of ours, which names nobody.
        logging.getLogger(name).setLevel(logging.WARNING)
    # It names each of its plug-ins as soon as it is imported, also to somebody who awaits one line of a command.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
