"""Somebody who submits a document every few milliseconds: `python -m bench.sides.bystander URL MODEL QUEUE`.

It prints a line when it is ready and, once its input has ended, the seconds of its longest submission and how many it
made. Imports the ledger.
"""

import json
import sys
import threading
import time

from ledger.corpora import tables as corpora
from ledger.engine import Ledger
from ledger.work.jobs.submit import NewDocument, NewJob, submit

EVERY_SECONDS = 0.02
REFERRED = corpora.Schedule
"""A job's row refers to its table."""


def _watch(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    ledger = Ledger(sys.argv[1])
    asked = NewJob("translation", sys.argv[2], sys.argv[3], {"from": "en", "to": "pt"}, "evaluation", "a small job")
    document = NewDocument("d", "d.txt", "Good morning.")
    over = threading.Event()
    threading.Thread(target=_watch, args=(over,), daemon=True).start()
    submit(ledger, asked, [document])
    print("{}", flush=True)
    seconds: list[float] = []
    while not over.wait(EVERY_SECONDS):
        started = time.perf_counter()
        submit(ledger, asked, [document])
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"longest_seconds": max(seconds), "count": len(seconds)}), flush=True)
    ledger.close()
