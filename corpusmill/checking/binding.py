"""Whether a job's results, and the job itself, are what was stamped when they were made. Imports the ledger.

Every result is looked at, and no model: this is what finds a change, however small. Whoever made it would need the key,
which no database holds.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from corpusmill.checking.verification import SHOWN, Check
from ledger.engine import Ledger
from ledger.errors import NotFoundError, StampError
from ledger.work.jobs import results
from ledger.work.jobs.results import Line
from ledger.work.leases.finish import Provenance
from ledger.work.stamps import closing
from ledger.work.stamps.chain import Chain
from ledger.work.stamps.key import Key, read
from ledger.work.stamps.result import stamp
from ledger.work.standings import Standing
from ledger.work.states import State
from ledger.work.tables import Job, WorkItem


def bindings(ledger: Ledger, stamps_dir: Path, job_id: str) -> list[Check]:
    """The stamps of all results of a job, and how it ended. Raises NotFoundError, StampError where no key is.

    A job that has ended and is not closed yet is closed.
    """
    key = read(stamps_dir)
    with ledger.read() as session:
        job = session.get(Job, job_id)
        if job is None or job.sealed_at is None:
            raise NotFoundError(f"No job has the id {job_id}.")
        has_ended = session.scalar(select(Standing.open_items).where(Standing.job_id == job_id)) == 0
    return [_stamps(ledger, key, job_id), _closing(ledger, key, stamps_dir, job, has_ended=has_ended)]


def _stamps(ledger: Ledger, key: Key, job_id: str) -> Check:
    """Whether each result, with its document and receipt, is the one that was stamped."""
    wrong: list[str] = []
    checked = older = 0
    for line in results.lines(ledger, job_id, states=[State.COMPLETED]):
        checked += 1
        if line.result is not None and line.result.stamp is None and line.item.id <= key.after_item:
            older += 1
        elif fault := _fault(key, line):
            wrong.append(f"{line.document.custom_id}: {fault}")
    return Check("stamps", checked, tuple(wrong[:SHOWN]), f"key {key.name}{_from_before(older)}")


def _fault(key: Key, line: Line) -> str:
    """What is wrong with the stamp of a result; "" where nothing is."""
    if line.result is None or line.receipt is None:
        return "it has no result"
    if line.result.stamp is None:
        return "its result has no stamp"
    if (named := line.receipt.body.get("key")) != key.name:
        return f"its receipt names the key {named}, not {key.name}"
    made = stamp(
        key,
        job_id=line.item.job_id,
        item_id=line.item.id,
        document_sha256=line.document.sha256,
        receipt=Provenance(line.receipt.model_id, line.receipt.body),
        output=line.result.output,
        flags=line.result.flags,
    )
    return "" if made == line.result.stamp else "its result, document or receipt is not what was stamped"


def _closing(ledger: Ledger, key: Key, folder: Path, job: Job, *, has_ended: bool) -> Check:
    """Whether the job still is what the chain says that it ended as."""
    if not has_ended:
        return Check("closing", 0, (), "the job has not ended")
    try:
        chain = Chain(folder, key)
        if job.unclosed:
            closing.close(ledger, chain, key, job.id)
        said = chain.of(job.id)
    except StampError as error:
        return Check("closing", 0, (error.message,))
    if not said and _is_older(ledger, key, job.id):
        return Check("closing", 0, (), "the job is from before the stamps")
    return Check("closing", 1, _differences(said, closing.ending(ledger, key, job)), "chain of ends, beside the key")


def _differences(said: Sequence[str], now: str) -> tuple[str, ...]:
    if not said:
        return ("the job has ended, and the chain does not say how",)
    if len(set(said)) > 1:
        return ("the job was closed again, otherwise than at first",)
    if said[0] != now:
        return ("what was asked, a document, a state or a result is not there as it was at the end",)
    return ()


def _is_older(ledger: Ledger, key: Key, job_id: str) -> bool:
    with ledger.read() as session:
        newest = session.scalar(select(func.max(WorkItem.id)).where(WorkItem.job_id == job_id))
    return newest is not None and newest <= key.after_item


def _from_before(older: int) -> str:
    return f"; {older} from before the stamps" if older else ""
