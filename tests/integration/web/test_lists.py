"""Lists of documents read what they show: however long results are, they stay in the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from ledger.work.tables import Result
from tests.web_ledger import Sample, filled
from webui import create_app


@pytest.fixture
def sample(tmp_path) -> Iterator[Sample]:
    made = filled(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def client(sample) -> FlaskClient:
    return create_app(sample.settings, sample.ledger, print).test_client()


@contextmanager
def asked(sample: Sample) -> Iterator[tuple[list[str], list[Result]]]:
    """The statements that are asked meanwhile, and the results that come back whole."""
    statements: list[str] = []
    read: list[Result] = []

    def note(connection, cursor, statement, *_) -> None:
        statements.append(statement)

    def came(result, _) -> None:
        read.append(result)

    event.listen(sample.ledger._reader, "before_cursor_execute", note)
    event.listen(Result, "load", came)
    try:
        yield statements, read
    finally:
        event.remove(sample.ledger._reader, "before_cursor_execute", note)
        event.remove(Result, "load", came)


@pytest.mark.parametrize(
    "path", ["/api/v1/jobs/{}/documents", "/jobs/{}", "/jobs/{}?status=completed", "/jobs/{}?flagged=true"]
)
def test_a_list_of_documents_reads_no_output(path, sample, client):
    for job in ("translated", "summarized", "running", "broken"):
        with asked(sample) as (statements, read):
            assert client.get(path.format(sample.jobs[job])).status_code == 200
        assert any("FROM work_items" in statement for statement in statements)
        assert read == []
        assert [statement for statement in statements if "results.output" in statement] == []


def test_a_page_reads_the_labels_of_outputs_and_no_more_of_them(sample, client):
    with asked(sample) as (_, read):
        page = client.get(f"/jobs/{sample.jobs['judged']}").text
    assert '<small class="answer">positive</small>' in page
    assert read == []


def test_a_document_of_its_own_is_shown_with_its_output(sample, client):
    with asked(sample) as (_, read):
        assert client.get(f"/api/v1/jobs/{sample.jobs['translated']}/documents/0").json["result"]["output"]
    assert len(read) == 1
