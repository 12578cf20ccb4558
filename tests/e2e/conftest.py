"""The whole system as a person meets it: gunicorn on a free port, a worker, a scheduler, and Debian's Chromium."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from coverage_app.models import User
from coverage_app.settings import ROOT
from tests.fixtures.engine import wait_until
from tests.servers import free_port, missing

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test has a site of its own. (The plugin's fixture is of a kind that pytest 9 warns about.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not CHROMIUM.exists():
        missing("no Chromium: install Debian's package chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    # Chromium takes the order of day and month in a date input from its own language, not from the page's.
    spanish = os.environ | {"LANGUAGE": "es"}
    return browser_type_launch_args | {"executable_path": str(CHROMIUM), "args": quiet, "env": spanish}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "es-ES", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def site(environ: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a web server of the test's own."""
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4"]
    command += ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    with (tmp_path / "web.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environ | {"APP_URL": url}, stderr=log, stdout=log)
    try:
        wait_until(lambda: _answers(f"{url}/healthz"), timeout=30)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def enter(page: Page, site: str, password: str) -> Any:
    """Signs somebody in by filling in the form."""

    def signed_in(user: User) -> Page:
        page.goto(site)
        page.get_by_label("Correo").fill(user.email)
        page.get_by_label("Contraseña", exact=True).fill(password)
        page.get_by_role("button", name="Entrar").click()
        page.wait_for_url(f"{site}/")
        return page

    return signed_in


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False
