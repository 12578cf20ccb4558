"""What is wrong with a page as readers have it: what axe-core finds, and whether it scrolls sideways."""

from collections.abc import Callable, Iterable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Every page is looked at in the light on a desk, and in the dark on a phone.
READERS: tuple[tuple[Any, int], ...] = (("light", 1280), ("dark", 360))
# Style sheets and media are what axe would load once more, for rules that are off or about sound.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def faults(page: Page) -> list[str]:
    """Of the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options).then(found => found.violations)", OPTIONS)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in found] + ["too wide"] * wide


def faults_for_all(page: Page) -> dict[tuple[str, int], list[str]]:
    """Of the page as it stands, for each of the READERS who would find any."""
    found = {}
    for scheme, width in READERS:
        _as_for(page, scheme, width)
        if here := faults(page):
            found[scheme, width] = here
    return found


def faults_of(
    page: Page, addresses: Iterable[str], prepare: Callable[[Page], object] = lambda _page: None
) -> dict[str, dict[tuple[str, int], list[str]]]:
    """Of the pages at ``addresses``: each opened on a desk, prepared, looked at, and then made as narrow as a phone."""
    found = {}
    for address in addresses:
        _as_for(page, *READERS[0])
        page.goto(address)
        prepare(page)
        if here := faults_for_all(page):
            found[address] = here
    return found


def _as_for(page: Page, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # nothing is half-way to another colour
    page.set_viewport_size({"width": width, "height": 800})
