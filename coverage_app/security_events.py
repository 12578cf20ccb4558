"""Log what whoever watches over the site must see: who was refused what, signed out, took a list away.

Every event carries the same: ``account`` and ``client``, as pseudonyms, and ``endpoint``. What people typed, their
addresses and the address of the page are in none. Refusals are found by the status of the answer, so that no endpoint
can forget them; the others call ``record``.
"""

import structlog
from flask import Flask, Response, g, request

from coverage_app import pseudonyms

log = structlog.get_logger()
REFUSALS = {401: "token.refused", 403: "access.refused", 429: "rate_limit.exceeded"}


def init_app(app: Flask) -> None:
    app.after_request(_record_refusal)


def identify(account: str) -> None:
    """Keep whose account this request is about: the address, in its normal form."""
    g.account = account


def record(event: str) -> None:
    """Log ``event`` of the present request. ``account`` is None where nobody has signed in or been named."""
    account = g.get("account")
    log.info(
        event,
        account=None if account is None else pseudonyms.of_account(account),
        client=pseudonyms.of_client(request.remote_addr),
        endpoint=request.endpoint,
    )


def _record_refusal(response: Response) -> Response:
    if response.status_code in REFUSALS:
        record(REFUSALS[response.status_code])
    return response
