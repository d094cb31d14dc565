"""A real browser on served pages; without chromium its tests are passed over."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browsing import ARGUMENTS, CHROMIUM, Site, Visit, served, visit
from tests.web_ledger import empty, filled


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from served(filled(tmp_path_factory.mktemp("filled")))


@pytest.fixture(scope="module")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from served(empty(tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, BrowserContext]]:
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 860})
    yield request.param, context
    context.close()


@pytest.fixture
def user(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    made = visit(context)
    yield made
    context.close()
    assert made.complaints == []
