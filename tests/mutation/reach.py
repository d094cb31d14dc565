"""Which fast tests reach which line of the product, and how long they take. Imports coverage, contexts."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage

from tests.mutation.contexts import SETTINGS
from tests.mutation.mutants import Mutant

INTEGRATION = "client ledger serving web test_beat.py test_doctor.py test_installation.py test_pages.py".split()
FAST = ("tests/unit", *(f"tests/integration/{name}" for name in [*INTEGRATION, "test_schedule_times.py"]))
LEFT_OUT = (
    "tests/unit/pipelines",
    "tests/unit/mutation",
    "tests/integration/ledger/test_interleavings.py",
    "tests/integration/serving/test_memory.py",
)
"""Of another room, of this one, and two that take minutes: forced orders of locks, and memory."""


@dataclass(frozen=True)
class Reach:
    """The tests that reach a line, by path and line, and the seconds of each test that passes."""

    tests: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def of(self, mutant: Mutant, budget_seconds: float) -> list[str]:
        """The tests for `mutant`, those on SQLite and quick ones first, up to a sum of seconds, but at least one.

        A line that runs at import is reached by all that reach a line of its file.
        """
        lines = self.tests.get(mutant.path, {})
        if mutant.static:
            names = {name for some in lines.values() for name in some}
        else:
            last = mutant.line + mutant.before.count("\n")
            names = {name for line in range(mutant.line, last + 1) for name in lines.get(line, [])}
        chosen, sum_seconds = [], 0.0
        for name in sorted(names & self.seconds.keys(), key=self._cost):
            sum_seconds += self.seconds[name]
            if chosen and sum_seconds > budget_seconds:
                break
            chosen.append(name)
        return chosen

    def joined(self, later: "Reach") -> "Reach":
        """This and what was measured later, of some tests again or for the first time."""
        tests = {path: dict(lines) for path, lines in self.tests.items()}
        for path, lines in later.tests.items():
            of_file = tests.setdefault(path, {})
            for line, names in lines.items():
                of_file[line] = sorted({*of_file.get(line, []), *names})
        return Reach(tests, self.seconds | later.seconds)

    def _cost(self, name: str) -> tuple[bool, float, str]:
        return "postgres" in name, self.seconds[name], name


def settings(folder: Path) -> dict[str, str]:
    """What a pen needs in its environment to be measured into `folder`, in which nothing of an earlier time stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("coverage*"):
        path.unlink()
    (folder / "coveragerc").write_text(SETTINGS)
    return {"MUTATION_DATA": str(folder / "coverage")}


def arguments(paths: Sequence[str] = FAST) -> list[str]:
    """Those of the run of pytest that is measured."""
    return ["-p", "tests.mutation.contexts", *paths, *(f"--ignore={path}" for path in LEFT_OUT)]


def read(tree: Path, folder: Path) -> Reach:
    """What was measured in `tree` into `folder`."""
    name = str(folder / "coverage")
    coverage.Coverage(config_file=False, data_file=name).combine([str(folder)])
    data = coverage.CoverageData(basename=name)
    data.read()
    tests: dict[str, dict[int, list[str]]] = defaultdict(dict)
    for file in data.measured_files():
        path = Path(file).relative_to(tree).as_posix()
        for line, names in data.contexts_by_lineno(file).items():
            tests[path][line] = [name for name in names if name]
    return Reach(tests, json.loads((folder / "seconds.json").read_text()))


def keep(folder: Path, reach: Reach) -> Reach:
    """Keep in `folder` what was measured."""
    (folder / "reach.json").write_text(json.dumps({"tests": reach.tests, "seconds": reach.seconds}))
    return reach


def kept(folder: Path) -> Reach:
    """What was measured before. Raises OSError."""
    known = json.loads((folder / "reach.json").read_text())
    tests = {path: {int(line): names for line, names in lines.items()} for path, lines in known["tests"].items()}
    return Reach(tests, known["seconds"])
