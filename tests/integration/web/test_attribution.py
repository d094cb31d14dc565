"""What is owed for a job, as people get it: over HTTP, in the zip of results and on the command line."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from corpusmill.commands.attribution import bom, notice
from corpusmill.output import Refusal
from tests.attributions import license_
from tests.receipts import license_file, license_row, record

DOCUMENTS = ("Secret of the first.", "Secret of the second.", "Secret of the third.")


@pytest.fixture
def job(sqlite_desk) -> str:
    """A job whose results two models made, one of them under a licence of its own, one under a choice of two."""
    gemma = sqlite_desk.admit("gemma", source={"directory": "/home/anna/gemma"}, license_="gemma")
    license_row(sqlite_desk, license_("LicenseRef-gemma", use_restrictions=True, naming="Gemma"))
    license_row(sqlite_desk, license_("MIT OR Apache-2.0"))
    for model in (gemma, sqlite_desk.model):
        license_file(sqlite_desk, model, "LICENSE", "1" * 64, "The words of both.")
    job_id = sqlite_desk.submit(*DOCUMENTS)
    record(sqlite_desk, gemma, "LicenseRef-gemma", items=2)
    record(sqlite_desk, sqlite_desk.model, "MIT OR Apache-2.0")
    return job_id


@pytest.fixture
def server(app) -> Iterator[str]:
    """The application behind a socket, for clients of their own."""
    serving = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_the_notice_is_a_text_to_save_with_every_model_and_each_text_once(client, job):
    answer = client.get(f"/api/v1/jobs/{job}/notice")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{job}-NOTICE.txt"'
    rows = answer.text.splitlines()
    assert [row for row in rows if row.startswith(("1.", "2.", "3."))] == ["1. gemma", "2. marian-en-pt"]
    assert [row for row in rows if "Documents made" in row] == [
        "   Documents made with it: 2",
        "   Documents made with it: 1",
    ]
    assert answer.text.count("The words of both.") == 1
    assert "anna" not in answer.text


@pytest.mark.parametrize("path", ["notice", "bom", "bom?format=spdx"])
def test_no_text_of_a_document_is_in_any_of_them(path, client, job):
    assert "Secret" not in client.get(f"/api/v1/jobs/{job}/{path}").text


def test_a_bill_comes_in_cyclonedx_unless_asked_otherwise(client, job):
    plain, asked = (client.get(f"/api/v1/jobs/{job}/bom{query}") for query in ("", "?format=cyclonedx"))
    assert plain.content_type == asked.content_type == "application/vnd.cyclonedx+json; version=1.6"
    assert plain.headers["Content-Disposition"] == f'attachment; filename="{job}.cdx.json"'
    assert plain.json["serialNumber"] == asked.json["serialNumber"]
    licenses = [part["licenses"][0] for part in plain.json["components"] if "licenses" in part]
    assert licenses[0]["license"]["name"] == "LicenseRef-gemma"
    assert licenses[1]["expression"] == "MIT OR Apache-2.0"


def test_a_bill_comes_in_spdx(client, job):
    answer = client.get(f"/api/v1/jobs/{job}/bom?format=spdx")
    assert answer.content_type == "application/ld+json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{job}.spdx3.json"'
    packages = [element["name"] for element in answer.json["@graph"] if element["type"] == "ai_AIPackage"]
    assert packages == ["gemma", "marian-en-pt"]


@pytest.mark.parametrize("path", ["notice", "bom", "bom?format=spdx"])
def test_an_unknown_job_is_not_found(path, client):
    answer = client.get(f"/api/v1/jobs/job_none/{path}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert answer.content_type == "application/problem+json"


def test_another_format_is_refused(client, job):
    answer = client.get(f"/api/v1/jobs/{job}/bom?format=swid")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "cyclonedx, spdx" in answer.json["detail"]


def test_they_are_there_before_the_first_result(client, sqlite_desk):
    job_id = sqlite_desk.submit("one")
    assert "nothing is owed" in client.get(f"/api/v1/jobs/{job_id}/notice").text
    assert client.get(f"/api/v1/jobs/{job_id}/bom").json["components"] == []


def test_the_zip_of_results_carries_the_notice(client, job):
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{job}/results?format=zip").data))
    assert packed.read("NOTICE.txt") == client.get(f"/api/v1/jobs/{job}/notice").data


def test_they_are_described_with_their_types_and_formats(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    described = paths["/api/v1/jobs/{job_id}/bom"]["get"]
    assert list(described["responses"]["200"]["content"]) == ["application/vnd.cyclonedx+json", "application/ld+json"]
    assert described["parameters"][1]["schema"]["enum"] == ["cyclonedx", "spdx"]
    described = paths["/api/v1/jobs/{job_id}/notice"]["get"]
    assert list(described["responses"]["200"]["content"]) == ["text/plain"]


def test_the_command_line_prints_the_notice(client, job, server):
    done = CliRunner().invoke(notice, [job, "--server", server])
    assert done.exit_code == 0, done.output
    assert done.stdout == client.get(f"/api/v1/jobs/{job}/notice").text


def test_the_command_line_prints_the_notice_as_a_line_of_json(client, job, server):
    done = CliRunner().invoke(notice, [job, "--server", server, "--json"])
    assert json.loads(done.stdout) == {"job": job, "notice": client.get(f"/api/v1/jobs/{job}/notice").text}


def test_the_command_line_saves_a_bill(job, server, tmp_path):
    out = tmp_path / "bill.json"
    done = CliRunner().invoke(bom, [job, "--format", "spdx", "--out", str(out), "--server", server])
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(out.read_bytes())["@context"] == "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def test_the_command_line_prints_a_bill_as_one_line(job, server):
    done = CliRunner().invoke(bom, [job, "--server", server, "--json"])
    assert len(done.stdout.splitlines()) == 1
    assert json.loads(done.stdout)["bomFormat"] == "CycloneDX"


def test_the_command_line_refuses_an_unknown_job_and_writes_no_file(server, tmp_path):
    out = tmp_path / "notice.txt"
    done = CliRunner().invoke(notice, ["job_none", "--out", str(out), "--server", server])
    assert isinstance(done.exception, Refusal)
    assert not out.exists()
