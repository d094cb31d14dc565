"""Whether the counts that are kept are those of the items. Imports the standings.

It reads every item of the jobs that it looks at: for `doctor`, the fault campaign and tests.
"""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger.work.standings import OPEN, Standing
from ledger.work.states import TERMINAL, State
from ledger.work.tables import Job, WorkItem

JOBS_READ = 1000


def audit(session: Session, *, most: int = JOBS_READ) -> Iterator[tuple[str, str]]:
    """The newest `most` jobs whose standing is not what counting their items gives, each with what differs."""
    sealed = select(Job).where(Job.sealed_at.is_not(None)).order_by(Job.created_at.desc()).limit(most)
    for job in session.scalars(sealed).all():
        standing = session.get(Standing, job.id, populate_existing=True)
        if standing is None:
            yield job.id, "it has no standing"
            continue
        kept = standing.counts() | {
            "items": job.item_count,
            "open_items": standing.open_items,
            "open_bytes": standing.open_bytes,
            "done_bytes": standing.done_bytes,
            "flagged": standing.flagged,
        }
        differing = {
            name: (kept[name], found) for name, found in _counted(session, job.id).items() if kept[name] != found
        }
        if differing:
            yield job.id, ", ".join(f"{name} is {is_} and counts {found}" for name, (is_, found) in differing.items())


def _counted(session: Session, job_id: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for state, items, size_bytes, flagged in session.execute(_grouped(job_id)):
        found[state] += items
        found["items"] += items
        found["flagged"] += flagged
        found["open_items"] += items if state in OPEN else 0
        found["done_bytes" if state in TERMINAL else "open_bytes"] += int(size_bytes)
    names = [*State, "items", "flagged", "open_items", "open_bytes", "done_bytes"]
    return {name: found[name] for name in names}


def _grouped(job_id: str) -> Select[State, int, int, int]:
    flagged = func.count().filter(WorkItem.flag_count > 0)
    columns = (WorkItem.state, func.count(), func.sum(WorkItem.size_bytes), flagged)
    return select(*columns).where(WorkItem.job_id == job_id).group_by(WorkItem.state)
