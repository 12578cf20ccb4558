"""A question to servers that may hang, asked in a thread of its own, so that nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

from flask import copy_current_request_context

Answer = TypeVar("Answer")


class Bounded(Generic[Answer]):
    """One question at a time for all who ask: a server that hangs holds one thread and one connection, however
    often it is asked. It must be a question that has the same answer for everybody.
    """

    def __init__(self, question: Callable[[], Answer]):
        self._question = question
        self._asked: Future[Answer] | None = None
        self._lock = Lock()

    def get(self, patience: float) -> Answer:
        """The answer, or what the question raised. Raises TimeoutError after ``patience`` seconds."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                # With the request: on SQLite a transaction knows by it that it only reads.
                question = copy_current_request_context(self._question)
                Thread(target=_answer, args=[question, self._asked], name="bounded", daemon=True).start()
            asked = self._asked
        return asked.result(patience)


def _answer(question: Callable[[], Answer], asked: Future[Answer]) -> None:
    try:
        asked.set_result(question())
    except Exception as error:  # whatever it is, it belongs to those who wait
        asked.set_exception(error)
