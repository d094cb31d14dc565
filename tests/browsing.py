"""A served sample, a page of it in a real browser, and what hinders people there. Imports playwright."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page
from waitress.server import create_server

from tests.web_ledger import Sample
from webui import create_app

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = Path(__file__).parent / "data" / "axe" / "axe.min.js"
SCREENSHOTS = Path(__file__).parents[1] / "var" / "screenshots"


@dataclass(slots=True)
class Site:
    """A served sample and the queues that it was told of."""

    url: str
    sample: Sample
    notified: list[str] = field(default_factory=list)


def served(sample: Sample) -> Iterator[Site]:
    site = Site("", sample)
    server = create_server(create_app(sample.settings, sample.ledger, site.notified.append), host="127.0.0.1", port=0)
    site.url = f"http://127.0.0.1:{server.effective_port}"
    thread = threading.Thread(target=server.run)
    thread.start()
    yield site
    server.close()
    thread.join()
    sample.ledger.close()


@dataclass(slots=True)
class Visit:
    """A page and everything that its console said."""

    page: Page
    complaints: list[str] = field(default_factory=list)


def visit(context: BrowserContext) -> Visit:
    made = Visit(context.new_page())
    made.page.on(
        "console", lambda said: made.complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    return made


def barriers(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, which is run by the debugger and so is not held by the CSP."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
