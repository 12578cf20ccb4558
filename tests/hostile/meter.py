"""What one request costs: processor time of the thread that answers, and memory at its worst."""

import ctypes
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.hostile.bodies import Request

MS, MB = 1000, 1024  # in a second; kB in a megabyte
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Cost:
    """``megabytes`` is the most that the process grew by while it answered."""

    status: int
    milliseconds: float
    megabytes: float


def measure(app: Flask, method: str, path: str, request: Request, headers: dict[str, str]) -> Cost:
    """Send a request straight to the application, as a server does that has read it."""
    body = request.make()
    builder = EnvironBuilder(method=method, path=path, query_string=request.query, base_url="http://localhost:5000/")
    environ = builder.get_environ()
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": request.content_type}
    for name, value in (headers | request.headers).items():
        environ[name.upper().replace("-", "_") if name == "Content-Type" else _key(name)] = value
    (_answer, status, _headers), milliseconds, megabytes = weigh(lambda: run_wsgi_app(app, environ, buffered=True))
    return Cost(int(status.split()[0]), milliseconds, megabytes)


def weigh(act: Callable[[], Any]) -> tuple[Any, float, float]:
    """What ``act`` returns, the milliseconds of this thread that it took, and the megabytes by which it grew."""
    LIBC.malloc_trim(0)  # what was freed counts as free, not as there to be used
    RESET.write_text("5")
    rest, began = _kilobytes("VmRSS"), time.thread_time()
    done = act()
    return done, (time.thread_time() - began) * MS, (_kilobytes("VmHWM") - rest) / MB


def _key(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


def _kilobytes(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    assert found
    return int(found[1])
