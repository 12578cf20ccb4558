"""The commands: ``flask --app wsgi …``. A wrong call is answered with one line and exit 2."""

import click
from flask import Flask

from coverage_app.cli import demo, doctor, engine, people
from coverage_app.settings import Settings, SettingsError


def init_app(app: Flask) -> None:
    """Add every command to ``flask``. Raises SettingsError for ``flask run --debugger`` in production."""
    _refuse_debugger(app.extensions["settings"])
    for module in (people, engine, demo, doctor):
        for command in module.COMMANDS:
            app.cli.add_command(command)


def _refuse_debugger(settings: Settings) -> None:
    # It needs no FLASK_DEBUG, and runs what a stranger types all the same.
    context = click.get_current_context(silent=True)
    if context and context.params.get("debugger") and not settings.embedded:
        raise SettingsError("FLASK_DEBUG", "the debugger is refused in production", "0")
