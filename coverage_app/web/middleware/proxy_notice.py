"""Notice a proxy in front of the site that TRUSTED_PROXIES does not count: every visitor looks like one to us then."""

from datetime import datetime, timedelta
from threading import Lock, Thread

import structlog
from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError

from coverage_app.clock import utcnow
from coverage_app.services import installation

log = structlog.get_logger()
HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host")
NOTED_EVERY = timedelta(days=1)


class ProxyNotice:
    """Warns of the first forwarded request of this process, and notes one a day for ``doctor`` and System."""

    def __init__(self, app: Flask):
        self.app = app
        self.lock = Lock()
        self.warned = False
        self.noted_at: datetime | None = None

    def look(self) -> None:
        """Look at the present request. Writes on a thread of its own: a visitor neither waits nor changes anything."""
        header = next((name for name in HEADERS if name in request.headers), None)
        if header is None:
            return
        now = utcnow()
        with self.lock:
            if self.noted_at is not None and now - self.noted_at < NOTED_EVERY:
                return
            first, self.warned, self.noted_at = not self.warned, True, now
        if first:
            log.warning("proxy.not_trusted", header=header, remedy="set TRUSTED_PROXIES to the number of proxies")
        Thread(target=self._note, args=[header, now], name="proxy-notice", daemon=True).start()

    def _note(self, header: str, now: datetime) -> None:
        try:
            with self.app.app_context():
                installation.record_forwarded(header, now)
        except SQLAlchemyError as error:
            log.warning("proxy.not_noted", error=type(error).__name__)
            self.noted_at = None  # the next such request tries again


def init_app(app: Flask) -> None:
    """Look at every request while no proxy is trusted."""
    if app.extensions["settings"].trusted_proxies == 0:
        app.before_request(ProxyNotice(app).look)
