"""The `corpusmill` command: the groups of `corpusmill.commands` under one name. Imports click and the commands."""

import os
import sys

import click

from corpusmill import __version__, logs
from corpusmill.commands import (
    attribution,
    comparison,
    corpora,
    jobs,
    licensing,
    maintenance,
    models,
    processes,
    schedules,
    submit,
    verification,
)
from corpusmill.output import Refusal, say
from corpusmill.settings import SettingsError
from ledger.errors import PolicyError
from pipelines.engine.environment import FOR_TORCH

EXIT_REFUSED = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="corpusmill")
def app() -> None:
    """Translate, summarize and judge piles of documents on your own machines, with models whose licences are known."""


for command in (
    processes.up,
    submit.submit,
    jobs.status,
    jobs.results,
    attribution.notice,
    attribution.bom,
    verification.verify,
    jobs.cancel,
    jobs.retry,
    models.models,
    corpora.corpora,
    schedules.schedules,
    maintenance.doctor,
    maintenance.db,
    maintenance.bench,
    processes.web,
    processes.worker,
    processes.beat,
):
    app.add_command(command)
for command in (licensing.conclude, licensing.explain, comparison.compare):
    models.models.add_command(command)


def main() -> None:
    """Run the command line; a refusal is one sentence on stderr and exit status 3."""
    os.environ.update(FOR_TORCH)
    logs.for_people()
    try:
        app()
    except Refusal as refusal:
        say(f"corpusmill: {refusal}", err=True)
        sys.exit(EXIT_REFUSED)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        say(f"corpusmill: {error.strerror or error}{where}", err=True)
        sys.exit(EXIT_REFUSED)
    except (SettingsError, PolicyError) as error:
        say(f"corpusmill: {error}", err=True)
        sys.exit(2)
