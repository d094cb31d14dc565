"""Memory, start and acceptance: what the stack takes on this machine. Imports the launcher."""

import json
import os
import signal
import statistics
import time
from pathlib import Path

from bench.row import Row
from corpusmill.client import Client
from corpusmill.commands.submit import wait
from corpusmill.stack.launch import Launched

WEB_MB = 150.0
CHILD_MB = 1200.0
READY_SECONDS = 10.0
ADMISSION_SECONDS = 10.0
GROWTH_MB = 100.0
STOPPED_RATIO = 1.2
PARAGRAPHS = 10_000
POST_ROUNDS = 8
POSTS_A_ROUND = 60
PARAGRAPH = "The committee met on Thursday and decided to repair the old bridge before winter comes. " * 5


def rss_mb(pid: int) -> float:
    """The resident set of a process in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def admission(folder: Path, models_dir: Path) -> Row:
    """Seconds to admit the starter models, which are built already, into an empty ledger: each is tried out."""
    empty = Launched(folder / "admission", models_dir=models_dir)
    empty.run("db", "upgrade")
    started = time.perf_counter()
    done = empty.run("models", "install", "starter")
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError("the starter models of the bench cannot be admitted")
    return Row("starter_admission", seconds, ADMISSION_SECONDS, 1.0, "s", at_most=True)


def start(stack: Launched) -> Row:
    """Seconds from the command to ready, with the models installed."""
    started = time.perf_counter()
    stack.start()
    return Row("ready", time.perf_counter() - started, READY_SECONDS, 1.0, "s", at_most=True)


def idle_web(stack: Launched) -> Row:
    """The web process before its first job."""
    return Row("web_rss", rss_mb(stack.pid_of("corpusmill web")), WEB_MB, 1.0, "MB", at_most=True)


def loaded_child(stack: Launched) -> Row:
    """The worker child once it holds all four starter models."""
    with stack.client() as client:
        for task, parameters in JOBS:
            body = {"task": task, "parameters": parameters, "documents": [{"text": PARAGRAPH}]}
            wait(client, client.post("/jobs", body), quiet=True)
    return Row("child_rss", rss_mb(stack.child_pid()), CHILD_MB, 1.0, "MB", at_most=True)


JOBS: tuple[tuple[str, dict[str, str]], ...] = (
    ("translation", {"from": "en", "to": "pt"}),
    ("translation", {"from": "pt", "to": "en"}),
    ("summarization", {}),
    ("sentiment", {}),
)


def bulk(stack: Launched, folder: Path) -> list[Row]:
    """Growth of the web process over one upload of 10,000 documents, and the time of a 202 with the broker stopped."""
    file = folder / "bulk.jsonl"
    lines = (json.dumps({"custom_id": f"p{i}", "text": f"{i}. {PARAGRAPH}"}) for i in range(PARAGRAPHS))
    file.write_text("\n".join(lines), encoding="utf-8")
    web = stack.pid_of("corpusmill web")
    broker = next(pid for pid, command in stack.pids().items() if "valkey-server" in command)
    _submit(stack, file)
    before = rss_mb(web)
    up = _submit(stack, file)
    growth = max(rss_mb(web) - before, 0.1)
    os.kill(broker, signal.SIGSTOP)
    try:
        stopped = _submit(stack, file)
    finally:
        os.kill(broker, signal.SIGCONT)
    return [
        Row("bulk_rss_growth", growth, GROWTH_MB, 1.0, "MB", at_most=True),
        Row("broker_stopped", stopped, up, STOPPED_RATIO, "s to 202", at_most=True),
    ]


def _submit(stack: Launched, file: Path) -> float:
    """Seconds to the 202; the job is cancelled right after."""
    with stack.client() as client:
        started = time.perf_counter()
        job = client.submit({"task": "sentiment"}, [(file.name, file)])
        seconds = time.perf_counter() - started
        client.post(f"/jobs/{job['id']}/cancel")
    return seconds


def small_posts(stack: Launched) -> Row:
    """The 99th percentile of the time of a small POST /jobs with the broker stopped, and with it up, in turn."""
    broker = next(pid for pid, command in stack.pids().items() if "valkey-server" in command)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    with stack.client() as client:
        for _ in range(POST_ROUNDS):
            for stopped in (False, True):
                os.kill(broker, signal.SIGSTOP if stopped else signal.SIGCONT)
                try:
                    seconds[stopped] += [_post(client) for _ in range(POSTS_A_ROUND)]
                finally:
                    os.kill(broker, signal.SIGCONT)
    ours, other = (1000 * statistics.quantiles(seconds[stopped], n=100)[-1] for stopped in (True, False))
    return Row("post_p99_broker_stopped", ours, other, STOPPED_RATIO, "ms", at_most=True)


def _post(client: Client) -> float:
    body = {"task": "sentiment", "documents": [{"text": "A fine day."}]}
    started = time.perf_counter()
    client.post("/jobs", body)
    return time.perf_counter() - started
