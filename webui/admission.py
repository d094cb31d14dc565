"""Admit a model for those who ask over HTTP. Imports settings, licenses and problems.

The command line does it in a process of its own: a model is tried out, and the web never loads one.
"""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from corpusmill.settings import Settings
from ledger.catalog.terms.licenses import terms
from ledger.corpora.scan import is_directory
from webui.intake.requests.bodies import ModelBody
from webui.problems import Problem

HUB = "hub"
LIMIT_SECONDS = 600
EXIT_REFUSED = 3
REFUSED = re.compile(r"is refused \((?P<code>\w+)\): (?P<sentence>.*)", re.DOTALL)
REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?@[0-9a-f]{40}")

_one_at_a_time = threading.Lock()


def admit(settings: Settings, body: ModelBody) -> tuple[str, str]:
    """Admit what `body` names and return its name and revision.

    Raises Problem: 403 for what the operator did not open, 409 while another admission runs, 422 with the code and
    the sentence of a refusal, 504 when it takes too long; LicenseUnreadableError.
    """
    origin = _origin(settings, body)
    if body.license is not None:
        terms(body.license)
    command = [sys.executable, "-m", "corpusmill", "models", "add", "--json", *_options(body), "--", origin]
    if not _one_at_a_time.acquire(blocking=False):
        raise Problem(409, "admission_running", "Another model is being admitted; try again when it is done.")
    try:
        done = subprocess.run(  # noqa: S603 - our own command; each value is one argument
            command,
            env=os.environ | settings.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise Problem(504, "admission_too_slow", f"The admission took more than {LIMIT_SECONDS} s.") from error
    finally:
        _one_at_a_time.release()
    if done.returncode != 0:
        raise _refusal(done)
    admitted: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return admitted["name"], admitted["revision"]


def _origin(settings: Settings, body: ModelBody) -> str:
    """The directory or repository, if the operator opened it to the API."""
    if REPOSITORY.fullmatch(body.origin) and not is_directory(Path(body.origin)):
        if HUB in settings.model_roots:
            return body.origin
    else:
        directory = Path(body.origin).resolve()
        roots = [Path(root).resolve() for root in settings.model_roots if root != HUB]
        if is_directory(directory) and any(directory.is_relative_to(root) for root in roots):
            return str(directory)
    raise Problem(
        403,
        "outside_model_roots",
        "The API admits models only from directories in the setting model_roots, and from repositories at a full "
        f'commit where that holds "{HUB}"; on the server itself, corpusmill models add takes any.',
    )


def _options(body: ModelBody) -> list[str]:
    values = {
        "name": body.name,
        "from": body.from_language,
        "to": body.to_language,
        "license": body.license,
        "reason": body.reason,
        "by": body.by,
    }
    return [f"--{option}={value}" for option, value in values.items() if value is not None]


def _refusal(done: subprocess.CompletedProcess[str]) -> Problem:
    """What the command said; only a refusal is repeated, nothing else of its output."""
    if done.returncode == EXIT_REFUSED:
        said = done.stderr.strip().rpartition("corpusmill: ")[2]
        known = REFUSED.search(said)
        return Problem(422, known["code"], known["sentence"]) if known else Problem(422, "model_refused", said)
    return Problem(422, "model_refused", "It could not be admitted; the same with corpusmill models add says more.")
