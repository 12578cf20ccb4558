"""Real servers for the tests, each on a free port of the loopback address and gone when the tests are."""

import os
import socket
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

import pytest

T = TypeVar("T")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], T], timeout: float = 20, what: str = "") -> T:
    """The first true value of ``condition``, checked every 20 ms; an AssertionError after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {timeout} s: {what or condition}"
        time.sleep(0.02)
    return value


def missing(what: str) -> NoReturn:
    """Skip what this machine cannot run, and say why; in CI (``REQUIRE_ALL=1``) a missing part is a failure."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{what}, and REQUIRE_ALL=1 forbids to skip", pytrace=False)
    pytest.skip(what)
