"""`corpusmill models conclude | prefer | explain`: what people decide of a model. Imports output and settings."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpusmill.commands.models import show_models
from corpusmill.commands.options import PURPOSES, data_dir_option, json_option
from corpusmill.exits import Exit
from corpusmill.output import as_json, say, table
from corpusmill.settings import load

if TYPE_CHECKING:
    from ledger.catalog.gate.verdict import Verdict
    from ledger.catalog.tables import License, Model


@click.command()
@click.argument("name", metavar="NAME[@REVISION]")
@click.argument("license_id", metavar="LICENSE")
@click.option("--reason", required=True, help="Why this licence holds; kept with the decision.")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who decides.")
@data_dir_option
@json_option
def conclude(name: str, license_id: str, reason: str, by: str, data_dir: Path | None, json_: bool) -> None:
    """Record your decision on the licence of one revision: an SPDX id, expression, LicenseRef or hub tag."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog import models as catalog

    with open_ledger(settings) as ledger, ledger.write() as session:
        changed = catalog.decide(session, name, license_id, by=by, reason=reason, now=ledger.now(session))
        row = (changed, changed.concluded_license_id)
    show_models([row], json_)


@click.command()
@click.argument("name", metavar="NAME[@REVISION]")
@click.option("--by", default=getpass.getuser, show_default="you", help="Who prefers it.")
@data_dir_option
@json_option
def prefer(name: str, by: str, data_dir: Path | None, json_: bool) -> None:
    """Have jobs that name no model get this one, where it can do what they ask and may serve what they are for."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog import choice

    with open_ledger(settings) as ledger, ledger.write() as session:
        preferred = choice.prefer(session, name, by=by, now=ledger.now(session))
        row = (preferred, preferred.concluded_license_id)
    show_models([row], json_)


@click.command()
@click.argument("name", metavar="NAME[@REVISION]")
@click.option("--purpose", type=click.Choice(PURPOSES), help="What results are for.  [default: the policy's]")
@data_dir_option
@json_option
def explain(name: str, purpose: str | None, data_dir: Path | None, json_: bool) -> None:
    """Show whether a model may serve a purpose, need by need; exit status 3 when it may not."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.catalog.choice import named
    from ledger.catalog.gate import policy
    from ledger.catalog.gate.verdict import judge

    rules = policy.of(settings)
    wanted = policy.Purpose(purpose) if purpose else rules.default_purpose
    with open_ledger(settings) as ledger, ledger.read() as session:
        model, license_ = named(session, name)
        verdict = judge(model, license_, wanted, rules)
        answer = _answer(model, license_, verdict, wanted)
    if json_:
        as_json(answer)
    else:
        rows = [[finding.need, "yes" if finding.met else "no", finding.reason] for finding in verdict.findings]
        table(f"{answer['model']} for {wanted} use, policy {verdict.policy}", ["need", "met", "why"], rows)
        say(f"{'Permitted' if verdict.allowed else 'Not permitted'}: {verdict.reason}")
        for duty in answer["duties"] if verdict.allowed else ():
            say(f"Asked of you: {duty}")
    if not verdict.allowed:
        raise SystemExit(Exit.REFUSED)


def _answer(model: "Model", license_: "License", verdict: "Verdict", purpose: str) -> dict[str, Any]:
    """Everything that is said of a model and a purpose."""
    from ledger.catalog.gate.conditions import limits
    from ledger.catalog.gate.verdict import duties, evidence

    return {
        "model": f"{model.name}@{model.revision}",
        "purpose": purpose,
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "license": license_.id,
        "declared": model.declared_license,
        "evidence": evidence(model),
        "concluded_by": model.concluded_by,
        "clause": license_.clause or None,
        "source": license_.source,
        "duties": duties(license_),
        "limits": limits(license_),
        "installation": dict(verdict.declared),
        "policy": verdict.policy,
        "findings": [
            {"need": finding.need, "met": finding.met, "reason": finding.reason} for finding in verdict.findings
        ],
    }
