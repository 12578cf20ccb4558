"""Count requests for rate limits: in Redis, for all processes together; in this process alone while Redis fails.

Redis fails when it is away and when it answers but takes nothing (read-only, full, still loading). Either way no
request fails with it. It is waited for ``PATIENCE`` seconds at most, by the first request that finds it so; from then
on it is tried again beside the requests, on a thread of its own, by writing to it.
"""

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any, TypeVar

import structlog
from flask_limiter import Limiter
from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError

from coverage_app import alarms
from coverage_app.settings import Settings

log = structlog.get_logger()
PATIENCE = 0.3  # seconds
AGAIN = 1.0  # seconds between two tries
PROBE = "limits:probe"
Result = TypeVar("Result")


class Counters(RedisStorage):
    """Counts in Redis, and in memory while Redis fails; never raises RedisError."""

    STORAGE_SCHEME = ("counters",)  # type: ignore[assignment]

    def __init__(self, _uri: str, *, url: str, **options: Any):
        super().__init__(url, **options)
        self._memory = MemoryStorage()
        self._failed, self._tried_at, self._trying = False, 0.0, Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return self._count(
            lambda: super(Counters, self).incr(key, int(expiry), amount),
            lambda: self._memory.incr(key, expiry, amount),
        )

    def get(self, key: str) -> int:
        return self._count(lambda: super(Counters, self).get(key), lambda: self._memory.get(key))

    def get_expiry(self, key: str) -> float:
        return self._count(lambda: super(Counters, self).get_expiry(key), lambda: self._memory.get_expiry(key))

    def clear(self, key: str) -> None:
        self._memory.clear(key)
        self._count(lambda: super(Counters, self).clear(key), lambda: None)

    def _count(self, in_redis: Callable[[], Result], in_memory: Callable[[], Result]) -> Result:
        if not self._failed:
            try:
                return in_redis()
            except RedisError as error:
                log.warning("rate_limits.redis_failed", error=str(error), until="it takes a write; counted in memory")
                self._failed, self._tried_at = True, time.monotonic()
        elif time.monotonic() - self._tried_at >= AGAIN and self._trying.acquire(blocking=False):
            self._tried_at = time.monotonic()
            Thread(target=self._try, name="counters", daemon=True).start()
        return in_memory()

    def _try(self) -> None:
        """Write to Redis; where it takes that, the next request counts there again."""
        try:
            self.storage.set(PROBE, 1, px=1000)
            self._failed = False
        except RedisError:
            pass  # said when it began; it is tried again
        finally:
            self._trying.release()


def limiter(settings: Settings, key: Callable[[], str], **options: Any) -> Limiter:
    """A limiter that counts by ``key``."""
    return Limiter(
        key,
        storage_uri="counters://",
        storage_options={"url": settings.redis_url, **alarms.options(settings, PATIENCE)},
        **options,
    )
