"""The whole system as a person meets it: web on a free port, a worker, a scheduler, and Debian's Chromium."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from coverage_app.models import User
from coverage_app.settings import ROOT
from tests.fixtures.engine import wait_until
from tests.servers import free_port, missing

# The same browser without a window of its own, which takes half the time, where there is one.
CHROMIUM = next(filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None)


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: a site is of one database. (The plugin's fixture is of a kind that pytest 9 warns about.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        missing("no Chromium: install Debian's package chromium-headless-shell or chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    # Chromium takes the order of day and month in a date input from its own language, not from the page's.
    spanish = os.environ | {"LANGUAGE": "es"}
    return browser_type_launch_args | {"executable_path": str(CHROMIUM), "args": quiet, "env": spanish}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "es-ES", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[dict[str, str]], str]]:
    """One web server for each environment: it keeps nothing between two requests but its connections."""
    with ExitStack() as until_the_end:
        served: dict[str, str] = {}

        def address(environ: dict[str, str]) -> str:
            which = environ["DATABASE_URL"]
            if which not in served:
                log = tmp_path_factory.mktemp("web") / "web.log"
                served[which] = until_the_end.enter_context(_serving(environ, log))
            return served[which]

        yield address


@contextmanager
def _serving(environ: dict[str, str], log: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "coverage_app.web.server", "127.0.0.1"]
    environ = environ | {"APP_URL": url, "PORT": str(port)}
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=said, stdout=said)
    try:
        wait_until(lambda: _answers(f"{url}/healthz"), timeout=30)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def site(sites: Callable[[dict[str, str]], str], environ: dict[str, str]) -> str:
    """The address of a web server over the test's database."""
    return sites(environ)


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
