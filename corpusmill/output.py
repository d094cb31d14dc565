"""What commands print: JSON lines for scripts, tables for people, refusals. Imports click, rich, exits and names."""

import json
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, ClassVar

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpusmill.exits import Exit
from ledger.names import holds_controls, plain

PIPED_WIDTH = 120
"""Columns of a table that goes to a file or another program, where no name asks for more."""

COPIED = frozenset({"id", "name", "model", "revision", "directory", "globs", "job", "corpus", "license"})
"""Columns that people copy out of a table: they are never folded or cut; where they leave no room, rows are stacked."""

LONGEST_WORD = 24
"""A word up to this length is not broken either; a time in ISO 8601 has as many."""

BORDER, GAP = 1, 3
HELD = "\0"
"""Stands for a space at which no line is broken; no cell holds it."""


class Refusal(Exception):  # noqa: N818 - what it is called at the door
    """The server or the ledger refused; the message is for the person at the terminal."""

    status: ClassVar[Exit] = Exit.REFUSED


class Unreachable(Refusal):
    """No server answers."""

    status = Exit.UNREACHABLE


class Unknown(Refusal):
    """A request was sent, and whether it was carried out is not known."""

    status = Exit.UNKNOWN


class Interrupted(Refusal):
    """A person or a signal ended the command; the message says what goes on without it."""

    status = Exit.INTERRUPTED


def as_json(value: Any) -> None:
    """Print one JSON line; what could steer a terminal, or its encoding lacks, is escaped, which means the same."""
    said = json.dumps(value, ensure_ascii=False)
    if holds_controls(said) or not _has_letters_for(said):
        said = "".join(json.dumps(c)[1:-1] if holds_controls(c) or not _has_letters_for(c) else c for c in said)
    click.echo(said)


def say(message: object, *, err: bool = False) -> None:
    """Print a message that may hold names from elsewhere, with nothing in it that steers a terminal."""
    click.echo(plain(str(message), kept="\n\t"), err=err)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table no wider than the terminal; cells are shown as they are, never read as markup.

    What people copy stands whole on one line; other columns are folded for it, and where that is not enough each row
    becomes a few lines of their own.
    """
    console = Console()
    cells = [["" if cell is None else plain(str(cell), kept="\n") for cell in row] for row in rows]
    natural = [_widest(column, cells, i, str.splitlines) for i, column in enumerate(columns)]
    least = [
        full if column in COPIED else min(full, LONGEST_WORD, _widest(column, cells, i, str.split))
        for i, (column, full) in enumerate(zip(columns, natural, strict=True))
    ]
    frame = BORDER + GAP * len(columns)
    width = console.width if sys.stdout.isatty() else max(PIPED_WIDTH, sum(least) + frame)
    if sum(least) + frame > width:
        _stack(title, columns, cells, width)
        return
    grid = Table(title=Text(title, style="bold"), title_justify="left", header_style="bold", highlight=False)
    for column, size in zip(columns, _fitted(natural, least, width - frame), strict=True):
        grid.add_column(Text(column), overflow="fold", width=size)
    for row in cells:
        grid.add_row(*map(Text, row))
    Console(width=width).print(grid)


def _has_letters_for(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _widest(column: str, cells: Sequence[Sequence[str]], index: int, parts: Any) -> int:
    """Columns of the widest line, or word, of a column of the table."""
    return max(cell_len(part) for text in (column, *(row[index] for row in cells)) for part in (*parts(text), ""))


def _fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widths of columns in `room`: the ones that can give most are narrowed, one step at a time."""
    sizes = list(natural)
    while sum(sizes) > room:
        giving = max(range(len(sizes)), key=lambda i: sizes[i] - least[i])
        sizes[giving] -= 1
    return sizes


def _stack(title: str, columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> None:
    """Each row as lines: one for each cell that people copy, then the others together."""
    click.secho(title, bold=True)
    labels = max((cell_len(column) for column in columns if column in COPIED), default=0)
    for row in cells:
        click.echo()
        others: list[str] = []
        for column, cell in zip(columns, row, strict=True):
            if column in COPIED:
                click.echo(f"{column:<{labels}}  {cell}")
            elif cell:
                said = " ".join([column, *cell.split()]).strip()
                others.append(said.replace(" ", HELD) if len(said) <= width // 2 else said)
        lines = textwrap.wrap(f"{HELD}· ".join(others), width, break_long_words=False, break_on_hyphens=False)
        click.echo("\n".join(lines).replace(HELD, " "))
