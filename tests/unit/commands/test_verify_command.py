"""`corpusmill verify` ends with the status that says whether a job holds what its receipts claim."""

import hashlib
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from corpusmill.cli import app
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.stamps import key
from ledger.work.stamps.result import stamped
from ledger.work.tables import Document, Receipt, Result, TextRow

WEIGHTS = b"not really weights"
WHOLE = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def job(sqlite_desk, tmp_path, monkeypatch) -> str:
    """A job with one result of a model whose files are there."""
    monkeypatch.setenv("CORPUSMILL_DATA_DIR", str(tmp_path))
    folder = tmp_path / "models" / "checked"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    manifest = {"model.safetensors": WHOLE}
    model = sqlite_desk.admit("checked", directory="checked", manifest=manifest, weights_sha256=WHOLE)
    job_id = sqlite_desk.submit("One.", model_id=model.id, queue="translation.checked")
    key.make(tmp_path / "stamps", after_item=0)
    now = sqlite_desk.now
    with sqlite_desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue="translation.checked", now=now, lease_seconds=60, max_items=9, max_bytes=9**9
        )
        provenance = Provenance(model.id, {"model": {"weights_sha256": WHOLE}})
        done = [Completion(held.items[0].id, {"text": "Um."}, provenance, 0.1, 0.2, [])]
        finish(session, held.id, stamped(key.read(tmp_path / "stamps"), held.items, done), [], now=now)
    return job_id


def verified(job_id: str) -> tuple[int, dict[str, list[str]]]:
    done = CliRunner().invoke(app, ["verify", job_id, "--sample", "0", "--json"])
    return done.exit_code, {check["name"]: check["wrong"] for check in map(json.loads, done.stdout.splitlines())}


def test_a_job_as_it_should_be_ends_with_0(job):
    names = ("stamps", "closing", "documents", "receipts", "flags", "models")
    assert verified(job) == (0, {name: [] for name in names})


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (update(TextRow).values(body=b"Two."), "documents"),
        (update(Receipt).values(body={"model": {"weights_sha256": "00"}}), "models"),
        (update(Receipt).values(digest="00"), "receipts"),
        (update(Receipt).values(body={"model": {"weights_sha256": WHOLE}, "files": {"all": "00"}}), "models"),
        (update(Result).values(output={"text": "Uma."}), "stamps"),
        (update(Document).values(custom_id="other"), "closing"),
        (update(Result).values(flags=[{"code": "x", "start": 0, "end": 0}]), "flags"),
    ],
)
def test_whatever_is_wrong_ends_with_4(job, sqlite_desk, change, check):
    assert verified(job)[0] == 0
    with sqlite_desk.ledger.write() as session:
        session.execute(change)
    status, wrong = verified(job)
    assert status == 4
    assert wrong[check]


def test_a_changed_file_of_the_model_ends_with_4(job, tmp_path):
    (tmp_path / "models" / "checked" / "model.safetensors").write_bytes(b"others")
    status, wrong = verified(job)
    assert status == 4
    assert "model.safetensors" in wrong["models"][0]


def test_an_unknown_job_is_refused(job):
    done = CliRunner().invoke(app, ["verify", "job_x"])
    assert "No job has the id job_x." in str(done.exception)
    assert type(done.exception).status == 3


def test_without_the_key_of_the_stamps_it_is_refused_with_what_to_do(job, tmp_path):
    (tmp_path / "stamps" / key.FILE).unlink()
    done = CliRunner().invoke(app, ["verify", job])
    assert "the key that results are stamped with" in str(done.exception)
    assert type(done.exception).status == 3
