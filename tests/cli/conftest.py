"""How these tests call a command."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from coverage_app.extensions import db


@pytest.fixture
def flask(app: Flask) -> Callable[..., Result]:
    """Runs ``flask <arguments>`` in this process, nothing but ``typed`` on its standard input."""
    runner = app.test_cli_runner()

    def run(*arguments: str, typed: str = "") -> Result:
        db.session.commit()
        with app.app_context():
            return runner.invoke(args=list(arguments), input=typed)

    return run
