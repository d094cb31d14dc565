"""A ledger with something of every kind, made by the ledger's own functions, for tests of the pages."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import migrations
from corpusmill.settings import Settings
from ledger.base import utc_now
from ledger.catalog import models
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.models import Admission
from ledger.corpora import schedule
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Tick
from ledger.engine import Ledger
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.progress import Portion, Told
from ledger.work.jobs.submit import NewDocument, NewJob, submit
from ledger.work.leases import lease, workers
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.states import Reason
from tests.licences import licensed

HOSTILE = '<img src=x onerror="alert(1)">\'&.txt'
REPORT = (
    "The harbour water was tested at six places in May. Five of them met the bathing standard. "
    "At the old slipway the count was twice the limit, and the council closed it for ten days.\n\n"
    "A broken drain was found and mended. Tests since then have been clean. "
    "The council will now test every week instead of every month."
)
QUOTED = (
    "The harbour water was tested at six places in May. ",
    "At the old slipway the count was twice the limit, and the council closed it for ten days.",
)
SUMMARY_SPANS = [(REPORT.index(quote), REPORT.index(quote) + len(quote)) for quote in QUOTED]


def _flag(code: str, start: int, end: int, detail: str, *output: int) -> dict[str, Any]:
    return {"code": code, "start": start, "end": end, "detail": detail, **dict(zip(OUTPUT_PLACE, output, strict=False))}


OUTPUT_PLACE = ("output_start", "output_end")
FLAGS = {
    0: [
        _flag("length_unusual", 0, 40, "Half as long as usual.", 0, 33),
        _flag("number_changed", 34, 39, "7 became 17.", 27, 31),
        _flag("added_text", 40, 40, "Nothing in the source says this.", 9, 18),
        _flag("element_lost", 5, 12, "A link is not there."),
        _flag("cut_short", 900, 950, "The end is missing.", 900, 950),
    ],
    3: [_flag("untranslated", 0, 25, '<b title="x">Its markup</b> is as before.', 0, 25)],
}


@dataclass(slots=True)
class Sample:
    """The ids of what was made."""

    ledger: Ledger
    settings: Settings
    models: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, str] = field(default_factory=dict)


def empty(folder: Path) -> Sample:
    """A ledger with tables and nothing in them."""
    settings = Settings(data_dir=folder)
    ledger = Ledger(settings.database_url)
    migrations.upgrade(ledger)
    return Sample(ledger, settings)


def filled(folder: Path) -> Sample:
    """Three models, a live worker, a corpus with schedules, and a job in each condition."""
    sample = empty(folder)
    now = utc_now()
    with sample.ledger.write() as session:
        _admit(session, sample, now)
        workers.register(session, worker_id="w1", pid=4242, device="cpu", queues=["*"], now=now)
    for name, make in (
        ("translated", _translated), ("summarized", _summarized), ("judged", _judged), ("broken", _broken),
        ("running", _running), ("queued", _queued), ("cancelled", _cancelled),
    ):  # fmt: skip
        sample.jobs[name] = make(sample, now)
    with sample.ledger.write() as session:
        _corpus(session, sample, folder, now)
    return sample


def _admit(session: Session, sample: Sample, now: datetime) -> None:
    for name, tasks, pairs, licence, parameters in (
        ("starter-translation", ["translation"], [["en", "pt"], ["pt", "en"]], "MIT", 16_890_368),
        ("starter-encoder", ["summarization"], [], "Apache-2.0", 22_713_216),
        ("starter-sentiment", ["sentiment"], [], "Apache-2.0", 22_810_371),
        ("nc/translator-large", ["translation"], [["en", "de"], ["en", "pt"]], "CC-BY-NC-4.0", 615_073_792),
        ("someone/unknown", ["sentiment"], [], None, 66_955_010),
    ):
        admission = Admission(
            name=name,
            revision=name.encode().hex().ljust(40, "0")[:40],
            directory=name,
            source={"repo": name, "commit": "0123456789abcdef0123456789abcdef01234567"},
            architecture="MarianMTModel" if pairs else "BertModel",
            tasks=tasks,
            languages=sorted({code for pair in pairs for code in pair}) or ["en"],
            language_pairs=pairs,
            multilingual=False,
            parameter_count=parameters,
            weights_bytes=parameters * 4,
            weights_sha256="ab" * 32,
            manifest={"config.json": "cd" * 32, "model.safetensors": "ab" * 32, "tokenizer.json": "ef" * 32},
            card={},
            card_text=f"# {name}\n\nTrained on nothing in particular <script>alert(1)</script>.",
            admitted_by="tester",
            **licensed(licence),
        )
        sample.models[name] = models.admit(session, admission, now=now).id


def _job(
    sample: Sample, task: str, model: str, documents: list[NewDocument], now: datetime, **fields: Any
) -> tuple[str, str]:
    with sample.ledger.read() as session:
        row, _ = models.get(session, sample.models[model])
    queue = models.queue_name(task, row)
    asked = NewJob(
        task=task,
        model_id=row.id,
        queue=queue,
        parameters=fields.get("parameters", {}),
        purpose=fields.get("purpose", "evaluation"),
        name=fields["name"],
        priority=fields.get("priority", 0),
    )
    return submit(sample.ledger, asked, documents, clock=lambda _: now), queue


def _take(sample: Sample, queue: str, now: datetime, items: int = 500) -> lease.Lease:
    with sample.ledger.write() as session:
        taken = lease.take(
            session, worker_id="w1", queue=queue, now=now, lease_seconds=600, max_items=items, max_bytes=10**9
        )
    assert taken is not None
    return taken


def _provenance(sample: Sample, model: str) -> Provenance:
    with sample.ledger.read() as session:
        row, license_ = models.get(session, sample.models[model])
    body = {
        "model": {"name": row.name, "revision": row.revision, "weights_sha256": row.weights_sha256},
        "license": {"declared": row.declared_license, "concluded": license_.id},
        "verdict": {"purpose": "evaluation", "reason": "Evaluation is always permitted."},
        "parameters": {},
        "device": "cpu",
        "dtype": "float32",
        "versions": {"torch": "2.13.0", "transformers": "5.5.0"},
    }
    return Provenance(row.id, body)


def _end(
    sample: Sample,
    model: str,
    queue: str,
    now: datetime,
    outputs: list[dict[str, Any] | Failure],
    flags: dict[int, list[dict[str, Any]]] | None = None,
) -> None:
    taken = _take(sample, queue, now, len(outputs))
    provenance = _provenance(sample, model)
    done = [
        Completion(item.id, output, provenance, 0.0042, 0.31, (flags or {}).get(index, []))
        for index, (item, output) in enumerate(zip(taken.items, outputs, strict=True))
        if isinstance(output, dict)
    ]
    failed = [
        Failure(item.id, output.code, output.message, output.reason, output.retry_seconds)
        for item, output in zip(taken.items, outputs, strict=True)
        if isinstance(output, Failure)
    ]
    with sample.ledger.write() as session:
        finish(session, taken.id, done, failed, now=now + timedelta(seconds=4))


def _translated(sample: Sample, now: datetime) -> str:
    texts = ["Good morning. The bakery opens at seven.", "The ferry leaves from the north quay.", "Thank you."]
    documents = [NewDocument(f"en/news/{n}.txt", f"en/news/{n}.txt", text, "en") for n, text in enumerate(texts)]
    documents.append(NewDocument("hostile", HOSTILE, "<script>alert(1)</script> & more", "en"))
    before = now - timedelta(hours=2)
    job_id, queue = _job(
        sample, "translation", "starter-translation", documents, before,
        name="Letters into Portuguese", parameters={"from": "en", "to": "pt"},
    )  # fmt: skip
    outputs: list[dict[str, Any] | Failure] = [
        {"text": "Bom dia. A padaria abre às sete."}, {"text": "O ferry parte do cais norte."}, {"text": "Obrigado."},
        {"text": "<script>alert(1)</script> & mais"},
    ]  # fmt: skip
    _end(sample, "starter-translation", queue, before + timedelta(seconds=2), outputs, FLAGS)
    return job_id


def _summarized(sample: Sample, now: datetime) -> str:
    before = now - timedelta(minutes=50)
    job_id, queue = _job(
        sample, "summarization", "starter-encoder",
        [NewDocument("harbour-water.md", "harbour-water.md", REPORT, "en")], before,
        name="Summary of the harbour report", parameters={"sentences": 2},
    )  # fmt: skip
    spans = [{"start": start, "end": end} for start, end in SUMMARY_SPANS]
    _end(sample, "starter-encoder", queue, before, [{"text": "".join(QUOTED), "spans": spans}])
    return job_id


def _judged(sample: Sample, now: datetime) -> str:
    before = now - timedelta(minutes=30)
    texts = ["A warm, funny film.", "The kettle broke after a week.", "It arrived on Tuesday."]
    documents = [NewDocument(f"r-{n}", f"reviews.jsonl:{n + 1}", text, None) for n, text in enumerate(texts)]
    job_id, queue = _job(sample, "sentiment", "starter-sentiment", documents, before, name="Reviews of May")
    shares = [("positive", (0.02, 0.06, 0.92)), ("negative", (0.88, 0.09, 0.03)), ("neutral", (0.1, 0.85, 0.05))]
    outputs: list[dict[str, Any] | Failure] = [
        {"label": label, "scores": dict(zip(("negative", "neutral", "positive"), scores, strict=True))}
        for label, scores in shares
    ]
    flags = {0: [_flag("other_language", 2, 6, "It reads as German.")]}
    _end(sample, "starter-sentiment", queue, before, outputs, flags)
    return job_id


def _broken(sample: Sample, now: datetime) -> str:
    before = now - timedelta(minutes=20)
    documents = [NewDocument(f"d-{n}", f"notes/{n:03}.txt", f"text {n}", "pt") for n in range(130)]
    job_id, queue = _job(
        sample, "translation", "starter-translation", documents, before,
        name="A folder with empty notes", parameters={"from": "pt", "to": "en"},
    )  # fmt: skip
    outputs: list[dict[str, Any] | Failure] = [{"text": "note"} for _ in documents]
    outputs[3] = Failure(0, "empty_document", "The document holds no letter and no digit.", Reason.INPUT)
    outputs[7] = Failure(0, "empty_document", "The document holds no letter and no digit.", Reason.INPUT)
    outputs[120] = Failure(0, "out_of_memory", "Memory ran out, also for this document alone.", Reason.EXHAUSTED)
    _end(sample, "starter-translation", queue, before, outputs)
    return job_id


def _running(sample: Sample, now: datetime) -> str:
    before = now - timedelta(minutes=3)
    documents = [NewDocument(f"x-{n}", f"archive/{n:04}.txt", f"text {n}", "en") for n in range(60)]
    job_id, queue = _job(
        sample, "translation", "nc/translator-large", documents, before,
        name="The archive, first part", parameters={"from": "en", "to": "de"},
    )  # fmt: skip
    outputs: list[dict[str, Any] | Failure] = [{"text": "Text"} for _ in range(24)]
    outputs[11] = Failure(0, "empty_document", "The document holds no letter and no digit.", Reason.INPUT)
    outputs[12] = Failure(0, "transient", "The model gave no outcome.", None, 600)
    _end(sample, "nc/translator-large", queue, before, outputs)
    held = _take(sample, queue, now - timedelta(seconds=5), 12)
    told = {held.id: Told(4, {held.items[0].id: Portion(1240, 9310, 0.14)})}
    with sample.ledger.write() as session:
        lease.extend(session, [held.id], now=now, lease_seconds=600, told=told)
    return job_id


def _queued(sample: Sample, now: datetime) -> str:
    documents = [NewDocument(f"q-{n}", f"q-{n}.txt", "text", "en") for n in range(12)]
    job_id, _ = _job(sample, "sentiment", "someone/unknown", documents, now, name="Not begun")
    return job_id


def _cancelled(sample: Sample, now: datetime) -> str:
    documents = [NewDocument(f"c-{n}", f"c-{n}.txt", "text", "en") for n in range(5)]
    before = now - timedelta(minutes=9)
    job_id, _ = _job(sample, "sentiment", "starter-sentiment", documents, before, name="Stopped")
    cancel(sample.ledger, job_id, clock=lambda _: now - timedelta(minutes=8))
    return job_id


def _corpus(session: Session, sample: Sample, folder: Path, now: datetime) -> None:
    directory = folder / "letters"
    directory.mkdir()
    (directory / "one.txt").write_text("One letter.")
    corpus = add_corpus(session, name="letters", directory=directory, language="en", now=now)
    for name, cron in (("nightly", "30 2 * * *"), ("hourly", "0 * * * *")):
        row = schedule.add_schedule(
            session, name=name, corpus=corpus, cron=cron, time_zone="Europe/Lisbon", task="translation",
            parameters={"from": "en", "to": "pt"}, purpose=Purpose.INTERNAL, policy=policy.read(), now=now,
        )  # fmt: skip
        sample.schedules[name] = row.id
    nightly = sample.schedules["nightly"]
    for days, job_id, error in (
        (1, sample.jobs["translated"], None), (2, None, None), (3, None, "No admitted model translates en→pt."),
    ):  # fmt: skip
        at = now - timedelta(days=days)
        session.add(Tick(schedule_id=nightly, tick_at=at, job_id=job_id, error=error, fired_at=at))
    schedule.pause(schedule.schedule_named(session, "hourly"))
