"""`corpusmill status | results | cancel | retry`: what became of jobs. Imports the client and output."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from corpusmill import streams
from corpusmill.client import Client, job_path
from corpusmill.commands.options import OutFile, connect, json_option, server_options
from corpusmill.output import as_json, table
from corpusmill.transfer.downloads import save
from corpusmill.transfer.resuming import result_lines


@click.command()
@click.argument("job_id", required=False)
@server_options
@json_option
def status(job_id: str | None, server: str | None, data_dir: Path | None, json_: bool) -> None:
    """Show one job, or the newest ones."""
    with connect(server, data_dir) as client:
        found = [client.get(job_path(job_id))] if job_id else client.get("/jobs", limit=20)["jobs"]
    _show(found, json_)


@click.command()
@click.argument("job_id")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "zip"]), default="jsonl", show_default=True)
@click.option("--errors", is_flag=True, help="Only documents that failed or were cancelled.")
@click.option("--flagged", is_flag=True, help="Only documents whose results have flags.")
@click.option("--out", type=OutFile(), help="Write to a file instead of stdout.")
@server_options
@json_option
def results(
    job_id: str,
    format_: str,
    errors: bool,
    flagged: bool,
    out: Path | None,
    server: str | None,
    data_dir: Path | None,
    json_: bool,
) -> None:
    """Download the results of a job, also while it runs."""
    if errors and flagged:
        raise click.UsageError("--errors and --flagged exclude each other: what failed has no result to flag")
    format_ = "jsonl" if json_ else format_
    if errors and format_ == "zip":
        raise click.UsageError("--errors has no texts for a zip; choose jsonl or csv")
    only = "&flagged=true" if flagged else ""
    path = f"{job_path(job_id)}/{'errors' if errors else 'results'}?format={format_}{only}"
    with connect(server, data_dir) as client:
        if out is None:
            streams.pour(_download(client, path))
        else:
            save(out, lambda: _download(client, path))


def _download(client: Client, path: str) -> Iterable[bytes]:
    return result_lines(client, path) if "?format=jsonl" in path else client.lines(path)


@click.command()
@click.argument("job_id")
@server_options
@json_option
def cancel(job_id: str, server: str | None, data_dir: Path | None, json_: bool) -> None:
    """Cancel what has not ended; results already there stay."""
    with connect(server, data_dir) as client:
        _show([client.post(f"{job_path(job_id)}/cancel")], json_)


@click.command()
@click.argument("job_id")
@server_options
@json_option
def retry(job_id: str, server: str | None, data_dir: Path | None, json_: bool) -> None:
    """Make a new job of the documents that failed or were cancelled."""
    with connect(server, data_dir) as client:
        _show([client.post(f"{job_path(job_id)}/retry")], json_)


def _show(jobs: list[dict[str, Any]], json_: bool) -> None:
    if json_:
        for job in jobs:
            as_json(job)
        return
    rows = [[j["id"], j["name"], j["task"], j["status"], _counts(j), j["eta_seconds"], j["created_at"]] for j in jobs]
    table("Jobs", ["id", "name", "task", "status", "documents", "eta (s)", "created"], rows)


def _counts(job: dict[str, Any]) -> str:
    counts = job["counts"]
    failed = counts["discarded"] + counts["cancelled"]
    progress = job["progress"]
    segments = f"{progress['segments_done']}/{progress['segments_total']}" if progress["segments_total"] else 0
    more = {"segments": segments, "failed": failed, "flagged": counts["flagged"]}
    return ", ".join([f"{counts['completed']}/{counts['total']}", *(f"{n} {what}" for what, n in more.items() if n)])
