"""The application factory, ``create_app``.

Imports are inside the functions so that the scheduler process, which needs only settings and
alarms, does not load the whole application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from coverage_app.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Create the application for these settings (default: those of the environment).

    Raises SettingsError when the environment has a value that cannot be used.
    """
    from coverage_app import fault_reports, logs, private_files
    from coverage_app import settings as environment

    settings = settings or environment.load()
    logs.configure(settings)
    fault_reports.init(settings)
    app = _configured(settings)
    if settings.embedded:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_files.protect(settings)
    _init_services(app, settings)
    _init_entrances(app)
    return app


def _configured(settings: Settings) -> Flask:
    """Return a Flask application with its folders and its configuration."""
    from flask import Flask

    from coverage_app import settings as environment

    app = Flask(
        __name__,
        root_path=str(environment.ROOT / "coverage_app"),
        template_folder=str(environment.ROOT / "templates"),
        static_folder=str(environment.ROOT / "static"),
        instance_path=str(settings.instance.resolve()),
    )
    app.config.from_mapping(environment.flask_config(settings))
    app.extensions["settings"] = settings
    return app


def _init_services(app: Flask, settings: Settings) -> None:
    """Connect the database, its clock, the mail server and Redis."""
    from coverage_app import alarms, database, database_clock, extensions, mailer
    from coverage_app import settings as environment

    extensions.db.init_app(app)
    with app.app_context():
        database.configure(extensions.db.engine)
        database_clock.init_app(app, extensions.db.engine)
    extensions.migrate.init_app(app, extensions.db, directory=str(environment.ROOT / "migrations"))
    mailer.init_app(app, settings)
    alarms.init_app(app, settings)


def _init_entrances(app: Flask) -> None:
    """Register the pages, the API and the commands."""
    from coverage_app import api, cli, request_limits, security_events, web

    request_limits.init_app(app)
    web.init_app(app)
    api.init_app(app)
    security_events.init_app(app)
    cli.init_app(app)
