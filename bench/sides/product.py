"""The product as a side of a comparison: documents in over HTTP, until all results are stored. Imports the client."""

import time
from collections.abc import Sequence
from typing import Any

from corpusmill.commands.submit import wait
from corpusmill.stack.launch import Launched

PAIR = {"from": "en", "to": "pt"}


def job(task: str, parameters: dict[str, Any], documents: Sequence[str]) -> dict[str, Any]:
    """The body of a POST /jobs."""
    named = [{"custom_id": str(number), "text": text} for number, text in enumerate(documents)]
    return {"task": task, "parameters": parameters, "documents": named}


def completed_seconds(stack: Launched, body: dict[str, Any]) -> float:
    """Seconds from sending a job to seeing it completed. Raises RuntimeError when a document failed."""
    with stack.client() as client:
        started = time.perf_counter()
        ended = wait(client, client.post("/jobs", body), quiet=True)
        seconds = time.perf_counter() - started
    if ended["status"] != "completed":
        raise RuntimeError(f"a job of the bench ended as {ended['status']}")
    return seconds
