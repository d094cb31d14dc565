"""What commands print: JSON lines for scripts, tables for people, refusals. Imports click and rich."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 120
"""Columns of a table that goes to a file or another program."""


class Refusal(Exception):  # noqa: N818 - what it is called at the door
    """The server or the ledger refused; the message is for the person at the terminal."""


def as_json(value: Any) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; cells are shown as they are, never read as markup."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold", highlight=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*("" if cell is None else str(cell).replace("[", "\\[") for cell in row))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(grid)
