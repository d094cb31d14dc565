"""Options that several commands share. Imports click, the client and settings."""

from pathlib import Path
from typing import Any

import click

from corpusmill.client import Client
from corpusmill.settings import load
from corpusmill.transfer.downloads import probe

PURPOSES = ("evaluation", "internal", "research", "commercial")

json_option: Any = click.option("--json", "json_", is_flag=True, help="Print JSON, one line a thing.")
data_dir_option: Any = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where everything is kept.  [default: var]"
)


class OutFile(click.Path):
    """A file that can be written; known before anything is sent."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; a usage error where no file can be made beside it, or it cannot be written."""
        path: Any = super().convert(value, param, ctx)
        try:
            probe(path)
        except OSError as error:
            self.fail(f"{click.format_filename(path)} cannot be written: {error.strerror}.", param, ctx)
        return path


def server_options(function: Any) -> Any:
    """`--server` and `--data-dir`: which server to talk to."""
    here = "URL of the server; without it the stack in the data directory."
    return click.option("--server", help=here)(data_dir_option(function))


def connect(server: str | None, data_dir: Path | None) -> Client:
    """A client of the named server, else of the stack in the data directory. Raises UsageError."""
    if server is not None and not server.startswith(("http://", "https://")):
        raise click.UsageError(f"--server takes a URL such as http://127.0.0.1:8080, not {server!r}")
    return Client(server or load(data_dir=data_dir).data_dir)
