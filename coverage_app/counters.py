"""The door to the counts of requests: in Redis, for all processes together; in this process alone while it is away.

A request waits for Redis ``PATIENCE`` at most, and only the first one that finds it away. From then on it is tried
again beside the requests, on a thread of its own.
"""

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

from flask_limiter import Limiter
from limits.storage import RedisStorage

from coverage_app import alarms
from coverage_app.settings import Settings

PATIENCE = 0.3  # seconds
AGAIN = 1.0  # seconds between two tries


class Counters(RedisStorage):
    """Redis, asked whether it is back by nobody who has something better to do."""

    STORAGE_SCHEME = ("counters",)  # type: ignore[assignment]

    def __init__(self, _uri: str, *, url: str, **options: Any):
        super().__init__(url, **options)
        self._back, self._tried_at, self._trying = False, 0.0, Lock()

    def check(self) -> bool:
        """Was Redis there when it was last tried? Asked for only while it counts as away; never waits."""
        if self._back:
            self._back = False  # whoever asks next has found it away again
            return True
        if time.monotonic() - self._tried_at >= AGAIN and self._trying.acquire(blocking=False):
            self._tried_at = time.monotonic()
            Thread(target=self._try, name="counters", daemon=True).start()
        return False

    def _try(self) -> None:
        try:
            self._back = super().check()
        finally:
            self._trying.release()


def limiter(settings: Settings, key: Callable[[], str], **options: Any) -> Limiter:
    """A limiter that counts by ``key``."""
    return Limiter(
        key,
        storage_uri="counters://",
        storage_options={"url": settings.redis_url, **alarms.options(settings, PATIENCE)},
        in_memory_fallback_enabled=True,
        **options,
    )
