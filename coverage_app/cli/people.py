"""Commands for people and tokens; the first administrator is created here, as there is no default account."""

import sys
from datetime import timedelta

import click
from flask import current_app

from coverage_app import pseudonyms
from coverage_app.cli.command import BadInput, command
from coverage_app.client_network import UNKNOWN, client_network
from coverage_app.clock import utcnow
from coverage_app.enums import LOCALES, Role
from coverage_app.errors import NotFound
from coverage_app.models import User
from coverage_app.services import accounts, tokens
from coverage_app.services.accounts.addresses import NO_ACCOUNT


@command("create-user")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues know them.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.STAFF.value, show_default=True)
@click.option("--locale", type=click.Choice(LOCALES), help="Language of their pages and mails.")
@click.option("--timezone", help="Like Europe/Madrid.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create_user(
    email: str, name: str, role: str, locale: str | None, timezone: str | None, password_stdin: bool
) -> None:
    """Create a person who can sign in; print their id, and the password if one was generated.

    A generated one is shown on a screen, perhaps logged, so it must be changed at the first sign-in.
    """
    settings = current_app.extensions["settings"]
    password_read = _password(password_stdin)
    password = accounts.make_password() if password_read is None else password_read
    columns = {
        "email": email,
        "name": name,
        "role": role,
        "locale": locale or settings.app_locale,
        "timezone": timezone or settings.app_timezone,
    }
    user = accounts.create_user(password, columns, by=None, now=utcnow(), must_change_password=password_read is None)
    click.echo(user.id)
    if password_read is None:
        click.echo(f"password={password}")


@command("deactivate-user")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """Deactivate a person: end their sessions and take them out of every picker; their records stay."""
    user = accounts.deactivate(_find(email).id, by=None, now=utcnow())
    click.echo(f"{user.email} can no longer sign in")


@command("create-token")
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@click.option("--expires-in-days", type=click.IntRange(1, 3650), help="Without it, the token is good until revoked.")
def create_token(email: str, name: str, expires_in_days: int | None) -> None:
    """Create an API token for a person; print it, alone and for the only time."""
    user = _find(email)
    if not user.is_active:
        raise BadInput(f"email: {email} is not active")
    expires_at = utcnow() + timedelta(days=expires_in_days) if expires_in_days else None
    click.echo(tokens.make(user, name, expires_at=expires_at)[1])


@command("pseudonym")
@click.argument("address")
def pseudonym(address: str) -> None:
    """Print the pseudonym, in the log and in Redis, of an account's e-mail address or of a client's IP address."""
    if client_network(address) != UNKNOWN:
        click.echo(pseudonyms.of_client(address))
        return
    account = accounts.account_key(address)
    if account == NO_ACCOUNT:
        raise BadInput(f"address: {address} is neither an e-mail address nor an IP address")
    click.echo(pseudonyms.of_account(account))


def _find(email: str) -> User:
    try:
        return accounts.find(email)
    except NotFound:
        raise BadInput(f"email: nobody has the address {email}") from None


def _password(from_stdin: bool) -> str | None:
    """Return the password from standard input or the prompt; None when there is no terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return None


COMMANDS = [create_user, deactivate_user, create_token, pseudonym]
