"""What people write today: one Celery message a document, its result stored by the task. Imports Celery only.

Run as a worker by `celery -A tests.faults.control.plain worker`; CONTROL_FLAVOUR is `default` or `recommended` (late
acknowledgement, redelivery when a worker is lost, a short visibility timeout).
"""

import os
import signal
import sqlite3
import time

from celery import Celery

from tests.faults.model import expected_output

DELAY_SECONDS = 0.02
VISIBILITY_SECONDS = 2

app = Celery("control", broker=os.environ.get("CONTROL_BROKER", "redis://127.0.0.1:6379/0"))
if os.environ.get("CONTROL_FLAVOUR") == "recommended":
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
    )


def open_results(path: str) -> sqlite3.Connection:
    """The table of results; a document may have as many rows as there were computations."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS results (document TEXT, output TEXT)")
    return connection


@app.task(name="process")
def process(document: str, text: str) -> None:
    """Compute one document and store its output."""
    time.sleep(DELAY_SECONDS)
    if text.startswith("POISON-KILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    connection = open_results(os.environ["CONTROL_RESULTS"])
    connection.execute("INSERT INTO results VALUES (?, ?)", (document, expected_output(text)["text"]))
    connection.close()
