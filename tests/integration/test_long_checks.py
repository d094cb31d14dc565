"""What takes minutes (hashing, reading files, a model) happens while no transaction is open, on both databases."""

import hashlib
from types import SimpleNamespace

import pytest

from corpusmill.checking import comparison, rerun, verification
from ledger.corpora.corpus import add_corpus
from ledger.corpora.scan import scan
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from tests.fakes import FakePipeline

WEIGHTS = b"not really weights"
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
FLAG = {"code": "untranslated", "start": 0, "end": 3, "detail": "It reads as before."}
RECEIPT = {
    "model": {"weights_sha256": SHA256},
    "device": "cpu",
    "dtype": "float32",
    "backend": "torch",
    "context_tokens": None,
    "versions": {},
}


@pytest.fixture
def watched(desk, tmp_path):
    """A job of three documents with results by a model whose files are there, and a look at open transactions."""
    folder = tmp_path / "models" / "checked"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    manifest = {"model.safetensors": SHA256}
    model = desk.admit("checked", directory="checked", manifest=manifest, weights_sha256=SHA256)
    job_id = desk.submit("one", "two", "six", model_id=model.id, queue="translation.checked")
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue="translation.checked", now=desk.now, lease_seconds=60, max_items=9,
            max_bytes=9**9,
        )  # fmt: skip
        done = [
            Completion(item.id, {"text": item.text.upper()}, Provenance(model.id, RECEIPT), 0.1, 0.2, [FLAG])
            for item in held.items
        ]
        finish(session, held.id, done, [], now=desk.now)
    return SimpleNamespace(ledger=desk.ledger, job_id=job_id, models_dir=tmp_path / "models", seen=[])


def look(watched, what: str) -> None:
    """Take down how many transactions are open while `what` is done."""
    pools = {engine.pool for engine in (watched.ledger._reader, watched.ledger._writer)}
    watched.seen.append((what, sum(pool.checkedout() for pool in pools)))


def looking(watched, what: str, real):
    def call(*given, **named):
        look(watched, what)
        return real(*given, **named)

    return call


def test_a_job_is_verified_with_no_transaction_open(watched, monkeypatch):
    pipeline = FakePipeline(during_infer=lambda: look(watched, "compute"))
    monkeypatch.setattr(rerun, "load", looking(watched, "load", lambda *_, **__: pipeline))
    monkeypatch.setattr(verification, "verify_files", looking(watched, "files", verification.verify_files))
    monkeypatch.setattr(verification, "hashlib", SimpleNamespace(sha256=looking(watched, "documents", hashlib.sha256)))
    monkeypatch.setattr(verification, "_faults", looking(watched, "flags", verification._faults))
    checks = verification.verify(watched.ledger, watched.models_dir, watched.job_id, sample=2)
    assert [check.checked for check in checks] == [3, 1, 3, 1, 2, 2]
    assert [check.wrong for check in checks] == [()] * 6
    assert watched.seen == [
        *[("documents", 0)] * 3,
        *[("flags", 0)] * 3,
        ("files", 0),
        ("load", 0),
        ("compute", 0),
    ]


def test_documents_to_compare_models_by_are_read_with_no_transaction_open(watched, desk, tmp_path, monkeypatch):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "one.txt").write_text("One letter.")
    with desk.ledger.write() as session:
        corpus = add_corpus(session, name="letters", directory=folder, language="en", now=desk.now)
    scan(desk.ledger, corpus)
    monkeypatch.setattr(comparison, "read", looking(watched, "read", comparison.read))
    assert comparison.sample(desk.ledger, corpus, 5) == [("One letter.", "en")]
    assert watched.seen == [("read", 0)]
