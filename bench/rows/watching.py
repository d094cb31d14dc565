"""`watched`: what fifty who have a job's page open, and fifty who wait for it, take of a core. Imports the launcher."""

import http.client
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.row import Row
from corpusmill.commands.submit import LONGEST_POLL_SECONDS
from corpusmill.stack.launch import READY_LINE, Launched

PEOPLE = 50
MOST_OF_A_CORE = 0.1
DOCUMENTS = 20_000
SETTLING_SECONDS = 6.0
MEASURED_SECONDS = 20.0
PAGE_GAP_SECONDS = 5.0
"""How often a page that is watched for a while asks, as app.js has it."""
LEAST_OF_ANSWERS = 0.8
"""Of those that are due; with fewer nobody was served, and the share says nothing."""
TEXT = "The committee met on Thursday and decided to repair the old bridge. " * 20


def measure(stack: Launched, folder: Path) -> Row:
    """On the running `stack`, whose worker computes the job meanwhile; the job is cancelled afterwards."""
    many = folder / "watched.jsonl"
    many.write_text("".join(json.dumps({"custom_id": str(n), "text": TEXT}) + "\n" for n in range(DOCUMENTS)))
    stack.run("submit", "translation", str(many), "--from", "en", "--to", "pt")
    with stack.client() as client:
        job = client.get("/jobs")["jobs"][0]["id"]
        web = stack.pid_of("corpusmill web")
        with _watching(_port(stack), job) as asked:
            time.sleep(SETTLING_SECONDS)
            before, count = _cpu_seconds(web), len(asked)
            time.sleep(MEASURED_SECONDS)
            share = (_cpu_seconds(web) - before) / MEASURED_SECONDS
            answered = (len(asked) - count) / MEASURED_SECONDS
        client.post(f"/jobs/{job}/cancel")
    few = answered < LEAST_OF_ANSWERS * PEOPLE * (1 / PAGE_GAP_SECONDS + 1 / LONGEST_POLL_SECONDS)
    note = f"{answered:.0f} answers/s"
    return Row("watched", share, MOST_OF_A_CORE, 1.0, "of a core", at_most=True, note=note, spoiled=few)


@contextmanager
def _watching(port: int, job: str) -> Iterator[list[float]]:
    """PEOPLE with the page and PEOPLE with `submit --wait`, spread evenly; the list grows by each answer's moment."""
    stopped, asked = threading.Event(), list[float]()

    def watch(path: str, gap_seconds: float, headers: dict[str, str], place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        stopped.wait(gap_seconds * place / PEOPLE)
        while not stopped.wait(gap_seconds if asked else 0):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 304):
                break
            headers = headers | {"If-None-Match": answer.headers["ETag"]}  # as a browser does
            asked.append(time.monotonic())
        connection.close()

    page = f"/jobs/{job}", PAGE_GAP_SECONDS, {"HX-Request": "true"}
    waiting = f"/api/v1/jobs/{job}", LONGEST_POLL_SECONDS, dict[str, str]()
    threads = [threading.Thread(target=watch, args=(*one, n)) for one in (page, waiting) for n in range(PEOPLE)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _port(stack: Launched) -> int:
    found = re.findall(rf"{READY_LINE}.*?127\.0\.0\.1:(\d+)", stack.text(), re.DOTALL)
    return int(found[-1])


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
