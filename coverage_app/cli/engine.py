"""The engine by hand: deliver, reconcile, and the two processes that do it all day."""

import os
import sys

import click
from flask import current_app

from coverage_app import database_clock, mailer
from coverage_app.cli.command import Command, command
from coverage_app.clock import utcnow
from coverage_app.services import delivery, installation, reconcile


@command("deliver-due")
def deliver_due() -> None:
    """Send what is due, once, in the foreground. Exit 1 when the mail server could not be reached."""
    if not mailer.configured():
        raise click.ClickException("no mail server is named; set SMTP_SERVER")
    clock = database_clock.current()
    if not clock.may_deliver():
        raise click.ClickException(f"this machine's clock is {clock.offset:+.0f} s off the database's: set it first")
    counts = delivery.deliver_and_wait(clock.now())
    click.echo(f"sent={counts.sent} retried={counts.retried} skipped={counts.skipped} failed={counts.failed}")
    if counts.unreachable:
        raise click.ClickException(
            f"mail server: {delivery.get_dispatcher().breaker.last_error or 'could not be reached'}"
        )


@command("reconcile")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def reconcile_all(dry_run: bool) -> None:
    """Bring follow-ups and waiting reminders in line with the records; zeros in a healthy system.

    Part of each release, it also notes the address with which this one runs.
    """
    if not dry_run:
        _note_address()
    result = reconcile.run(database_clock.now(), dry_run=dry_run)
    click.echo(f"checked={result.checked} made={result.made} deleted={result.deleted} changed={result.changed}")


@click.command("run-worker", cls=Command)
def run_worker() -> None:
    """Deliver reminders until stopped by a signal."""
    _become("coverage_app.worker")


@click.command("run-scheduler", cls=Command)
def run_scheduler() -> None:
    """Enqueue each alarm at its second until stopped by a signal."""
    _become("coverage_app.scheduler")


def _note_address() -> None:
    settings = current_app.extensions["settings"]
    if settings.embedded:  # its address is whatever port was free
        return
    before = installation.record_address(settings.app_url, utcnow())
    if before is not None:
        click.echo(
            f"WARNING: APP_URL was {before} and is {settings.app_url} now. If this is a copy of the database,"
            " unset SMTP_SERVER here: every reminder would be sent twice",
            err=True,
        )


def _become(module: str) -> None:
    """Replace this process: the same id, so that a process manager's signals reach the one that counts."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - our own module, no shell


COMMANDS = [deliver_due, reconcile_all, run_worker, run_scheduler]
