"""Results are computed again as their receipts say: by the same model, on the same text, judged as strictly as fits."""

import pytest

from corpusmill.checking import rerun
from corpusmill.checking.rerun import CLOSE, EXACT
from corpusmill.checking.verification import verify
from ledger.errors import NotFoundError
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from pipelines.engine.precision import Precision
from pipelines.errors import ModelError
from pipelines.models.options import Backend
from tests.fakes import FakePipeline
from worker.drain.batch import PIPELINE_VERSION

BODY = {
    "model": {"weights_sha256": "c" * 64},
    "pipeline_version": PIPELINE_VERSION,
    "device": "cpu",
    "dtype": "float32",
    "versions": {"fake": "1"},
    "backend": "torch",
    "context_tokens": 0,
}


@pytest.fixture
def done(sqlite_desk, monkeypatch):
    """`done({"text": output}, body change)`: a job of these texts with these outputs; its files count as whole."""
    monkeypatch.setattr("corpusmill.checking.verification.verify_files", lambda *_: None)

    def finished(outputs: dict, **change) -> str:
        desk = sqlite_desk
        job_id = desk.submit(*outputs)
        with desk.ledger.write() as session:
            held = take(
                session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=99, max_bytes=9**9
            )
            receipt = Provenance(desk.model.id, BODY | change)
            completions = [
                Completion(item.id, output, receipt, 0.1, 0.2)
                for item in held.items
                if (output := outputs[item.text]) is not None
            ]
            finish(session, held.id, completions, [], now=desk.now)
        return job_id

    return finished


@pytest.fixture
def again(sqlite_desk, tmp_path, monkeypatch):
    """`again(job, sample)`: the check that computes again, and how the model was opened."""
    opened: list = []

    def load(directory, task, **how):
        opened.append((directory, task, how))
        return FakePipeline()

    monkeypatch.setattr(rerun, "load", load)

    def run(job_id: str, sample: int = 9):
        checks = verify(sqlite_desk.ledger, tmp_path, job_id, sample=sample)
        return [check for check in checks if check.name.startswith("computed again")], opened

    return run


def test_outputs_that_are_the_same_again_are_right(done, again, tmp_path):
    (check,), opened = again(done({"one": {"text": "ONE"}, "two": {"text": "TWO"}}))
    assert (check.checked, check.wrong, check.note) == (2, (), EXACT)
    assert check.name == "computed again: marian-en-pt, float32"
    ((directory, task, how),) = opened
    assert (directory, task.name) == (tmp_path / "marian-en-pt/aaaaaaaaaaaa", "translation")
    assert (how["options"].precision, how["options"].backend, how["device"]) == (
        Precision.FLOAT32,
        Backend.TORCH,
        "cpu",
    )
    assert (how["options"].context_tokens, how["options"].stand_ins) == (0, None)


def test_an_output_that_differs_is_told_by_its_document(done, again):
    (check,), _ = again(done({"one": {"text": "ONE"}, "two": {"text": "OTHER"}}))
    assert check.wrong == ("doc-1: another output",)


def test_what_fails_this_time_is_told(done, again):
    (check,), _ = again(done({"empty": {"text": "SOMETHING"}}))
    assert check.wrong == ("doc-0: no output this time",)


def test_texts_of_another_format_may_differ_a_little(done, again):
    long = "the quick brown fox jumps over the lazy dog again and again"
    (check,), _ = again(done({long: {"text": long.upper() + "!"}}, dtype="bfloat16"))
    assert (check.wrong, check.note) == ((), CLOSE)
    (check,), _ = again(done({"a text": {"text": "zzzzzz"}}, dtype="bfloat16"))
    assert check.wrong == ("doc-0: other names",)


def test_scores_of_another_format_may_differ_by_a_twentieth(monkeypatch):
    from types import SimpleNamespace

    from pipelines.tasks.base import Outcome

    stored = SimpleNamespace(result=SimpleNamespace(output={"label": "a", "scores": {"a": 0.9, "b": 0.1}}, flags=[]))
    near = Outcome({"label": "a", "scores": {"a": 0.86, "b": 0.14}})
    far = Outcome({"label": "a", "scores": {"a": 0.84, "b": 0.1}})
    assert rerun._difference(stored, near, exact=False) == ""
    assert rerun._difference(stored, far, exact=False) == "scores: a: differs by 0.06"
    assert rerun._difference(stored, near, exact=True) == "another output"


def test_each_receipt_is_computed_again_by_itself(done, again, sqlite_desk):
    job_id = sqlite_desk.submit("one", "two")
    for position, body in enumerate((BODY, BODY | {"context_tokens": 64, "stand_ins": ["§"]})):
        with sqlite_desk.ledger.write() as session:
            held = take(
                session,
                worker_id="w",
                queue=sqlite_desk.queue,
                now=sqlite_desk.now,
                lease_seconds=60,
                max_items=1,
                max_bytes=9**9,
            )
            text = ("ONE", "TWO")[position]
            completion = Completion(held.items[0].id, {"text": text}, Provenance(sqlite_desk.model.id, body), 0.1, 0.2)
            finish(session, held.id, [completion], [], now=sqlite_desk.now)
    checks, opened = again(job_id)
    assert [(check.checked, check.wrong) for check in checks] == [(1, ()), (1, ())]
    assert [how["options"].context_tokens for _, _, how in opened] == [0, 64]
    assert [how["options"].stand_ins for _, _, how in opened] == [None, ("§",)]


def test_a_model_that_cannot_be_opened_is_what_is_wrong(done, again, monkeypatch):
    job_id = done({"one": {"text": "ONE"}})

    def unfit(*_, **__):
        raise ModelError("changed", "Its files were changed.")

    monkeypatch.setattr(rerun, "load", unfit)
    (check,), _ = again(job_id)
    assert (check.checked, check.wrong) == (0, ("Its files were changed.",))


@pytest.mark.parametrize(("sample", "looked_at"), [(1, 1), (2, 2), (3, 3), (9, 6)])
def test_a_sample_is_as_large_as_asked_and_passes_over_what_has_no_result(done, again, sample, looked_at):
    outputs = {f"text {n}": {"text": f"TEXT {n}"} if n < 6 else None for n in range(8)}
    (check,), _ = again(done(outputs), sample)
    assert check.checked == looked_at


def test_a_sample_is_at_random_and_the_same_with_the_seed_that_was_told(done, sqlite_desk, tmp_path, again):
    job_id = done({f"text {n}": {"text": "OTHER"} for n in range(200)})

    def drawn(seed: int | None) -> tuple[tuple[str, ...], int]:
        *_, sample, computed = verify(sqlite_desk.ledger, tmp_path, job_id, sample=9, seed=seed)
        return computed.wrong, int(sample.note.split()[3])

    again(job_id)
    first, seed = drawn(None)
    second, other = drawn(None)
    assert first != second
    assert seed != other
    assert drawn(seed) == (first, seed)
    assert len(first) == 9


def test_without_a_sample_and_where_files_are_wrong_nothing_is_computed(done, again, monkeypatch):
    job_id = done({"one": {"text": "ONE"}})
    assert again(job_id, 0) == ([], [])

    def changed(*_):
        raise ModelError("changed", "model.safetensors was changed.")

    monkeypatch.setattr("corpusmill.checking.verification.verify_files", changed)
    assert again(job_id) == ([], [])


def test_a_job_that_is_not_there_is_refused(sqlite_desk, tmp_path):
    with pytest.raises(NotFoundError, match="No job has the id job_x"):
        verify(sqlite_desk.ledger, tmp_path, "job_x", sample=1)
