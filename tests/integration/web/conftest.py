"""The web application on a real ledger, without a server."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from corpusmill.settings import load
from ledger.work.tables import Document, Job, TextRow, WorkItem
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


@pytest.fixture
def rows(sqlite_desk) -> Callable[[], dict[str, int]]:
    def count() -> dict[str, int]:
        with sqlite_desk.ledger.read() as session:
            return {
                t.__tablename__: session.scalar(select(func.count()).select_from(t))
                for t in (Job, WorkItem, Document, TextRow)
            }

    return count
