"""A web server that is newer than the workers, for jobs that say so by their name. Imports the web's intake."""

from typing import Any

import webui.intake.acceptance
from ledger.work.jobs.submit import NewJob
from tests.faults.documents import NEWER

NOVELTY = {"novelty": 1}


def _asked(**fields: Any) -> NewJob:
    novelty = NOVELTY if fields["name"].startswith(NEWER) else {}
    return NewJob(**fields | {"parameters": fields["parameters"] | novelty})


def install() -> None:
    """Have such jobs accepted with a parameter that no worker of today knows."""
    webui.intake.acceptance.NewJob = _asked  # type: ignore[misc,assignment]
