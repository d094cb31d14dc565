"""What a process loads: the web, the sweep, the beat and the migrations start without torch."""

import subprocess
import sys

import pytest

LIGHT = [
    "corpusmill.cli",
    "corpusmill.serving",
    "corpusmill.stack.supervisor",
    "worker.rounds.ticks",
    "worker.parent",
    "worker.child",
    "migrations",
    "webui",
]


@pytest.mark.parametrize("module", LIGHT)
def test_a_process_without_models_loads_neither_torch_nor_transformers(module: str):
    code = f"import sys, {module}; print([n for n in ('torch', 'transformers', 'numpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
