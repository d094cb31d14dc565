"""The Flask front end: API, pages, uploads, downloads. Imports ledger, settings and the spec of tasks; never torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from corpusmill.settings import Settings
from ledger.engine import Ledger
from webui import context, guard, pages
from webui.api import attribution, catalog, corpora, documentation, health, jobs, queues, results, schedules
from webui.intake import addresses

MAX_FORM_PARTS = 100_000
MAX_FORM_FIELD_BYTES = 64_000_000
"""The JSON of a `job` form field may hold a job's pasted text."""


def create_app(settings: Settings, ledger: Ledger, notify: Callable[[str], None]) -> Flask:
    """The web application. `notify` is handed the queue of each accepted job after its commit and must not block."""
    app = Flask(__name__, static_folder=Path(__file__).parent / "static")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_FIELD_BYTES,
    )
    json_provider: Any = app.json
    json_provider.sort_keys = False
    context.attach(app, settings, ledger, notify)
    guard.register(app, settings)
    addresses.register(app)
    for part in (jobs, queues, results, attribution, catalog, corpora, schedules, documentation, health):
        app.register_blueprint(part.blueprint)
    pages.register(app)
    return app
