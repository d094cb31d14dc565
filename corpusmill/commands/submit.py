"""`corpusmill submit`: send files as a job, wait for it, keep its results. Imports the client and output."""

import json
import os
import re
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from corpusmill.client import ENDED, PATIENCE_SECONDS, Client, growing_pauses
from corpusmill.commands.options import PURPOSES, OutFile, connect, json_option, server_options
from corpusmill.commands.parameters import given, parameter_options, task_names
from corpusmill.exits import Exit
from corpusmill.output import Interrupted, Refusal, Unreachable, as_json, say, table
from corpusmill.transfer.downloads import save
from corpusmill.transfer.resuming import result_lines
from ledger.names import fault, plain
from pipelines.tasks.registry import task_named

POLL_SECONDS = 0.2
LONGEST_POLL_SECONDS = 5.0
POLL_SHARE = 0.1
"""Of the time waited so far, to the next question: a short job is told at once, a long one costs the server little."""
KEY = re.compile(r"[!-~]{1,255}")
SUFFIXES = (".txt", ".md", ".jsonl", ".csv", ".zip")


@click.command()
@click.argument("task", type=task_names)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@parameter_options
@click.option("--model", help="NAME or NAME@REVISION of an admitted model; without it the server chooses.")
@click.option("--purpose", type=click.Choice(PURPOSES), help="What the results are for.  [default: the policy's]")
@click.option("--name", help="A name for the job.")
@click.option("--skip-invalid", is_flag=True, help="Accept the good documents when others are refused.")
@click.option("--wait", is_flag=True, help="Wait until every document is done.")
@click.option("--out", type=OutFile(), help="Write the results here; implies --wait.")
@click.option(
    "--key", help="A key under which the job is accepted once; an earlier try says it when its answer is lost."
)
@click.option(
    "--patience",
    "patience_seconds",
    type=click.FloatRange(0),
    default=PATIENCE_SECONDS,
    show_default=True,
    help="Seconds to go on asking a server that does not answer.",
)
@server_options
@json_option
def submit(task: str, paths: tuple[Path, ...], server: str | None, data_dir: Path | None, **options: Any) -> None:
    """Send files and folders as one job.

    Exit status: 0 every document completed (or, without --wait, the job was accepted), 2 usage, 3 refused,
    4 finished with failures, 5 no server answers, 6 the answer was lost and the job may be accepted.
    """
    job = _job(task, options)
    with connect(server, data_dir) as client:
        accepted = client.submit(job, expand(paths), **_key(options["key"]))
        try:
            found = _follow(client, accepted, options)
        except Unreachable as error:
            raise Unreachable(f"{error}; {_goes_on(accepted, server, data_dir)}") from error
        except KeyboardInterrupt as error:
            raise Interrupted(f"interrupted; {_goes_on(accepted, server, data_dir)}") from error
        _show(found, options["json_"])
    if (options["wait"] or options["out"]) and found["status"] != "completed":
        sys.exit(Exit.FAILURES)


