"""The `corpusmill` command: the groups of `corpusmill.commands` under one name. Imports click and the commands."""

import os

import click

from corpusmill import __version__, boundary, logs
from corpusmill.commands import (
    attribution,
    comparison,
    corpora,
    jobs,
    licensing,
    maintenance,
    models,
    processes,
    reviews,
    schedules,
    submit,
    terms,
    verification,
)
from corpusmill.exits import MEANINGS
from pipelines.engine.environment import FOR_TORCH

STATUSES = "\b\nExit status:\n" + "\n".join(f"{status:>5}  {meaning}" for status, meaning in MEANINGS.items())


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 130}, epilog=STATUSES)
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
    reviews.review,
    verification.verify,
    jobs.cancel,
    jobs.retry,
    models.models,
    terms.licenses,
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
for command in (licensing.conclude, licensing.prefer, licensing.explain, comparison.compare):
    models.models.add_command(command)


def main() -> None:
    """Run the command line; every error is a sentence on stderr and an exit status."""
    os.environ.update(FOR_TORCH)
    boundary.run(_command)


def _command() -> object:
    logs.for_people()
    return app(prog_name="corpusmill", standalone_mode=False)
