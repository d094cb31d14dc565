"""Options that several commands share. Imports click, the client and settings."""

from pathlib import Path
from typing import Any

import click

from corpusmill.client import Client, locate
from corpusmill.settings import load

PURPOSES = ("evaluation", "internal", "research", "commercial")
FAULTS = ("flag", "fail")
ON_FAULT_HELP = "Where a part cannot be translated: flag it or fail its document (translation).  [default: flag]"

json_option: Any = click.option("--json", "json_", is_flag=True, help="Print JSON, one line a thing.")
data_dir_option: Any = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where everything is kept.  [default: var]"
)


def server_options(function: Any) -> Any:
    """`--server` and `--data-dir`: which server to talk to."""
    here = "URL of the server; without it the stack in the data directory."
    return click.option("--server", help=here)(data_dir_option(function))


def connect(server: str | None, data_dir: Path | None) -> Client:
    """A client of the named server, else of the stack in the data directory. Raises Refusal."""
    return Client(locate(server, load(data_dir=data_dir).data_dir))
