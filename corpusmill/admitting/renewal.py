"""Look again at every model whose licence other rules than today's concluded. Imports apart, the ledger and cards."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sqlalchemy import null, select, update
from sqlalchemy.orm import Session

from corpusmill.admitting import nursery
from corpusmill.admitting.apart import recognise
from ledger.catalog import models, turn
from ledger.catalog.evidence import kept, renewal
from ledger.catalog.evidence.conclusion import RESERVED
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from ledger.catalog.evidence.kept import Kept
from ledger.catalog.evidence.rules import rules
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from pipelines.errors import ModelError
from pipelines.models.checkpoint.card import Card

AT_ONCE = 20
"""Models that are read, and then written, in one transaction; their texts are recognised in none."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the files of a model declare, whether that is all of it, and the row that says so, if there is one."""

    model_id: str
    declaration: Declaration
    whole: bool
    row: Kept | None


def look_again(ledger: Ledger) -> None:
    """Conclude every model anew that today's rules were not asked about yet, as its admission would.

    A person's word stays. What changes is an event among the corrections of licences. A model whose texts cannot be
    read within the limits is left open, with the reason.
    """
    _take_words_whole(ledger)
    with ledger.read() as session:
        asked = {model_id for model_id, by in kept.rules_of(session).items() if by == rules()}
        waiting = select(Model.id).where(Model.concluded_by.in_(RESERVED)).order_by(Model.admitted_at, Model.id)
        others = [model_id for model_id in session.scalars(waiting) if model_id not in asked]
    if not others:
        return
    with ExitStack() as process:
        process.enter_context(nursery.kept("recognise"))
        for start in range(0, len(others), AT_ONCE):
            with ledger.read() as session:
                declared = [_declared(session, model_id) for model_id in others[start : start + AT_ONCE]]
            found = [(one, _found(one.declaration, process)) for one in declared]
            with ledger.write("look_again") as session:
                _write(session, ledger, found)


def _take_words_whole(ledger: Ledger) -> None:
    """A person's word covers what a model comes from as well; older ones were recorded beside it."""
    words = Model.concluded_by.not_in(RESERVED), Model.unknown_bases.is_not(null())
    with ledger.write("look_again") as session:
        session.execute(update(Model).where(*words).values(unknown_bases=null()))


def _declared(session: Session, model_id: str) -> _Declared:
    texts = {file.path: text.body for file, text in models.license_files(session, model_id)}
    known = kept.of(session, [model_id]).get(model_id)
    if known is not None:
        return _Declared(model_id, replace(known.declaration, texts=texts), known.whole, known)
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
    return _Declared(model_id, said, whole=False, row=None)


def _found(declaration: Declaration, process: ExitStack) -> Findings:
    """What is found in its texts, or that they cannot be read; `process` is then another one for the next models."""
    try:
        return recognise(declaration)
    except ModelError as error:
        process.close()
        process.enter_context(nursery.kept("recognise"))
        return Findings((), None, unread=error.message)


def _write(session: Session, ledger: Ledger, found: Sequence[tuple[_Declared, Findings]]) -> None:
    turn.take(session)
    now = ledger.now(session)
    for read, findings in found:
        if kept.of(session, [read.model_id]).get(read.model_id) != read.row:
            continue  # it was admitted again meanwhile, by today's rules
        model = session.scalars(select(Model).where(Model.id == read.model_id).with_for_update()).one()
        kept.keep(session, model.id, read.declaration, findings, whole=read.whole)
        models.note_findings(session, model.id, findings)
        known = Kept(read.declaration, findings, read.whole, rules())
        if renewal.renew(session, model, known, now=now):
            renewal.follow(session, model, now=now)
