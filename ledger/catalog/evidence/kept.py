"""What a model's files declare and what was found in them, kept to conclude from anew. Imports tables and evidence."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.evidence.bans import LONGEST
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from ledger.catalog.evidence.rules import rules
from ledger.catalog.tables import Grounds, Model
from ledger.upsert import insert_missing

DECLARATION = TypeAdapter(Declaration)
FINDINGS = TypeAdapter(Findings)
SAID = ("declaration", "findings", "bases", "rules", "whole")


@dataclass(frozen=True, slots=True)
class Kept:
    """A declaration without its texts, which are kept one by one, and what was found in it by which `rules`.

    It is not `whole` where the model was admitted before declarations were kept: something may have been said that
    nobody knows any more.
    """

    declaration: Declaration
    findings: Findings
    whole: bool
    rules: str


def keep(session: Session, model_id: str, declaration: Declaration, findings: Findings, *, whole: bool = True) -> None:
    """Keep both for a model, in the place of what was kept before."""
    plain = replace(declaration, texts={}, prose=declaration.prose[: LONGEST + 1])
    row = {
        "model_id": model_id,
        "declaration": DECLARATION.dump_python(plain, mode="json"),
        "findings": FINDINGS.dump_python(findings, mode="json"),
        "bases": list(declaration.bases),
        "rules": rules(),
        "whole": whole,
    }
    insert_missing(session, Grounds, [row], ["model_id"], renew=SAID)


def of(session: Session, model_ids: list[str]) -> dict[str, Kept]:
    """What was kept, by model; nothing for those of which nothing was."""
    rows = session.execute(
        select(Grounds.model_id, Grounds.declaration, Grounds.findings, Grounds.whole, Grounds.rules).where(
            Grounds.model_id.in_(model_ids)
        )
    )
    return {
        model_id: Kept(DECLARATION.validate_python(declared), FINDINGS.validate_python(found), whole, by)
        for model_id, declared, found, whole, by in rows
    }


def rules_of(session: Session) -> dict[str, str]:
    """By which rules each model was concluded, by model, where it is known."""
    return {row.model_id: row.rules for row in session.execute(select(Grounds.model_id, Grounds.rules))}


def naming(session: Session, base: Model) -> list[str]:
    """The models that say they come from one that is called as `base` is, whatever the case."""
    called = {str(name).casefold() for name in (base.name, base.source.get("repo")) if name}
    said = select(Grounds.model_id, Grounds.bases).where(Grounds.model_id != base.id).order_by(Grounds.model_id)
    rows = session.execute(said)
    return [model_id for model_id, named in rows if called & {str(name).casefold() for name in named}]
