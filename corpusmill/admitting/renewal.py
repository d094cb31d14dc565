"""Look again at every model whose licence other rules than today's concluded. Imports the ledger and the card."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import null, select, update
from sqlalchemy.orm import Session

from ledger.catalog import models
from ledger.catalog.evidence import kept, renewal
from ledger.catalog.evidence.conclusion import RESERVED
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import find
from ledger.catalog.evidence.kept import Kept
from ledger.catalog.evidence.rules import rules
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from pipelines.models.checkpoint.card import Card

AT_ONCE = 20
"""Models that are read, and then written, in one transaction; their texts are recognised in none."""


def look_again(ledger: Ledger) -> None:
    """Conclude every model anew that today's rules were not asked about yet, as its admission would.

    A person's word stays. What changes is an event among the corrections of licences.
    """
    _take_words_whole(ledger)
    with ledger.read() as session:
        asked = {model_id for model_id, by in kept.rules_of(session).items() if by == rules()}
        waiting = select(Model.id).where(Model.concluded_by.in_(RESERVED)).order_by(Model.admitted_at, Model.id)
        others = [model_id for model_id in session.scalars(waiting) if model_id not in asked]
    for start in range(0, len(others), AT_ONCE):
        with ledger.read() as session:
            declared = [(model_id, *_declared(session, model_id)) for model_id in others[start : start + AT_ONCE]]
        found = [(model_id, Kept(said, find(said), whole, rules())) for model_id, said, whole in declared]
        with ledger.write("look_again") as session:
            _write(session, ledger, found)


def _take_words_whole(ledger: Ledger) -> None:
    """A person's word covers what a model comes from as well; older ones were recorded beside it."""
    words = Model.concluded_by.not_in(RESERVED), Model.unknown_bases.is_not(null())
    with ledger.write("look_again") as session:
        session.execute(update(Model).where(*words).values(unknown_bases=null()))


def _declared(session: Session, model_id: str) -> tuple[Declaration, bool]:
    """What the files of a model declare, and whether that is all of it."""
    texts = {file.path: text.body for file, text in models.license_files(session, model_id)}
    known = kept.of(session, [model_id]).get(model_id)
    if known is not None:
        return replace(known.declaration, texts=texts), known.whole
    model = session.get_one(Model, model_id)
    card = Card(model.card, model.card_text)
    name = card.front.get("license_name")
    said = Declaration(
        card.licenses,
        name if isinstance(name, str) else None,
        texts,
        headers=card.further_licenses,
        prose=card.prose,
        bases=card.base_models,
    )
    return said, False


def _write(session: Session, ledger: Ledger, found: Sequence[tuple[str, Kept]]) -> None:
    now = ledger.now(session)
    for model_id, known in found:
        model = session.scalars(select(Model).where(Model.id == model_id).with_for_update()).one()
        kept.keep(session, model_id, known.declaration, known.findings, whole=known.whole)
        models.note_findings(session, model_id, known.findings)
        if renewal.renew(session, model, known, now=now):
            renewal.follow(session, model, now=now)
