"""`corpusmill verify` finds whatever is changed behind the ledger's back, in any result, on both databases."""

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, text, update

from corpusmill.checking.binding import bindings
from ledger.errors import NotFoundError, StampError
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.stamps import closing, key
from ledger.work.stamps.chain import Chain
from ledger.work.stamps.result import stamped
from ledger.work.tables import Document, Job, Receipt, Result, WorkItem
from tests.work import take

BODY = {"model": {"weights_sha256": "c" * 64}, "parameters": {"to": "pt"}, "verdict": {"allowed": True}}
WORDS = "The board did not approve 1,250 euros for Maria Lopes on 7 May, and nobody asked John."
SCORES = {"negative": 0.125, "neutral": 0.25, "positive": 0.625}


def label(name: str) -> dict:
    return {"label": name, "scores": SCORES}


def record(desk, stamps_dir, outputs, *, body=BODY):
    """A job whose documents have these outputs, recorded as a worker records them."""
    job_id = desk.submit(*(f"text {n} é" for n in range(len(outputs))))
    complete(desk, stamps_dir, outputs, body=body)
    return job_id


def complete(desk, stamps_dir, outputs, *, body=BODY) -> None:
    held = take(desk, items=len(outputs))
    receipt = Provenance(desk.model.id, body)
    made = [Completion(item.id, output, receipt, 0.1, 0.2) for item, output in zip(held.items, outputs, strict=True)]
    with desk.ledger.write() as session:
        finish(session, held.id, stamped(key.read(stamps_dir), held.items, made), [], now=desk.now)


@pytest.fixture
def job(desk, stamps_dir):
    """A job of four results, closed; `plant(...)` does to the database what whoever has no key can do."""
    outputs = [{"text": WORDS}, {"text": "Nada."}, label("positive"), {"text": "é😀\u2028", "spans": [[0, 1.5]]}]
    job_id = record(desk, stamps_dir, outputs)
    found = SimpleNamespace(id=job_id, desk=desk, stamps_dir=stamps_dir)
    found.wrong = lambda: {check.name: check.wrong for check in bindings(desk.ledger, stamps_dir, job_id)}
    assert found.wrong() == {"stamps": (), "closing": ()}

    def plant(*statements) -> None:
        with desk.ledger.write() as session:
            thaw(session)
            for statement in statements:
                session.execute(statement)

    found.plant = plant
    with desk.ledger.read() as session:
        found.items = list(session.scalars(select(WorkItem.id).where(WorkItem.job_id == job_id).order_by(WorkItem.id)))
    return found


