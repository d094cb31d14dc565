"""A ledger with work in it and a model that exists on paper only. Imports the ledger and migrations."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

import migrations
from ledger.base import utc_now
from ledger.catalog import models
from ledger.catalog.evidence.conclusion import conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.models import Admission, queue_name
from ledger.engine import Ledger
from ledger.work.jobs.submit import NewDocument, NewJob, submit

DECLARED = Declaration(("mit",), None, {})
ADMISSION = Admission(
    name="paper",
    revision="0" * 40,
    directory="paper/000000000000",
    source={"directory": "nowhere"},
    architecture="MarianMTModel",
    tasks=["translation"],
    languages=["en", "pt"],
    language_pairs=[["en", "pt"]],
    multilingual=False,
    parameter_count=1,
    weights_bytes=1,
    weights_sha256="0" * 64,
    manifest={"model.safetensors": "0" * 64},
    card={},
    card_text="",
    declaration=DECLARED,
    admitted_by="bench",
    conclusion=conclude(DECLARED),
)
PARAGRAPH = "The committee met on Thursday and decided to repair the old bridge before winter comes. " * 4
COPIED = ("document_id", "state", "size_bytes", "available_at", "attempt", "deaths", "timeouts")


class PaperLedger:
    """A migrated ledger at `url`, its one queue and its model's id."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger(url)
        migrations.upgrade(self.ledger)
        with self.ledger.write() as session:
            model = models.admit(session, ADMISSION, now=utc_now())
        self.model_id = model.id
        self.queue = queue_name("translation", model)

    def submit(self, count: int) -> str:
        """One job of `count` documents; returns its id."""
        documents = [NewDocument(f"d{i}", f"d{i}.txt", f"{i}. {PARAGRAPH}") for i in range(count)]
        asked = NewJob(
            task="translation",
            model_id=self.model_id,
            queue=self.queue,
            parameters={"from": "en", "to": "pt"},
            purpose="evaluation",
            name="bench",
        )
        return submit(self.ledger, asked, documents)

    def multiply(self, job_id: str, times: int) -> None:
        """Have the items of a job wait `times` times over, by SQL alone: a million go in seconds, not minutes."""
        columns = ", ".join(COPIED)
        copies = f"""
            WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < :times)
            INSERT INTO work_items (job_id, position, alone, {columns})
            SELECT job_id, position + n * :size, alone, {columns} FROM work_items, copies
            WHERE job_id = :job"""
        with self.patient() as session:
            size = session.scalar(text("SELECT count(*) FROM work_items WHERE job_id = :job"), {"job": job_id})
            session.execute(text(copies), {"job": job_id, "times": times - 1, "size": size})
            counted = ", ".join(f"{column} = {column} * :times" for column in ("available", "open_items", "open_bytes"))
            values = {"job": job_id, "times": times}
            session.execute(text(f"UPDATE standings SET {counted} WHERE job_id = :job"), values)
            session.execute(text("UPDATE jobs SET item_count = item_count * :times WHERE id = :job"), values)
        self.settle()

    @contextmanager
    def patient(self) -> Iterator[Session]:
        """A transaction that writes, for statements that take longer than the product's may."""
        with self.ledger.write() as session:
            if not self.ledger.is_sqlite:
                session.execute(text("SET LOCAL statement_timeout = 0"))
            yield session

    def settle(self) -> None:
        """Have PostgreSQL count what it holds, as it does by itself after a while."""
        if not self.ledger.is_sqlite:
            with self.ledger.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
