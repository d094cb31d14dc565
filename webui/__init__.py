"""The Flask front end: API, pages, uploads, downloads. Imports the ledger, settings, declared tasks; never torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from corpusmill.settings import Settings
from ledger.engine import Ledger
from webui import context, guard, pages
from webui.api import attribution, catalog, corpora, documentation, health, jobs, queues, results, reviews, schedules
from webui.intake.files.spool import SpooledRequest
from webui.intake.requests import addresses

FORM_FIELDS = 100
FORM_FIELD_BYTES = 1_000_000
"""What the fields of a form may be beside its files and its pasted text."""


def create_app(settings: Settings, ledger: Ledger, notify: Callable[[str], None]) -> Flask:
    """The web application. `notify` is handed the queue of each accepted job after its commit and must not block."""
    app = Flask(__name__, static_folder=Path(__file__).parent / "static")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + FORM_FIELD_BYTES,
        MAX_FORM_PARTS=settings.max_documents + FORM_FIELDS,
        MAX_FORM_MEMORY_SIZE=settings.max_document_bytes + FORM_FIELD_BYTES,
    )
    app.request_class = SpooledRequest
    json_provider: Any = app.json
    json_provider.sort_keys = False
    context.attach(app, settings, ledger, notify)
    guard.register(app, settings)
    addresses.register(app)
    for part in (jobs, queues, results, reviews, attribution, catalog, corpora, schedules, documentation, health):
        app.register_blueprint(part.blueprint)
    pages.register(app)
    return app