def thaw(session) -> None:
    """Have ended items changed, which the ledger's trigger forbids."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL corpusmill.filling = 'on'"))
    else:
        session.execute(text("DROP TRIGGER IF EXISTS work_items_frozen"))


DIGITS = [WORDS.replace(old, new) for old, new in (("1,250", "91,250"), ("1,250", "1,260"), ("7 May", "17 May"))]
NAMES = [WORDS.replace(old, new) for old, new in (("Maria", "Marta"), ("Lopes", "Gomes"), ("John", "Joan"))]
NEGATED = [
    WORDS.replace(old, new) for old, new in (("not ", ""), ("nobody", "somebody"), ("and nobody", "and not nobody"))
]
LABELS = ["negative", "neutral", "mixed", "positive "]
PLANTED = [{"text": DIGITS[n % 3] + "." * (n // 3)} for n in range(25)]
PLANTED += [{"text": NAMES[n % 3] + " " * (n // 3)} for n in range(25)]
PLANTED += [{"text": NEGATED[n % 3] + "!" * (n // 3)} for n in range(25)]
PLANTED += [label(LABELS[n % 4]) | {"note": n} if n > 3 else label(LABELS[n]) for n in range(25)]


def test_a_hundred_of_a_hundred_planted_changes_are_found(job):
    missed = []
    for number, output in enumerate(PLANTED):
        place = 2 if "label" in output else 0
        one = Result.item_id == job.items[place]
        with job.desk.ledger.read() as session:
            before = session.scalars(select(Result.output).where(one)).one()
        job.plant(update(Result).where(one).values(output=output))
        found = job.wrong()["stamps"]
        if found != (f"doc-{place}: its result, document or receipt is not what was stamped",):
            missed.append((number, found))
        job.plant(update(Result).where(one).values(output=before))
    assert len(PLANTED) == 100
    assert missed == []
    assert job.wrong() == {"stamps": (), "closing": ()}


CHANGED = "its result, document or receipt is not what was stamped"


@pytest.mark.parametrize(
    ("statements", "documents"),
    [
        ([update(Result).values(flags=[{"code": "x"}])], [0, 1, 2, 3]),
        ([update(Document).where(Document.custom_id == "doc-1").values(custom_id="doc-9")], []),
        ([update(Document).where(Document.custom_id == "doc-1").values(name="other.txt")], []),
        ([update(Job).values(parameters={"from": "en", "to": "de"})], []),
        ([update(Document).values(language="de")], []),
        ([update(Job).values(purpose="commercial")], []),
        ([update(WorkItem).where(WorkItem.position == 3).values(position=4)], []),
    ],
)
def test_whatever_else_is_changed_is_found(job, statements, documents):
    job.plant(*statements)
    found = job.wrong()
    assert found["stamps"] == tuple(f"doc-{n}: {CHANGED}" for n in documents)
    assert bool(found["closing"]) is not bool(documents)


@pytest.mark.parametrize("change", [{"verdict": {"allowed": False}}, {"files": {"adapter": "d" * 64}}, {"dtype": "x"}])
def test_a_receipt_that_was_changed_with_its_digest_is_found_in_every_result(job, change):
    with job.desk.ledger.read() as session:
        body = session.scalars(select(Receipt.body)).one() | change
    digest = Provenance(job.desk.model.id, body).digest
    job.plant(update(Receipt).values(body=body, digest=digest))
    assert job.wrong()["stamps"] == tuple(f"doc-{n}: {CHANGED}" for n in range(4))


def test_results_that_were_swapped_are_found(job):
    first, second, *_ = job.items
    swap = (
        "UPDATE results SET output = other.output, stamp = other.stamp FROM results AS other "
        f"WHERE results.item_id + other.item_id = {first + second} AND results.item_id IN ({first}, {second})"
    )
    job.plant(text(swap))
    assert job.wrong()["stamps"] == (f"doc-0: {CHANGED}", f"doc-1: {CHANGED}")
    assert job.wrong()["closing"]


def test_documents_that_were_swapped_are_found(job):
    first, second, *_ = job.items
    with job.desk.ledger.read() as session:
        of = dict(session.execute(select(WorkItem.id, WorkItem.document_id)).all())
    job.plant(
        update(WorkItem).where(WorkItem.id == first).values(document_id=of[second]),
        update(WorkItem).where(WorkItem.id == second).values(document_id=of[first]),
    )
    assert len(job.wrong()["stamps"]) == 2


def test_a_result_that_was_taken_out_is_found(job):
    job.plant(delete(Result).where(Result.item_id == job.items[1]))
    assert job.wrong()["stamps"] == ("doc-1: it has no result",)


def discarded(job):
    gone = WorkItem.id == job.items[1]
    return (
        delete(Result).where(Result.item_id == job.items[1]),
        update(WorkItem).where(gone).values(state="discarded", reason="input"),
    )


def test_a_document_that_is_said_to_have_failed_is_found(job):
    job.plant(*discarded(job))
    assert job.wrong()["stamps"] == ()
    assert job.wrong()["closing"] == (
        "what was asked, a document, a state or a result is not there as it was at the end",
    )


def test_a_job_that_is_closed_again_after_a_change_is_found(job):
    job.plant(*discarded(job), update(Job).values(unclosed=True))
    assert closing.pending(job.desk.ledger) == [job.id]
    assert job.wrong()["closing"] == ("the job was closed again, otherwise than at first",)
    assert closing.pending(job.desk.ledger) == []


def test_a_job_that_is_closed_again_as_it_is_stays_right(job):
    """As after a process that was killed between the chain and the ledger."""
    job.plant(update(Job).values(unclosed=True))
    assert job.wrong()["closing"] == ()
    assert job.wrong()["closing"] == ()


def test_a_job_that_claims_to_be_closed_and_never_was_is_found(desk, stamps_dir):
    job_id = record(desk, stamps_dir, [{"text": "Um."}])
    with desk.ledger.write() as session:
        session.execute(update(Job).values(unclosed=False))
    _, found = bindings(desk.ledger, stamps_dir, job_id)
    assert found.wrong == ("the job has ended, and the chain does not say how",)


def test_a_stamp_that_was_taken_away_is_found(job):
    job.plant(update(Result).where(Result.item_id == job.items[0]).values(stamp=None))
    assert job.wrong()["stamps"] == ("doc-0: its result has no stamp",)


def test_a_result_of_another_installation_is_told_by_its_key(job, tmp_path):
    key.make(tmp_path / "other", after_item=0)
    own, other = (key.read(folder).name for folder in (job.stamps_dir, tmp_path / "other"))
    stamps, chain = bindings(job.desk.ledger, tmp_path / "other", job.id)
    assert stamps.wrong[0] == f"doc-0: its receipt names the key {own}, not {other}"
    assert chain.wrong == ("the job has ended, and the chain does not say how",)


def test_results_from_before_the_key_are_counted_and_right(desk, tmp_path):
    job_id = desk.submit("one")
    held = take(desk)
    with desk.ledger.write() as session:
        done = Completion(held.items[0].id, {"text": "um"}, Provenance(desk.model.id, BODY), 0.1, 0.2)
        finish(session, held.id, [done], [], now=desk.now)
        session.execute(update(Job).values(unclosed=False))
    key.make(tmp_path / "stamps", after_item=held.items[0].id)
    stamps, end = bindings(desk.ledger, tmp_path / "stamps", job_id)
    assert (stamps.checked, stamps.wrong) == (1, ())
    assert stamps.note.endswith("; 1 from before the stamps")
    assert (end.checked, end.wrong, end.note) == (0, (), "the job is from before the stamps")


def test_a_job_that_goes_on_has_no_end_to_look_at(desk, stamps_dir):
    job_id = desk.submit("one", "two")
    complete(desk, stamps_dir, [{"text": "um"}])
    stamps, end = bindings(desk.ledger, stamps_dir, job_id)
    assert (stamps.checked, end.note) == (1, "the job has not ended")
    complete(desk, stamps_dir, [{"text": "dois"}], body=BODY | {"device": "cuda:0"})
    stamps, end = bindings(desk.ledger, stamps_dir, job_id)
    assert (stamps.checked, stamps.wrong, end.checked, end.wrong) == (2, (), 1, ())


def test_a_chain_that_was_changed_or_lost_is_what_is_wrong(job):
    path = job.stamps_dir / key.CHAIN
    lines = path.read_text()
    path.write_text(lines.replace(lines.split()[1][:4], "AAAA", 1))
    assert "line 1 of" in job.wrong()["closing"][0]
    path.unlink()
    assert "is not there" in job.wrong()["closing"][0]


def test_without_a_key_or_a_job_there_is_nothing_to_check(job, tmp_path):
    with pytest.raises(StampError, match="corpusmill db upgrade makes one"):
        bindings(job.desk.ledger, tmp_path / "none", job.id)
    with pytest.raises(NotFoundError, match="No job has the id job_x"):
        bindings(job.desk.ledger, job.stamps_dir, "job_x")


def test_a_large_job_is_closed_page_by_page_as_in_one(desk, stamps_dir, monkeypatch):
    job_id = record(desk, stamps_dir, [{"text": str(n)} for n in range(7)])
    made = key.read(stamps_dir)
    with desk.ledger.read() as session:
        row = session.get_one(Job, job_id)
    whole = closing.ending(desk.ledger, made, row)
    monkeypatch.setattr(closing, "PAGE_ITEMS", 3)
    assert closing.ending(desk.ledger, made, row) == whole
    closing.close(desk.ledger, Chain(stamps_dir, made), made, job_id)
    assert Chain(stamps_dir, made).of(job_id) == [whole]
    assert json.loads((stamps_dir / key.FILE).read_text())["after_item"] == 0