def _follow(client: Client, accepted: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Tell that a job is accepted and, where that is asked, wait for it and save its results; returns it as it is."""
    out: Path | None = options["out"]
    quiet, patience_seconds = options["json_"], options["patience_seconds"]
    say(f"Accepted job {accepted['id']}: {accepted['counts']['total']} documents, {accepted['name']}", err=quiet)
    if not (options["wait"] or out):
        return accepted
    ended = wait(client, accepted, quiet=quiet, patience_seconds=patience_seconds)
    if out is not None:
        path = f"/jobs/{ended['id']}/results?format=jsonl"
        lines = partial(result_lines, client, path, patience_seconds=patience_seconds)
        save(out, lines, patience_seconds=patience_seconds, begun=True)
    return ended


def _key(given: str | None) -> dict[str, str]:
    if given is not None and not KEY.fullmatch(given):
        raise click.UsageError("--key takes 1 to 255 letters, digits and signs of ASCII, without spaces")
    return {"key": given} if given else {}


def _goes_on(job: dict[str, Any], server: str | None, data_dir: Path | None) -> str:
    """How to learn what becomes of a job that is not waited for any more."""
    where = f" --server {server}" if server else f" --data-dir {data_dir}" if data_dir else ""
    return (
        f"job {job['id']} is accepted and goes on: corpusmill status {job['id']}{where} shows it, "
        "results downloads, cancel ends it"
    )


def expand(paths: tuple[Path, ...]) -> list[tuple[str, Path]]:
    """Files to send with the names to show: a folder gives every file of a known kind in it. Raises Refusal."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(f for f in path.rglob("*") if f.is_file() and f.suffix.lower() in SUFFIXES)
            found += [(f.relative_to(path).as_posix(), f) for f in inside]
        else:
            found.append((path.name, path))
    for name, path in found:
        if plain(name) != name:
            raise Refusal(f"{plain(name)} cannot be sent: {fault(name)}")
        if not path.is_file():
            raise Refusal(f"{name} cannot be sent: it is no file")
        if not os.access(path, os.R_OK):
            raise Refusal(f"{name} cannot be sent: this user may not read it")
    if not found:
        raise Refusal(f"no file of a known kind ({' '.join(SUFFIXES)}) in {', '.join(map(str, paths))}")
    return found


def wait(
    client: Client, job: dict[str, Any], *, quiet: bool = False, patience_seconds: float = PATIENCE_SECONDS
) -> dict[str, Any]:
    """Follow a job until it ends, with bars on a terminal: its documents, and the segments of long ones that run.

    Raises Unreachable when the server did not answer for `patience_seconds`.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} {task.fields[unit]}"),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
    started = time.monotonic()
    with bar:
        documents = bar.add_task(job["status"], total=job["counts"]["total"], unit="documents", left="")
        segments = bar.add_task("", total=0, unit="segments", left="", visible=False)
        while job["status"] not in ENDED:
            waited_seconds = time.monotonic() - started
            time.sleep(min(max(POLL_SECONDS, POLL_SHARE * waited_seconds), LONGEST_POLL_SECONDS))
            job = _asked(client, job, patience_seconds)
            progress, inside = job["progress"], job["progress"]["segments_total"]
            done, left = progress["documents_done"], _left(job["eta_seconds"])
            bar.update(documents, completed=done, description=job["status"], left=left)
            bar.update(segments, completed=progress["segments_done"], total=inside, visible=inside > 0)
    return job


def _asked(client: Client, job: dict[str, Any], patience_seconds: float) -> dict[str, Any]:
    """The job as it is now; a server that does not answer is asked again, ever more seldom. Raises Unreachable."""
    deadline = time.monotonic() + patience_seconds
    pauses = growing_pauses()
    told = False
    while True:
        try:
            return client.get(f"/jobs/{job['id']}")
        except Unreachable as error:
            if time.monotonic() > deadline:
                raise
            if not told:
                say(f"{error}; asking again", err=True)
                told = True
        time.sleep(next(pauses))


def _left(seconds: float | None) -> str:
    """About how long it still takes, as h:mm:ss."""
    return f"about {timedelta(seconds=round(seconds))} left" if seconds is not None else ""


def _job(task: str, options: dict[str, Any]) -> dict[str, Any]:
    parameters = given(task_named(task), options)
    job = {"task": task, "parameters": parameters, "model": options["model"], "purpose": options["purpose"]}
    job |= {"name": options["name"], "on_invalid": "skip" if options["skip_invalid"] else "refuse"}
    return {name: value for name, value in job.items() if value is not None}


def _show(job: dict[str, Any], json_: bool) -> None:
    if json_:
        as_json(job)
        return
    counts = {name: count for name, count in job["counts"].items() if count}
    model = f"{job['model']['name']}@{job['model']['revision'][:12]} ({job['model']['license']})"
    table("Job", ["id", "status", "documents", "model"], [[job["id"], job["status"], json.dumps(counts), model]])
