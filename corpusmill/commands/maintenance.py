"""`corpusmill doctor | db | bench`: look after an installation. Imports output; what it runs, only when it runs."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import as_json, table
from corpusmill.settings import load


@click.command()
@data_dir_option
@json_option
def doctor(data_dir: Path | None, json_: bool) -> None:
    """Check the installation and explain each finding; exit status 1 when something must be mended."""
    from corpusmill.diagnosis import diagnose

    findings = diagnose(load(data_dir=data_dir))
    if json_:
        for finding in findings:
            as_json(asdict(finding))
    else:
        rows = [[f.check, "MEND" if f.must_mend else "ok" if f.ok else "note", f.detail] for f in findings]
        table("Doctor", ["check", "", "finding"], rows)
    sys.exit(1 if any(finding.must_mend for finding in findings) else 0)


@click.group()
def db() -> None:
    """Bring the database's tables up to date, or back; let go of old history."""


@db.command()
@data_dir_option
@json_option
def upgrade(data_dir: Path | None, json_: bool) -> None:
    """Apply every migration that is missing; make the installation where there is none."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger

    with open_ledger(settings, upgrade=True):
        pass
    if json_:
        as_json({"status": "up to date"})
    else:
        click.echo("The database is up to date.")


@db.command()
@click.argument("revision")
@data_dir_option
@json_option
@click.confirmation_option(prompt="What newer tables and columns hold is lost. Go back?", help="Ask nothing.")
def downgrade(revision: str, data_dir: Path | None, json_: bool) -> None:
    """Take the tables back to REVISION, for an older version to run on; end every other process first."""
    from alembic.util import CommandError

    import migrations
    from corpusmill.output import Refusal
    from corpusmill.place.local import open_ledger

    with open_ledger(load(data_dir=data_dir)) as ledger:
        try:
            migrations.downgrade(ledger, revision)
        except CommandError as error:
            raise Refusal(f"no revision {revision} to go back to; {migrations.newest()} is the newest") from error
    if json_:
        as_json({"status": "went back", "revision": revision})
    else:
        click.echo(f"The database is at revision {revision}.")


@db.command()
@data_dir_option
@json_option
def check(data_dir: Path | None, json_: bool) -> None:
    """Compare the tables with what the code declares; exit status 1 when they differ."""
    from alembic.util import CommandError

    import migrations
    from corpusmill.place.local import open_ledger

    settings = load(data_dir=data_dir)
    with open_ledger(settings) as ledger:
        try:
            migrations.check(ledger)
        except CommandError as error:
            raise click.ClickException(str(error)) from error
    if json_:
        as_json({"status": "same"})


@db.command()
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
    help="A day, which begins at midnight UTC, or a time with its zone.",
)
@data_dir_option
@json_option
@click.confirmation_option(
    prompt="The history of what ended before that time goes for good. Go on?", help="Ask nothing."
)
def prune(before: datetime, data_dir: Path | None, json_: bool) -> None:
    """Delete the history (events) of documents that ended before a time; results and open documents stay.

    The stack may run meanwhile; a run that was broken off goes on when it is repeated.
    """
    from corpusmill.output import Refusal
    from corpusmill.place.local import open_ledger
    from ledger.work.history.prune import prune as prune_history

    before = before if before.tzinfo else before.replace(tzinfo=UTC)
    with open_ledger(load(data_dir=data_dir)) as ledger:
        with ledger.read() as session:
            now = ledger.now(session)
        if before > now:
            raise Refusal(f"{before.isoformat()} is in the future; name a time by which documents had ended")
        pruned = prune_history(ledger, before)
    if json_:
        as_json({"status": "pruned", "before": before.isoformat(), **asdict(pruned)})
    else:
        whole = f"{len(pruned.ranges)} whole ranges ({', '.join(pruned.ranges)}) and " if pruned.ranges else ""
        click.echo(f"Deleted {whole}{pruned.events} events.")


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("var/bench.json"),
    show_default=True,
    help="Where to write the report.",
)
@json_option
def bench(out: Path, json_: bool) -> None:
    """Measure ratios on this machine; needs the checkout, whose bench/ holds the comparisons."""
    try:
        from bench.run import run
    except ModuleNotFoundError as error:
        raise click.ClickException("bench/ is not here; run this in the checkout") from error
    report = run(out)
    if json_:
        as_json(report)
