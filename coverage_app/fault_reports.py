"""Report unexpected faults to Sentry: where in the code and in which release, nothing of the person or the request.

What is sent is listed here, rather than what is left out: another version of Sentry's client collects other things.
Left out are the request with its address, query, form and headers, the breadcrumbs, local variables and also the
words of an exception, which may quote what somebody typed. The log has them, under the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coverage_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

OF_EVENT = frozenset((
    "event_id", "timestamp", "platform", "level", "logger", "transaction", "transaction_info", "release",
    "environment", "server_name", "sdk", "modules",
))  # fmt: skip
OF_EXCEPTION = frozenset(("type", "module"))
OF_FRAME = frozenset((
    "filename", "abs_path", "module", "function", "lineno", "pre_context", "context_line", "post_context", "in_app",
))  # fmt: skip


def init(settings: Settings) -> None:
    """Report the faults of this process if ``SENTRY_DSN`` is set.

    Raises SettingsError for an address that Sentry does not accept.
    """
    if settings.sentry_dsn is None:
        return
    import sentry_sdk  # here, because it costs every process ten megabytes

    try:
        sentry_sdk.init(
            settings.sentry_dsn,
            before_send=_reduced,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
        )
    except sentry_sdk.utils.BadDsn:
        raise SettingsError("SENTRY_DSN", "is not an address of Sentry", "https://key@host/1") from None


def _reduced(event: Event, hint: Hint) -> Event:
    """Return what may be sent of ``event``."""
    reduced: dict[str, object] = {name: value for name, value in event.items() if name in OF_EVENT}
    event_name = _event_name(hint)
    if event_name is not None:
        reduced["message"] = event_name
    exceptions = event.get("exception", {}).get("values", [])
    if exceptions:
        reduced["exception"] = {"values": [_without_words(one) for one in exceptions]}
    return reduced  # type: ignore[return-value]


def _event_name(hint: Hint) -> str | None:
    """Return the name of an event of our own log; None for what a library says, into which it has put its facts."""
    record = getattr(hint.get("log_record"), "msg", None)
    return str(record.get("event")) if isinstance(record, dict) else None


def _without_words(exception: dict[str, Any]) -> dict[str, object]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    reduced = {name: value for name, value in exception.items() if name in OF_EXCEPTION}
    return reduced | {"stacktrace": {"frames": [_named(frame) for frame in frames]}}


def _named(frame: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in frame.items() if name in OF_FRAME}
