"""The register of worker processes and their heartbeats. Imports the ledger."""

import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.work.tables import Worker

SILENT_SECONDS = 60.0
"""A worker not heard of for this long is shown as lost."""


def register(session: Session, *, worker_id: str, pid: int, device: str, queues: Sequence[str], now: datetime) -> None:
    """Enter a fresh incarnation; doing it twice does no harm."""
    session.merge(
        Worker(
            id=worker_id,
            host=socket.gethostname(),
            pid=pid,
            device=device,
            queues=list(queues),
            resident=[],
            trouble={},
            rss_bytes=0,
            started_at=now,
            seen_at=now,
        )
    )


def beat(
    session: Session,
    *,
    worker_id: str,
    device: str,
    resident: Sequence[str],
    trouble: Mapping[str, str],
    rss_bytes: int,
    draining: bool,
    now: datetime,
) -> None:
    """Note that the worker lives, what it holds, which queues it cannot serve and why, its resident set in bytes.

    A worker that is `draining` was told to stop: what it does not finish is nobody's fault.
    """
    values = {
        "seen_at": now,
        "device": device,
        "resident": list(resident),
        "trouble": dict(trouble),
        "rss_bytes": rss_bytes,
        "draining": draining,
    }
    session.execute(update(Worker).where(Worker.id == worker_id).values(**values))


def sign_off(session: Session, *, worker_id: str, now: datetime) -> None:
    """Note an orderly end."""
    session.execute(update(Worker).where(Worker.id == worker_id).values(stopped_at=now, seen_at=now))


def present(session: Session, *, now: datetime) -> Sequence[Worker]:
    """Workers at work or lost within the last hour, newest first."""
    recent = now - timedelta(hours=1)
    statement = select(Worker).where(Worker.stopped_at.is_(None), Worker.seen_at > recent)
    return session.scalars(statement.order_by(Worker.started_at.desc())).all()


def is_alive(worker: Worker, now: datetime) -> bool:
    """Whether it was heard of lately; not so one of which a clock that ran ahead says that it will be."""
    return worker.stopped_at is None and abs(now - worker.seen_at) < timedelta(seconds=SILENT_SECONDS)
