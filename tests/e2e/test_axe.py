"""The tests of accessibility would fail where there is something to find."""

from playwright.sync_api import Page

from tests.e2e.axe import faults


def test_a_fault_would_be_seen(page: Page) -> None:
    page.set_content('<html lang="es"><title>A</title><main><h1>B</h1><img src="c"><div style="width: 3000px">D</div>')
    assert [fault.partition(":")[0] for fault in faults(page)] == ["image-alt", "too wide"]
