"""The JSON forms of what the ledger holds, as the API shows them. Imports the ledger."""

from collections import Counter
from datetime import datetime
from typing import Any

from ledger.catalog.gate.conditions import limits
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.gate.verdict import duties, evidence, judge
from ledger.catalog.tables import License, Model
from ledger.corpora.tables import Corpus, Schedule, Tick
from ledger.work.jobs.progress import Portion
from ledger.work.jobs.results import Entry, Line, timings
from ledger.work.jobs.views import JobView
from ledger.work.stamps.result import output_sha256
from ledger.work.states import TERMINAL, State
from ledger.work.tables import EventRow, Job, Review, Worker


def job(view: JobView) -> dict[str, Any]:
    """One job. Times are UTC in ISO 8601; `counts` has a number for each state, the total and the flagged.

    The segments of `progress` are those of long documents that run now; of one that ended they are counted no more.
    """
    row = view.job
    return {
        "id": row.id,
        "name": row.name,
        "task": row.task,
        "status": view.status,
        "counts": {"total": row.item_count, **view.counts, "flagged": view.flagged},
        "parameters": row.parameters,
        "purpose": row.purpose,
        "priority": row.priority,
        "model": model_name(view.model, view.license),
        "created_at": time(row.created_at),
        "started_at": time(view.started_at),
        "finished_at": time(view.finished_at),
        "cancelled_at": time(row.cancelled_at),
        "eta_seconds": view.eta_seconds,
        "progress": {
            "documents_done": view.done,
            "segments_done": view.segments_done,
            "segments_total": view.segments_total,
        },
        "retry_of": row.retry_of,
        "links": {
            "self": f"/api/v1/jobs/{row.id}",
            "results": f"/api/v1/jobs/{row.id}/results",
            "errors": f"/api/v1/jobs/{row.id}/errors",
            "documents": f"/api/v1/jobs/{row.id}/documents",
            "reviews": f"/api/v1/jobs/{row.id}/reviews",
            "page": f"/jobs/{row.id}",
        },
    }


def result(line: Line, of: Job, fallback: dict[str, Any]) -> dict[str, Any]:
    """One result line; `fallback` names the job's model where no receipt does."""
    body = line.receipt.body if line.receipt else None
    model = fallback
    if body is not None:
        named, terms = body["model"], body["license"]
        model = {"name": named["name"], "revision": named["revision"], "license": terms["concluded"]}
    return {
        "custom_id": line.document.custom_id,
        "document": line.document.name,
        "position": line.item.position,
        "status": line.item.state,
        "output": line.result.output if line.result else None,
        "error": error(line),
        "flags": flags(line),
        "model": model,
        "timings": timings(line, of),
    }


def receipt(line: Line, of: Job) -> dict[str, Any] | None:
    """Who made a result, from which document, under which terms, where, how and when; None while there is none."""
    if line.receipt is None or line.result is None:
        return None
    own = {
        "document_sha256": line.document.sha256,
        "output_sha256": output_sha256(line.result.output),
        "stamp": line.result.stamp,
        "attempt": line.item.attempt,
        "flags": dict(Counter(flag["code"] for flag in flags(line))),
        "timings": timings(line, of),
    }
    return {**own, **line.receipt.body, "digest": line.receipt.digest}


def review(row: Review) -> dict[str, Any]:
    """What somebody said of results; `position` is null where it is about all of the job's."""
    return {
        "at": time(row.at),
        "by": row.by,
        "approved": row.approved,
        "note": row.note,
        "position": row.position,
    }


def flags(line: Line) -> list[dict[str, Any]]:
    """The places of a result that a check is not sure of, in the order of the source; docs/flags.md explains them."""
    return line.result.flags if line.result else []


def error(entry: Entry) -> dict[str, Any] | None:
    """Why an item has no output, None while there is nothing to say."""
    if entry.item.state is State.CANCELLED:
        return {"code": "cancelled", "message": "The job was cancelled before this document was done."}
    if entry.item.error_code is None or entry.item.state is State.COMPLETED:
        return None
    return {"code": entry.item.error_code, "message": entry.item.error_message}


def document(entry: Entry, of: JobView) -> dict[str, Any]:
    """One document of a job, without its text; `progress` is null unless it is long and runs."""
    item = entry.item
    return {
        "position": item.position,
        "custom_id": entry.document.custom_id,
        "name": entry.document.name,
        "language": entry.document.language,
        "sha256": entry.document.sha256,
        "size_bytes": entry.document.size_bytes,
        "status": item.state,
        "attempt": item.attempt,
        "reason": item.reason if item.state in TERMINAL else None,
        "error": error(entry),
        "flagged": item.flag_count,
        "progress": segments(of.portions.get(item.id)),
        "started_at": time(item.started_at),
        "finished_at": time(item.finished_at),
    }


