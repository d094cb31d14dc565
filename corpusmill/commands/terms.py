"""`corpusmill licenses`: enter terms that no table has, and see what was corrected. Imports output and settings."""

import datetime as dt
import getpass
from collections.abc import Sequence
from pathlib import Path

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import as_json, table
from corpusmill.place import countries
from corpusmill.settings import load

COLUMNS = ("license", "commercial use", "entered by", "until", "reason")


def _territories(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Raises click.BadParameter for what is neither a country nor the EU."""
    try:
        return tuple("EU" if one.upper() == "EU" else countries.code(one) for one in given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.group()
def licenses() -> None:
    """Licences: enter your own terms, list corrections."""


@licenses.command()
@click.argument("license_id", metavar="LicenseRef-NAME")
@click.option("--title", required=True, help="What people call it.")
@click.option("--commercial/--no-commercial", required=True, help="Whether it permits commercial use.")
@click.option("--attribution/--no-attribution", default=True, show_default=True, help="Whether credit has to be given.")
@click.option("--share-alike", is_flag=True, help="What is derived has to carry the same terms.")
@click.option("--use-restrictions", is_flag=True, help="It forbids particular uses.")
@click.option(
    "--excluded-territory",
    "territories",
    multiple=True,
    callback=_territories,
    help="A country (ISO 3166-1 alpha-2), or EU, in which it grants nothing; may be repeated.",
)
@click.option("--most-monthly-users", type=click.IntRange(min=0), help="Users a month beyond which it grants nothing.")
@click.option("--most-revenue-usd", type=click.IntRange(min=0), help="USD a year beyond which it grants no commerce.")
@click.option("--asks", multiple=True, help="What it asks beside credit, in a sentence; may be repeated.")
@click.option("--clause", required=True, help="The place in the contract that decides.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it ends (midnight UTC).")
@click.option("--reason", required=True, help="How you came by it; kept with the terms.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who enters it.")
@data_dir_option
@json_option
def enter(
    license_id: str,
    by: str,
    reason: str,
    until: dt.datetime | None,
    territories: tuple[str, ...],
    most_monthly_users: int | None,
    most_revenue_usd: int | None,
    asks: tuple[str, ...],
    data_dir: Path | None,
    json_: bool,
    **said: object,
) -> None:
    """Enter the terms of a licence that is bought, or that nobody lists; the same id again changes them."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog.terms.conditions import Kind, conditioned
    from ledger.catalog.terms.entered import SOURCE, Entry
    from ledger.catalog.terms.entered import enter as keep
    from ledger.catalog.terms.licenses import Terms

    given = {"commercial_use" if name == "commercial" else name: value for name, value in said.items()}
    limits = {Kind.MONTHLY_USERS: most_monthly_users, Kind.REVENUE_USD: most_revenue_usd}
    depends = conditioned(str(said["clause"]), territories, limits, asks)
    terms = Terms(id=license_id, source=SOURCE, conditions=depends, **given)  # type: ignore[arg-type]
    ends = until.replace(tzinfo=dt.UTC) if until else None
    with open_ledger(settings) as ledger, ledger.write() as session:
        row = keep(session, Entry(terms, by, reason, ends))
        shown = (row.id, row.commercial_use, row.entered_by, ends and ends.date().isoformat(), row.entered_reason)
    _show("Entered", COLUMNS, [shown], json_)


@licenses.command()
@data_dir_option
@json_option
def corrections(data_dir: Path | None, json_: bool) -> None:
    """List what corrected terms changed for licences here, and what was concluded anew for models."""
    settings = load(data_dir=data_dir)
    from sqlalchemy import select

    from corpusmill.place.local import open_ledger
    from ledger.catalog.tables import LicenseCorrection

    with open_ledger(settings) as ledger, ledger.read() as session:
        rows = [
            (one.at.isoformat(), one.license_id, one.before, one.after)
            for one in session.scalars(select(LicenseCorrection).order_by(LicenseCorrection.id))
        ]
    _show("Corrections", ("at", "license", "before", "after"), rows, json_)


def _show(title: str, columns: tuple[str, ...], rows: Sequence[Sequence[object]], json_: bool) -> None:
    if json_:
        for row in rows:
            as_json(dict(zip(columns, row, strict=True)))
    else:
        table(title, columns, [["" if value is None else value for value in row] for row in rows])
