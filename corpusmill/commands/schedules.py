"""`corpusmill schedules`: recurring jobs over corpora, on this machine's ledger. Imports output and the ledger."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from corpusmill.commands.options import PURPOSES, data_dir_option, json_option
from corpusmill.commands.parameters import given, parameter_options, task_names
from corpusmill.output import Refusal, as_json, say, table
from corpusmill.settings import load
from pipelines.tasks.registry import task_named


@click.group()
def schedules() -> None:
    """Process what is new in a corpus again and again."""


@schedules.command()
@click.argument("name")
@click.option("--corpus", required=True, help="Name of the corpus.")
@click.option("--cron", required=True, help='When, as a cron line such as "30 2 * * *".')
@click.option("--time-zone", default="UTC", show_default=True, help="Zone of the cron line, such as Europe/Lisbon.")
@click.option("--task", required=True, type=task_names)
@parameter_options
@click.option("--model", help="Name of an admitted model.")
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    help="What the results are for.  [default: the policy's]",
)
@data_dir_option
@json_option
def add(name: str, corpus: str, task: str, data_dir: Path | None, json_: bool, **options: Any) -> None:
    """Register schedule NAME."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog.gate import policy
    from ledger.corpora import schedule
    from ledger.corpora.corpus import corpus_named

    parameters = given(task_named(task), options)
    with open_ledger(settings) as ledger, ledger.write() as session:
        rules = policy.of(settings)
        row = schedule.add_schedule(
            session,
            name=name,
            corpus=corpus_named(session, corpus),
            cron=options["cron"],
            time_zone=options["time_zone"],
            task=task,
            parameters=parameters,
            purpose=policy.Purpose(options["purpose"]) if options["purpose"] else rules.default_purpose,
            model_name=options["model"],
            policy=rules,
            now=ledger.now(session),
        )
    _show([row], json_)


@schedules.command("list")
@data_dir_option
@json_option
def list_schedules(data_dir: Path | None, json_: bool) -> None:
    """List the schedules."""
    settings = load(data_dir=data_dir)
    from sqlalchemy import select

    from corpusmill.place.local import open_ledger
    from ledger.corpora.tables import Schedule

    with open_ledger(settings) as ledger, ledger.read() as session:
        rows = session.scalars(select(Schedule).order_by(Schedule.name)).all()
    _show(list(rows), json_)


@schedules.command()
@click.argument("name")
@data_dir_option
@json_option
def run(name: str, data_dir: Path | None, json_: bool) -> None:
    """Process what is new or changed now."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog.gate import policy
    from ledger.corpora import firing, schedule

    rules = policy.of(settings)
    with open_ledger(settings) as ledger:
        with ledger.read() as session:
            row = schedule.schedule_named(session, name)
        tick = firing.run(ledger, row.id, policy=rules)
    if json_:
        time = {"tick_at": tick.tick_at.isoformat(), "time_zone": row.time_zone}
        as_json({**time, "job_id": tick.job_id, "error": tick.error})
    elif not tick.error:
        say(f"Accepted job {tick.job_id}" if tick.job_id else "Nothing is new or changed.")
    if tick.error:
        raise Refusal(tick.error)


@schedules.command()
@click.argument("name")
@data_dir_option
@json_option
def pause(name: str, data_dir: Path | None, json_: bool) -> None:
    """Stop firing a schedule."""
    _change(name, data_dir, json_, resume=False)


@schedules.command()
@click.argument("name")
@data_dir_option
@json_option
def resume(name: str, data_dir: Path | None, json_: bool) -> None:
    """Fire a paused schedule again, from its next time on."""
    _change(name, data_dir, json_, resume=True)


def _change(name: str, data_dir: Path | None, json_: bool, *, resume: bool) -> None:
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.corpora import schedule

    with open_ledger(settings) as ledger, ledger.write() as session:
        row = schedule.schedule_named(session, name)
        if resume:
            schedule.resume(row, now=ledger.now(session))
        else:
            schedule.pause(row)
    _show([row], json_)


def _show(rows: list[Any], json_: bool) -> None:
    columns = ["id", "name", "cron", "time_zone", "task", "model", "next_tick_at"]
    for row in rows if json_ else ():
        as_json({column: _plain(_cell(row, column)) for column in columns})
    if not json_:
        from ledger.corpora.clock import local

        cells = [[_cell(row, column) for column in columns[:-1]] for row in rows]
        for row, line in zip(rows, cells, strict=True):
            line.append(local(row.next_tick_at, row.time_zone) if row.next_tick_at else "paused")
        table("Schedules", [*columns[:-1], "next run"], cells)


def _cell(row: Any, column: str) -> Any:
    return getattr(row, "model_name" if column == "model" else column)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
