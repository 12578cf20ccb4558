"""What machines ask: is this process up, is the whole of it well, and figures for Prometheus."""

from flask import Blueprint, Flask, Response, current_app, json, request

from coverage_app import database_clock, security_events
from coverage_app.clock import utcnow
from coverage_app.services import tokens
from coverage_app.services.health import checks
from coverage_app.services.health.checks import CheckResult
from coverage_app.web.monitoring import prometheus
from coverage_app.web.monitoring.timeout import Bounded

pages = Blueprint("monitoring", __name__)
PATIENCE = 3.0
PLAIN = "text/plain; charset=utf-8"


def init_app(app: Flask) -> None:
    app.extensions["examination"] = Bounded(lambda: checks.examine(database_clock.now()))


@pages.get("/healthz")
def healthz() -> Response:
    """For routing: this process answers. What it depends on is not its fault, and another would fare no better."""
    return Response("ok", content_type=PLAIN)


@pages.get("/readyz")
def readyz() -> Response:
    """Return the health checks, 503 if a critical one fails; without any detail, as no sign-in is needed."""
    try:
        report = current_app.extensions["examination"].get(PATIENCE)
    except TimeoutError:
        report = checks.no_answer(PATIENCE)
    status = "ok" if report.ok else "warning" if report.ready else "bad"
    body = {"status": status, "checks": {part.value: _as_json(finding) for part, finding in report.parts.items()}}
    return Response(
        json.dumps(body, sort_keys=False) + "\n", 200 if report.ready else 503, content_type="application/json"
    )


@pages.get("/metrics")
def metrics() -> Response:
    """For Prometheus, with an administrator's token; no cookie counts."""
    caller = tokens.authenticate(request.authorization, utcnow())
    if caller is None:
        refusal = "Send Authorization: Bearer and an administrator's token.\n"
        return Response(refusal, 401, {"WWW-Authenticate": "Bearer"}, content_type=PLAIN)
    security_events.identify(caller.user.email)
    if not caller.user.is_admin:
        return Response("This is open to administrators' tokens alone.\n", 403, content_type=PLAIN)
    return Response(prometheus.render(database_clock.now()), content_type=prometheus.MEDIA_TYPE)


def _as_json(finding: CheckResult) -> dict[str, str]:
    if finding.problem is None:
        return {"status": "ok"}
    return {"status": "bad" if finding.problem.critical else "warning", "why": finding.problem.value}
