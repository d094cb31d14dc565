"""What a schedule took of each source last, so that it takes only what is new or changed. Imports the ledger.

Entered from the jobs of its ticks, step by step and after them: a process that dies meanwhile leaves the rest to the
next run, which begins with it.
"""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ledger.corpora.tables import Source, Taking, Tick
from ledger.engine import Ledger
from ledger.upsert import insert_missing
from ledger.work.tables import Document, WorkItem

STEP_DOCUMENTS = 500


def catch_up(ledger: Ledger, schedule_id: str) -> None:
    """Enter the documents of every tick of a schedule that are not entered yet."""
    ledger.write_in_steps("takings", lambda session: _step(session, schedule_id))


def pending(session: Session, corpus_id: str, schedule_id: str) -> Sequence[str]:
    """Paths of the corpus whose present content is not the one that the schedule took last."""
    taken = and_(Taking.schedule_id == schedule_id, Taking.path == Source.path)
    new = or_(Taking.sha256.is_(None), Taking.sha256 != Source.sha256)
    statement = select(Source.path).outerjoin(Taking, taken).where(Source.corpus_id == corpus_id, new)
    return session.scalars(statement.order_by(Source.path)).all()


def _step(session: Session, schedule_id: str) -> bool:
    """Enter some documents of the first tick that has any left; False when none has."""
    behind = select(Tick).where(Tick.schedule_id == schedule_id, Tick.job_id.is_not(None), ~Tick.noted_whole)
    tick = session.scalars(behind.order_by(Tick.tick_at).limit(1).with_for_update()).first()
    if tick is None:
        return False
    rows = (
        select(WorkItem.position, Document.name, Document.sha256)
        .join(Document, Document.id == WorkItem.document_id)
        .where(WorkItem.job_id == tick.job_id, WorkItem.position > tick.noted)
        .order_by(WorkItem.position)
        .limit(STEP_DOCUMENTS)
    )
    found = session.execute(rows).all()
    if not found:
        tick.noted_whole = True
        return True
    taken = {row.name: row.sha256 for row in found}
    entries = [{"schedule_id": schedule_id, "path": path, "sha256": taken[path]} for path in sorted(taken)]
    insert_missing(session, Taking, entries, ["schedule_id", "path"], renew=["sha256"])
    tick.noted = found[-1].position
    return True
