"""Bounds the wait for servers that may hang: the call runs in a thread of its own, the wait has a time-out."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

from flask import copy_current_request_context

Answer = TypeVar("Answer")


class Bounded(Generic[Answer]):
    """One call at a time for all callers: a server that hangs holds one thread and one connection, however
    often it is called. Its result must be the same for every caller.
    """

    def __init__(self, call: Callable[[], Answer]):
        self._call = call
        self._pending: Future[Answer] | None = None
        self._lock = Lock()

    def get(self, patience: float) -> Answer:
        """Return the result, or raise what the call raised. Raises TimeoutError after ``patience`` seconds."""
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                # With the request: on SQLite a transaction knows by it that it only reads.
                call = copy_current_request_context(self._call)
                Thread(target=_answer, args=[call, self._pending], name="bounded", daemon=True).start()
            future = self._pending
        return future.result(patience)


def _answer(call: Callable[[], Answer], future: Future[Answer]) -> None:
    try:
        future.set_result(call())
    except Exception as error:  # whatever it is, it is raised to those who wait
        future.set_exception(error)