def segments(portion: Portion | None) -> dict[str, Any] | None:
    """How far one document is."""
    return {"segments_done": portion.done, "segments_total": portion.total} if portion else None


def event(row: EventRow) -> dict[str, Any]:
    """One recorded transition."""
    return {"event": row.event, "status": row.state, "at": time(row.at), "lease": row.lease_id, "reason": row.reason}


def model(row: Model, license_: License, policy: Policy) -> dict[str, Any]:
    """One admitted model with its licences and a verdict for each purpose."""
    verdicts = {purpose: judge(row, license_, purpose, policy) for purpose in Purpose}
    return {
        "id": row.id,
        "name": row.name,
        "revision": row.revision,
        "tasks": row.tasks,
        "languages": row.languages,
        "language_pairs": row.language_pairs,
        "multilingual": row.multilingual,
        "architecture": row.architecture,
        "parameter_count": row.parameter_count,
        "weights_bytes": row.weights_bytes,
        "weights_sha256": row.weights_sha256,
        "source": row.source,
        "license": {
            "declared": row.declared_license,
            "concluded": license_.id,
            "concluded_by": row.concluded_by,
            "reason": row.concluded_reason,
            "evidence": evidence(row),
            "commercial_use": license_.commercial_use,
            "unknown_bases": row.unknown_bases or [],
            "limits": limits(license_),
        },
        "profile": row.profile,
        "policy": policy.version,
        "verdicts": {p: {"allowed": verdict.allowed, "reason": verdict.reason} for p, verdict in verdicts.items()},
        "admitted_at": time(row.admitted_at),
        "admitted_by": row.admitted_by,
        "preferred_at": time(row.preferred_at),
        "preferred_by": row.preferred_by,
        "files": row.manifest,
    }


def model_name(row: Model, license_: License) -> dict[str, Any]:
    """A model as result lines and jobs name it."""
    return {"name": row.name, "revision": row.revision, "license": license_.id}


def license_(row: License) -> dict[str, Any]:
    """One licence."""
    return {
        "id": row.id,
        "title": row.title,
        "commercial_use": row.commercial_use,
        "attribution": row.attribution,
        "share_alike": row.share_alike,
        "use_restrictions": row.use_restrictions,
        "naming": row.naming,
        "clause": row.clause or None,
        "duties": duties(row),
        "limits": limits(row),
        "conditions": row.conditions or [],
        "source": row.source,
        "entered_by": row.entered_by,
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
    }


def corpus(row: Corpus) -> dict[str, Any]:
    """One corpus."""
    return {
        "id": row.id,
        "name": row.name,
        "directory": row.directory,
        "globs": row.globs,
        "language": row.language,
        "created_at": time(row.created_at),
    }


def schedule(row: Schedule) -> dict[str, Any]:
    """One schedule; a paused one has no next tick."""
    return {
        "id": row.id,
        "name": row.name,
        "corpus_id": row.corpus_id,
        "cron": row.cron,
        "time_zone": row.time_zone,
        "task": row.task,
        "parameters": row.parameters,
        "purpose": row.purpose,
        "model": row.model_name,
        "paused": row.next_tick_at is None,
        "next_tick_at": time(row.next_tick_at),
    }


def tick(row: Tick) -> dict[str, Any]:
    """One time a schedule was due and what came of it."""
    return {"tick_at": time(row.tick_at), "fired_at": time(row.fired_at), "job_id": row.job_id, "error": row.error}


def worker(row: Worker, *, alive: bool) -> dict[str, Any]:
    """One worker process."""
    return {
        "id": row.id,
        "host": row.host,
        "pid": row.pid,
        "alive": alive,
        "device": row.device,
        "queues": row.queues,
        "resident": row.resident,
        "trouble": row.trouble,
        "rss_bytes": row.rss_bytes,
        "started_at": time(row.started_at),
        "seen_at": time(row.seen_at),
    }


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def queue(name: str, task: str, *, waiting: int, running: int, paused_until: datetime | None) -> dict[str, Any]:
    """One queue with the number of items that wait and run."""
    return {
        "name": name,
        "task": task,
        "waiting": waiting,
        "running": running,
        "paused_until": time(paused_until),
    }
