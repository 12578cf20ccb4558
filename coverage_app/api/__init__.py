"""JSON for other programs, thin: the same services as the pages, behind tokens instead of sign-ins."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount the whole of it under ``/api``; after the pages, whose errors it leaves as they are elsewhere."""
    # Inside: at the top, a module of this folder would be imported while the folder is still being imported.
    from coverage_app.api import (
        auth,
        calls,
        contacts,
        coverages,
        imports,
        notifications,
        openapi,
        opportunities,
        people,
        problems,
        rate_limits,
        stages,
        tasks,
    )

    # Each adds its addresses to the one blueprint when it is imported.
    assert all((calls, tasks, stages, opportunities, contacts, people, coverages, notifications, imports))
    auth.init_app(app)
    rate_limits.init_app(app)
    openapi.init_app(app)
    problems.init_app(app)
