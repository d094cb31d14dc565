"""Every page in a real browser: it raises no error under the strict CSP, puts up no barrier and fits a phone."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browsing import CHROMIUM, SCREENSHOTS, Site, barriers, visit
from tests.web_ledger import Sample

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: Debian's package is chromium")


def paths(sample: Sample) -> dict[str, str]:
    jobs, models = sample.jobs, sample.models
    return {
        "overview": "/",
        "jobs": "/jobs",
        "jobs-flagged": "/jobs?flagged=true",
        "flags": "/flags#number_changed",
        "new-job": "/jobs/new",
        "models": "/models",
        "model": f"/models/{models['nc/translator-large']}",
        "licenses": "/licenses",
        "licenses-commercial": "/licenses?commercial=yes",
        "job-licenses": f"/jobs/{jobs['translated']}/licenses",
        "corpora": "/corpora",
        "missing": "/nothing/here",
        "job-running": f"/jobs/{jobs['running']}",
        "job-queued": f"/jobs/{jobs['queued']}",
        "job-flagged": f"/jobs/{jobs['translated']}?flagged=true",
        "job-failures": f"/jobs/{jobs['broken']}?status=discarded",
        "job-cancelled": f"/jobs/{jobs['cancelled']}",
        "translation": f"/jobs/{jobs['translated']}/documents/0",
        "hostile": f"/jobs/{jobs['translated']}/documents/3",
        "summary": f"/jobs/{jobs['summarized']}/documents/0",
        "sentiment": f"/jobs/{jobs['judged']}/documents/0",
    }


def test_no_page_complains_or_puts_up_a_barrier(site: Site, themed: tuple[str, BrowserContext]) -> None:
    theme, context = themed
    found: dict[str, list[str]] = {}
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, path in paths(site.sample).items():
        opened = visit(context)
        opened.page.goto(site.url + path)
        opened.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}.png", full_page=True)
        wanted = [text for text in opened.complaints if not (name == "missing" and "404" in text)]
        problems = wanted + barriers(opened.page)
        opened.page.close()
        if problems:
            found[name] = problems
    assert found == {}


def test_an_empty_installation_says_how_to_begin(bare_site: Site, themed: tuple[str, BrowserContext]) -> None:
    theme, context = themed
    for name, path in (
        ("overview", "/"),
        ("jobs", "/jobs"),
        ("new-job", "/jobs/new"),
        ("models", "/models"),
        ("corpora", "/corpora"),
    ):
        opened = visit(context)
        opened.page.goto(bare_site.url + path)
        opened.page.screenshot(path=SCREENSHOTS / f"empty-{name}-{theme}.png", full_page=True)
        assert opened.complaints + barriers(opened.page) == []
        if name == "overview":
            expect(opened.page.get_by_text(f"--server {bare_site.url}")).to_be_visible()
        opened.page.close()


def test_no_page_is_wider_than_a_phone(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    wide = {}
    for name, path in paths(site.sample).items():
        page = context.new_page()
        page.goto(site.url + path)
        page.screenshot(path=SCREENSHOTS / f"phone-{name}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[name] = width
        page.close()
    context.close()
    assert wide == {}
