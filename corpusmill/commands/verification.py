"""`corpusmill verify`: does a job hold what its receipts claim? Imports output and settings."""

from dataclasses import asdict
from pathlib import Path

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import as_json, table
from corpusmill.settings import load

EXIT_WRONG = 4


@click.command()
@click.argument("job_id")
@click.option("--sample", default=5, show_default=True, type=click.IntRange(0), help="Results to compute again.")
@click.option("--seed", type=click.IntRange(0), help="Take the sample of an earlier call, which told its seed.")
@data_dir_option
@json_option
def verify(job_id: str, sample: int, seed: int | None, data_dir: Path | None, json_: bool) -> None:
    """Check stamps, hashes and receipts of all results of a job and compute some of them again.

    Exit status 4 when something is wrong.
    """
    settings = load(data_dir=data_dir)
    from corpusmill.checking import binding, verification
    from corpusmill.place.local import open_ledger

    with open_ledger(settings) as ledger:
        checks = binding.bindings(ledger, settings.stamps_dir, job_id)
        checks += verification.verify(ledger, settings.models_dir, job_id, sample=sample, seed=seed)
    if json_:
        for check in checks:
            as_json(asdict(check))
    else:
        rows = [[c.name, c.checked, "\n".join(c.wrong) or "nothing", c.note] for c in checks]
        table(f"Job {job_id}", ["check", "looked at", "wrong", "judged by"], rows)
    if any(check.wrong for check in checks):
        raise SystemExit(EXIT_WRONG)
