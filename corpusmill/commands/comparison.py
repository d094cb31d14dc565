"""`corpusmill models compare`: a shadow upgrade, to be promoted for a corpus or not. Imports output and settings."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.commands.parameters import PREFIX, given, parameter_options, task_names
from corpusmill.output import Refusal, as_json, table
from corpusmill.settings import load

if TYPE_CHECKING:
    from ledger.catalog.gate.policy import Policy
    from ledger.catalog.tables import License, Model
    from ledger.corpora.tables import Corpus
    from ledger.engine import Ledger


@click.command()
@click.argument("old", metavar="OLD[@REVISION]")
@click.argument("new", metavar="NEW[@REVISION]")
@click.option("--corpus", required=True, help="Whose documents to run both models on.")
@click.option("--documents", default=20, show_default=True, type=click.IntRange(1), help="How many of them.")
@click.option("--task", type=task_names, help="Needed where both models do more than one.")
@parameter_options
@click.option("--promote", is_flag=True, help="Have the corpus's schedules that keep to OLD keep to NEW.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who promotes.")
@data_dir_option
@json_option
def compare(old: str, new: str, data_dir: Path | None, json_: bool, **options: Any) -> None:
    """Run OLD and NEW over the same documents and report how they differ; nothing changes without --promote."""
    settings = load(data_dir=data_dir)
    from corpusmill.checking import comparison
    from corpusmill.place.local import open_ledger
    from ledger.catalog.choice import named
    from ledger.catalog.gate import policy
    from ledger.corpora.corpus import corpus_named
    from pipelines.errors import ModelError

    rules = policy.of(settings)
    with open_ledger(settings) as ledger:
        with ledger.read() as session:
            before, after = named(session, old), named(session, new)
            corpus = corpus_named(session, options["corpus"])
        documents = comparison.sample(ledger, corpus, options["documents"])
        task, parameters = _asked(before[0], after[0], options)
        try:
            found = comparison.compare(
                before,
                after,
                documents,
                task,
                parameters,
                models_dir=settings.models_dir,
                asked=settings.device,
                policy=rules,
            )
        except ModelError as error:
            raise Refusal(f"the models cannot be compared ({error.code}): {error.message}") from error
        report = found.as_json()
        promoted: list[str] = []
        if options["promote"]:
            promoted = _promote(ledger, corpus, before[0], after, report, options["by"], rules)
    _show(report | {"promoted": promoted}, json_)


def _promote(
    ledger: "Ledger",
    corpus: "Corpus",
    old: "Model",
    new: "tuple[Model, License]",
    report: dict[str, Any],
    by: str,
    policy: "Policy",
) -> list[str]:
    """The names of the schedules that keep to the new model from now on."""
    from ledger.corpora import promotion

    with ledger.write() as session:
        now = ledger.now(session)
        moved = promotion.promote(session, corpus, old, new, report=report, by=by, policy=policy, now=now)
    return [row.name for row in moved]


def _asked(old: Any, new: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """The task that both do, and its parameters; the language pair that both have, where only one is."""
    from pipelines.tasks.registry import task_named

    common = [task for task in old.tasks if task in new.tasks and options["task"] in (None, task)]
    if len(common) != 1:
        raise click.UsageError(f"the models have {len(common)} tasks in common; choose one with --task")
    task = task_named(common[0])
    said = [f"{PREFIX}{name}" for name in task.parameters.languages]
    if said and any(options[name] is None for name in said):
        pairs = [pair for pair in old.language_pairs if pair in new.language_pairs]
        if len(pairs) != 1:
            raise click.UsageError("choose a language pair with --from and --to")
        options = options | dict(zip(said, pairs[0], strict=True))
    return task, task.parameters.parse(given(task, options))


def _show(report: dict[str, Any], json_: bool) -> None:
    if json_:
        as_json(report)
        return
    purposes = report.pop("purposes")
    table("Comparison", ["", ""], [[name, value] for name, value in report.items()])
    rows = [[purpose, *("yes" if may else "no" for may in both)] for purpose, both in purposes.items()]
    table("May serve", ["purpose", "old", "new"], rows)
    if not report["promoted"]:
        click.echo("Nothing was changed; --promote has the corpus's schedules use the new model.")
