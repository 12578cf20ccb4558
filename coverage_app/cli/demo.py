"""Demo data, and the passwords that go with it."""

import os
from pathlib import Path

import click
from flask import current_app

from coverage_app import database_clock
from coverage_app.cli.command import BadInput, command
from coverage_app.services import seed
from coverage_app.services.seed.people import LogIn

FILE = "demo-logins.txt"


@command("demo")
@click.option("--force", is_flag=True, help="Even if there are people in the database.")
def load_demo(force: bool) -> None:
    """Fill an empty database with a firm of made-up people; print how they sign in."""
    if seed.anybody() and not force:
        raise BadInput("this database already has people; --force adds the demo to them")
    people = seed.log_ins()
    log_ins_text = _as_text(people)
    # Before they exist: a load that is broken off must not leave people whose passwords nobody knows.
    path = _write(current_app.extensions["settings"].instance / FILE, log_ins_text)
    seed.load(people, database_clock.now())
    click.echo(f"{log_ins_text}Also in {path}")


def _as_text(people: list[LogIn]) -> str:
    return "".join(f"{person.email:<22} {person.password}   {person.name}, {person.role}\n" for person in people)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path


COMMANDS = [load_demo]
