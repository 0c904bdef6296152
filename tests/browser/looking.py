"""What holds of every page, whatever is on it."""

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_axe = Axe()


def look_at(page: Page, addresses: Iterable[str]) -> None:
    """With everything unfolded, a page is no wider than the screen, and axe-core finds nothing to complain about."""
    assert page.viewport_size
    for address in addresses:
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], address
        found = _axe.run(page)
        assert not found.violations_count, f"{address}\n{found.generate_report()}"
