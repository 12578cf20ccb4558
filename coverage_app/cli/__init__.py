"""The commands of the contract: ``flask --app wsgi …``. A wrong call is answered with one line and exit 2."""

from flask import Flask

from coverage_app.cli import demo, doctor, engine, people


def init_app(app: Flask) -> None:
    """Add every command to ``flask``."""
    for module in (people, engine, demo, doctor):
        for command in module.COMMANDS:
            app.cli.add_command(command)
