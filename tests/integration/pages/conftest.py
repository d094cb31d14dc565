"""The pages of a filled ledger, without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web_ledger import Sample, filled
from webui import create_app


@pytest.fixture
def notified() -> list[str]:
    return []


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    made = filled(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def client(sample: Sample, notified: list[str]) -> FlaskClient:
    return create_app(sample.settings, sample.ledger, notified.append).test_client()
