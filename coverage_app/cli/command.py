"""What all commands share: the application's context, and faults reported in one line instead of a trace."""

from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError, ProgrammingError

from coverage_app.errors import DomainError, FieldError


class BadInput(click.ClickException):
    """The call itself is wrong."""

    exit_code = 2


class Command(click.Command):
    """A command that answers a wrong call with one line, where click would explain its usage."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise BadInput(error.format_message()) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldError as error:
            raise BadInput(f"{error.field}: {_in_english(error)}") from None
        except DomainError as error:
            raise BadInput(_in_english(error)) from None
        except (OperationalError, ProgrammingError) as error:
            message = str(error.orig).strip().splitlines()[0]
            raise click.ClickException(
                f"database: {message} (`flask --app wsgi db upgrade` makes the tables)"
            ) from None


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a command that runs inside the application."""

    def wrap(function: Callable[..., None]) -> click.Command:
        return click.command(name, cls=Command)(with_appcontext(function))

    return wrap


def _in_english(error: DomainError) -> str:
    # The commands speak English, like their help; the pages speak the reader's language.
    with force_locale("en"):
        return str(error.sentence)
