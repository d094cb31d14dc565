"""The house stays readable: no file is longer than 300 lines and no function than 40, as CONTRIBUTING.md asks."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("corpusmill", "ledger", "pipelines", "worker", "webui", "bench", "tests")
FILE_LINES, FUNCTION_LINES = 300, 40


def files() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}: {node.name} has {lines} lines"


def test_no_file_is_longer_than_one_reads_at_a_sitting():
    lines = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert {str(path): count for path, count in lines.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_a_page():
    assert [found for path in files() for found in long_functions(path)] == []
