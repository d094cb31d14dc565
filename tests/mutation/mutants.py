"""One-line mutants of the product, found in its syntax trees; some are known to change nothing. Imports edits."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.mutation.edits import EARLY_RETURN, edits, is_left_alone

ROOMS = ("ledger", "worker", "webui", "corpusmill")
EQUIVALENTS = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one expression or statement: `before` became `after` at `start` to `end`, in bytes of the file."""

    path: str
    line: int
    text: str
    """The line as it stands, without the blanks around it."""
    kind: str
    before: str
    after: str
    start: int
    end: int
    static: bool
    """Whether the line runs when its module is imported, not when a function of it is called."""

    def applied(self, source: bytes) -> bytes:
        """The file with this change."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def found(root: Path) -> list[Mutant]:
    """Every mutant of the rooms below `root` that is not known to be equivalent, always in the same order."""
    known = {_key(row) for row in equivalents()}
    files = sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))
    all_of_them = (mutant for path in files for mutant in of_file(path.relative_to(root).as_posix(), path.read_bytes()))
    return [mutant for mutant in all_of_them if _key(asdict(mutant)) not in known]


def equivalents() -> list[dict[str, str]]:
    """The mutants that nobody could tell from the product, listed by hand: path, text, before, after and the reason."""
    rows: list[dict[str, str]] = tomllib.loads(EQUIVALENTS.read_text())["equivalent"]
    return rows


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return row["path"], row["text"], row["before"], row["after"]


def of_file(path: str, source: bytes) -> Iterator[Mutant]:
    """The mutants of one file."""
    begins, lines = [0], source.splitlines(keepends=True)
    for line in lines:
        begins.append(begins[-1] + len(line))
    for node, static in _nodes(ast.parse(source), static=True):
        for kind, place, after in edits(node):
            start = begins[place.lineno - 1] + place.col_offset
            end = begins[(place.end_lineno or place.lineno) - 1] + (place.end_col_offset or 0)
            before = source[start:end].decode()
            text = lines[place.lineno - 1].decode().strip()
            if before != after:
                runs_at_import = static and kind != EARLY_RETURN
                yield Mutant(path, place.lineno, text, kind, before, after, start, end, runs_at_import)


def _nodes(node: ast.AST, *, static: bool) -> Iterator[tuple[ast.AST, bool]]:
    """The nodes that may be broken, each with whether it runs at import; annotations are not among them."""
    if is_left_alone(node):
        return
    yield node, static
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        inside = static and not (isinstance(node, ast.FunctionDef | ast.Lambda) and name == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _nodes(child, static=inside)
