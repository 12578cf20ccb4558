"""``make run``: everything on one machine, from nothing to a page with data in it, until Ctrl-C."""

import fcntl
import json
import os
import secrets
import socket
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from coverage_app import settings
from coverage_app.embedded import redis
from coverage_app.embedded.runner import Runner, Stopped

LOG_INS = "demo-logins.txt"
NO_REDIS = "No Redis here. Install it and run again, on Debian and Ubuntu: sudo apt-get install redis-server"
PROCESSES = {
    "web": [sys.executable, "-m", "coverage_app.web.server", "127.0.0.1"],
    "worker": [sys.executable, "-m", "coverage_app.worker"],
    "scheduler": [sys.executable, "-m", "coverage_app.scheduler"],
}
ALREADY_PEOPLE = 2  # how the command `demo` refuses a database that is in use


def main() -> int:
    """Returns the exit code."""
    try:
        _nothing_of_ones_own()
        config = settings.load()
        program = _look_around(config)
        lock = _only_one(config.instance)  # held while this process lives  # noqa: F841
    except (settings.SettingsError, Stopped) as fault:
        print(fault, file=sys.stderr)
        return 2
    runner = Runner()
    try:
        _run(runner, config, program)
    except Stopped as reason:
        runner.say(f"\nStopping: {reason}")
        runner.stop()
        return 0 if reason.wanted else 1
    return 0


def _nothing_of_ones_own() -> None:
    named = settings.servers_named()
    if named:
        raise Stopped(f"`make run` brings servers of its own; unset {', '.join(named)}")


def _look_around(config: settings.Settings) -> Path:
    """The Redis to run. Raises Stopped with one line when this cannot work here."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", config.port))
        except OSError as error:
            raise Stopped(
                f"Port {config.port} cannot be used ({error.strerror}); choose another: make run PORT=5001"
            ) from None
    program = redis.executable()
    if program is None:
        raise Stopped(NO_REDIS)
    return program


def _only_one(instance: Path) -> int:
    """Two runs would share one database file and one Redis folder."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(instance / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Stopped("It is already running here; stop that one first") from None
    return lock


def _run(runner: Runner, config: settings.Settings, program: Path) -> None:
    ports = _servers(runner, config, program)
    runner.until(lambda: all(_answers(port) for port in ports), "Redis or the mail catcher", 15)
    _prepare(runner, config.instance)
    runner.start(PROCESSES)
    runner.until(lambda: _healthy(config.port), "the web", 60)
    _announce(runner, f"http://127.0.0.1:{config.port}", config.instance)
    runner.forever()


def _servers(runner: Runner, config: settings.Settings, program: Path) -> tuple[int, int]:
    """Write down where the servers will be, for every process of ours to read, and start them."""
    redis_port, smtp_port = _free_ports()
    folder = config.instance / "redis"
    folder.mkdir(exist_ok=True)
    password = secrets.token_urlsafe(24)
    noted = {
        "redis_port": redis_port,
        "redis_password": password,
        "smtp_port": smtp_port,
        "app_url": f"http://127.0.0.1:{config.port}",
    }
    draft = config.instance / "embedded.json.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(noted))
    draft.replace(config.instance / "embedded.json")
    runner.start({"redis": redis.command(program, redis_port, folder, keep=True, password=password)}, quiet=True)
    catcher = ["-m", "coverage_app.embedded.mail_catcher", str(smtp_port), str(config.instance / "mail")]
    runner.start({"mail": [sys.executable, *catcher]})
    return redis_port, smtp_port


def _prepare(runner: Runner, instance: Path) -> None:
    """The newest tables, and the demo firm unless there is somebody already."""
    is_seeded = (instance / "coverage.db").exists() and (instance / LOG_INS).exists()
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    _must(runner, "migrations", [*flask, "db", "upgrade"], {0})
    if not is_seeded:
        runner.say("Loading the demo …")
        _must(runner, "demo", [*flask, "demo"], {0, ALREADY_PEOPLE})


def _must(runner: Runner, name: str, command: list[str], codes: set[int]) -> None:
    code = runner.once(name, command)
    if code not in codes:
        runner.say("\n".join(runner.children[name].last_lines))
        raise Stopped(f"{name} failed with code {code}")


def _announce(runner: Runner, address: str, instance: Path) -> None:
    log_ins = instance / LOG_INS
    people = log_ins.read_text() if log_ins.exists() else "the people that you have made\n"
    line = "─" * 60
    runner.say(f"\n{line}\nOpen {address} and sign in as one of\n\n{people}")
    runner.say(f"Mail that goes out is kept in {instance / 'mail'}\nCtrl-C stops everything.\n{line}\n")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _healthy(port: int) -> bool:
    # Not urllib: it would ask a proxy that the environment names.
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
