"""`corpusmill review`: say that somebody checked the results of a job. Imports the client and output."""

import getpass
from pathlib import Path

import click

from corpusmill.client import job_path
from corpusmill.commands.options import connect, json_option, server_options
from corpusmill.output import as_json, say


@click.command()
@click.argument("job_id")
@click.option("--approve/--reject", "approved", required=True, help="What the person who checked says of the results.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who checked them.")
@click.option("--note", default="", help="What there is to say of them.")
@click.option(
    "--position", type=click.IntRange(min=0), help="Of one document, by its position in the results.  [default: all]"
)
@server_options
@json_option
def review(
    job_id: str,
    approved: bool,
    by: str,
    note: str,
    position: int | None,
    server: str | None,
    data_dir: Path | None,
    json_: bool,
) -> None:
    """Record who checked the results of a job, when, and what they say; it goes with the results and never changes."""
    body = {"by": by, "approved": approved, "note": note, "position": position}
    with connect(server, data_dir) as client:
        kept = client.post(f"{job_path(job_id)}/reviews", body)
    if json_:
        as_json(kept)
    else:
        word = "approved" if kept["approved"] else "rejected"
        say(f"Recorded: {word} by {kept['by']} at {kept['at']}.")
