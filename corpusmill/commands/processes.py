"""`corpusmill up | web | worker | beat`: the long-running processes. Each imports what it runs only when it runs."""

from pathlib import Path

import click

from corpusmill import logs
from corpusmill.commands.options import data_dir_option
from corpusmill.settings import Settings, load
from worker import tether

FOR_CHILDREN = {"HF_HUB_OFFLINE": "1"}
"""Libraries read this when a worker child loads them: it loads what was admitted and fetches nothing."""


@click.command()
@data_dir_option
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the web server; 0 takes a free one.  [default: 8080]"
)
@click.option("--host", help="Address of the web server.  [default: 127.0.0.1]")
def up(data_dir: Path | None, port: int | None, host: str | None) -> None:
    """Run the whole stack on this machine until Ctrl+C."""
    settings = load(data_dir=data_dir, port=port, host=host)
    from corpusmill.stack.supervisor import run

    run(settings)


@click.command()
@data_dir_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one.")
@click.option("--host", help="Address to listen on.")
def web(data_dir: Path | None, port: int | None, host: str | None) -> None:
    """Run the web server alone."""
    settings = load(data_dir=data_dir, port=port, host=host)
    _begin(settings)
    from corpusmill import serving
    from corpusmill.stack.port import require_free

    require_free(settings.host, settings.port)
    serving.serve(settings)


@click.command()
@click.option("--queues", help="Queues to serve, as shell patterns separated by commas.  [default: *]")
@data_dir_option
def worker(queues: str | None, data_dir: Path | None) -> None:
    """Run a worker alone; on another machine it needs the same database, broker, models directory and key of stamps."""
    settings = load(data_dir=data_dir, queues=queues.split(",") if queues else None)
    _begin(settings, stamping=True)
    _hand_down(settings.environment() | FOR_CHILDREN)
    from worker import parent

    parent.run(settings)


@click.command()
@data_dir_option
def beat(data_dir: Path | None) -> None:
    """Run the schedules and the sweep alone."""
    settings = load(data_dir=data_dir)
    _begin(settings, stamping=True)
    from worker.rounds import ticks

    ticks.run(settings)


def _begin(settings: Settings, *, stamping: bool = False) -> None:
    from corpusmill.place import installation

    installation.require(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # the first process here of a database elsewhere
    logs.configure(settings.log_format)
    tether.end_for_sure()
    from corpusmill.place.local import require_key, require_known_tables

    require_known_tables(settings)
    if stamping:
        require_key(settings)


def _hand_down(environment: dict[str, str]) -> None:
    """Worker children are spawned and read their settings from the environment."""
    import os

    os.environ.update(environment)
