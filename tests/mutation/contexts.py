"""A pytest plugin: coverage of every line by the test that reaches it, and how long each test takes. Imports coverage.

Loaded by `reach`, in a copy of the tree; processes that tests start are measured under the name of the test as well.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

CONTEXT = "MUTATION_CONTEXT"
SETTINGS = f"""[run]
source = ledger, worker, webui, corpusmill
parallel = true
sigterm = true
patch = _exit
context = ${{{CONTEXT}-}}
data_file = ${{MUTATION_DATA}}
disable_warnings = no-data-collected, module-not-imported, module-not-measured, already-imported
"""


class Contexts:
    """Measures from the collection to the end of the session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seconds: dict[str, float] = {}
        os.environ["COVERAGE_PROCESS_START"] = str(folder / "coveragerc")  # every Python that a test starts reads it
        self._coverage = coverage.Coverage(config_file=os.environ["COVERAGE_PROCESS_START"])
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        os.environ[CONTEXT] = item.nodeid
        yield
        os.environ[CONTEXT] = ""
        self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        (self._folder / "seconds.json").write_text(json.dumps(self._seconds))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Contexts(Path(os.environ["MUTATION_DATA"]).parent))
