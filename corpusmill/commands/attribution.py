"""`corpusmill notice | bom`: what is owed for the results of a job. Imports the client and output."""

import json
from pathlib import Path

import click

from corpusmill import streams
from corpusmill.client import job_path
from corpusmill.commands.options import OutFile, connect, json_option, server_options
from corpusmill.output import as_json
from corpusmill.transfer.downloads import save

out_option = click.option("--out", type=OutFile(), help="Write to a file instead of stdout.")


@click.command()
@click.argument("job_id")
@out_option
@server_options
@json_option
def notice(job_id: str, out: Path | None, server: str | None, data_dir: Path | None, json_: bool) -> None:
    """Download the attributions that are due for the results of a job."""
    with connect(server, data_dir) as client:
        body = b"".join(client.lines(f"{job_path(job_id)}/notice"))
    if json_ and out is None:
        as_json({"job": job_id, "notice": body.decode()})
    else:
        _write(body, out)


@click.command()
@click.argument("job_id")
@click.option("--format", "format_", type=click.Choice(["cyclonedx", "spdx"]), default="cyclonedx", show_default=True)
@out_option
@server_options
@json_option
def bom(job_id: str, format_: str, out: Path | None, server: str | None, data_dir: Path | None, json_: bool) -> None:
    """Download a bill of materials: the models, files and libraries that made the results of a job."""
    with connect(server, data_dir) as client:
        body = b"".join(client.lines(f"{job_path(job_id)}/bom?format={format_}"))
    if json_ and out is None:
        as_json(json.loads(body))
    else:
        _write(body, out)


def _write(body: bytes, out: Path | None) -> None:
    if out is None:
        streams.pour([body])
    else:
        save(out, lambda: [body])
