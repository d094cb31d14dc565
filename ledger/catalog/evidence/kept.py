"""What a model's files declare and what was found in them, kept to conclude from anew. Imports tables and evidence.

It lies among the licence files of its model, under a path that no file has.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.evidence.bans import LONGEST
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from ledger.catalog.evidence.rules import rules
from ledger.catalog.tables import LicenseFile, LicenseText, Model
from ledger.upsert import insert_missing

PATH = ""
"""Of the row that holds the declaration."""
KEPT = LicenseFile.path == PATH, LicenseFile.finding != ""
"""Rows that hold one; a way down to older tables and up again takes the findings."""
DECLARATION = TypeAdapter(Declaration)
FINDINGS = TypeAdapter(Findings)


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
    body = json.dumps(DECLARATION.dump_python(plain, mode="json"), sort_keys=True)
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    insert_missing(session, LicenseText, [{"sha256": sha256, "body": body}], ["sha256"])
    found = {"rules": rules(), "whole": whole, "found": FINDINGS.dump_python(findings, mode="json")}
    row = {"model_id": model_id, "path": PATH, "sha256": sha256, "finding": json.dumps(found)}
    insert_missing(session, LicenseFile, [row], ["model_id", "path"], renew=["sha256", "finding"])


def of(session: Session, model_ids: list[str]) -> dict[str, Kept]:
    """What was kept, by model; nothing for those of which nothing was."""
    rows = session.execute(
        select(LicenseFile.model_id, LicenseText.body, LicenseFile.finding)
        .join(LicenseText, LicenseText.sha256 == LicenseFile.sha256)
        .where(*KEPT, LicenseFile.model_id.in_(model_ids))
    )
    return {model_id: _read(body, finding) for model_id, body, finding in rows}


def rules_of(session: Session) -> dict[str, str]:
    """By which rules each model was concluded, by model, where it is known."""
    rows = session.execute(select(LicenseFile.model_id, LicenseFile.finding).where(*KEPT))
    return {model_id: json.loads(finding)["rules"] for model_id, finding in rows}


def naming(session: Session, base: Model) -> list[str]:
    """The models that say they come from one that is called as `base` is, whatever the case."""
    called = {str(name).casefold() for name in (base.name, base.source.get("repo")) if name}
    rows = session.execute(
        select(LicenseFile.model_id, LicenseText.body)
        .join(LicenseText, LicenseText.sha256 == LicenseFile.sha256)
        .where(*KEPT, LicenseFile.model_id != base.id, LicenseText.body.not_like('%"bases": []%'))
        .order_by(LicenseFile.model_id)
    )
    return [model_id for model_id, body in rows if called & _bases(json.loads(body))]


def _bases(declared: Mapping[str, object]) -> set[str]:
    said = declared["bases"]
    return {str(name).casefold() for name in said} if isinstance(said, list) else set()


def _read(body: str, finding: str) -> Kept:
    found = json.loads(finding)
    return Kept(
        DECLARATION.validate_json(body), FINDINGS.validate_python(found["found"]), found["whole"], found["rules"]
    )
