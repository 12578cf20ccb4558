"""What every answer tells the browser it may do: run our files, talk to us, and nothing else."""

from flask import Flask, Response, request

from coverage_app.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws its arrows and ticks as data: images
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
A_YEAR = 31_536_000


def fixed_headers(https: bool) -> dict[str, str]:
    """Return the headers that are the same on every response, also on those of the server itself."""
    fixed = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return fixed | ({"Strict-Transport-Security": f"max-age={A_YEAR}"} if https else {})


def init_app(app: Flask, settings: Settings) -> None:
    """Set the headers on every answer, errors and files included."""
    fixed = fixed_headers(settings.https)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(fixed)
        response.headers["Cache-Control"] = _caching(response)
        return response


def _caching(response: Response) -> str:
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    # The address of a file changes with its content; a vendored folder carries its version in its name.
    if "v" in request.args or request.path.startswith("/static/vendor/"):
        return f"public, max-age={A_YEAR}, immutable"
    return "no-cache"
