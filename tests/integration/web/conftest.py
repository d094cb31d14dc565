"""The web application on a real ledger, without a server."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from corpusmill.settings import load
from webui import create_app


@pytest.fixture
def notified() -> list[str]:
    """The queues that were announced."""
    return []


@pytest.fixture
def app(sqlite_desk, tmp_path, notified) -> Flask:
    """The application with small limits and one directory open to corpora."""
    settings = load(
        data_dir=tmp_path,
        database_url=sqlite_desk.ledger.url,
        max_document_bytes=2000,
        max_upload_bytes=1_000_000,
        max_documents=50,
        corpus_roots=(tmp_path / "open",),
    )
    return create_app(settings, sqlite_desk.ledger, notified.append)


@pytest.fixture
def client(app) -> FlaskClient:
    """A client of it."""
    return app.test_client()
