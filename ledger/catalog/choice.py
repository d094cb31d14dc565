"""The model for a job: one that does the task, for the language pair, and may serve the purpose. Imports abilities."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Self

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from ledger.catalog.abilities import able, of, pairs
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.gate.verdict import Verdict, judge
from ledger.catalog.in_use import called, in_use
from ledger.catalog.tables import License, Model
from ledger.catalog.wishes import LABELS, USUAL, ability
from ledger.errors import LicenseDeniedError, ModelMissingError

TRANSLATION = "translation"
STARTER_PAIRS = (("en", "pt"), ("pt", "en"))
"""What `corpusmill models install starter` translates; the ledger cannot ask the pipelines."""

STARTER, STARTERS = "starter", {"generation": "starter-generation"}
"""Which collection brings a model for a task."""

REGION = re.compile(r"-(?:[A-Za-z]{2}|\d{3})$")
SCRIPT_BY_REGION = frozenset({"zh", "sr", "pa", "az", "uz"})
"""Languages that are written otherwise in another region."""

PAIRS_SHOWN = 8
SAME_LANGUAGES = 4
"""Nearness of two pairs of the same languages, whatever their regions."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model, its licence, a purpose, and what the gate says of the three."""

    model: Model
    license: License
    purpose: Purpose
    verdict: Verdict

    @classmethod
    def of(cls, model: Model, license_: License, purpose: Purpose, policy: Policy) -> Self:
        """Ask the gate."""
        return cls(model, license_, purpose, judge(model, license_, purpose, policy))


def choose(
    session: Session,
    *,
    task: str,
    pair: tuple[str, str] | None,
    purpose: Purpose,
    asked: str | None,
    policy: Policy,
    way: str = USUAL,
) -> Choice:
    """The model asked for (NAME: its newest revision, or NAME@REVISION), else the first that may serve the purpose.

    The first is the one preferred last, or the first admitted: what is admitted later never takes its place by itself.

    Raises ModelMissingError when none does the task, LicenseDeniedError when some do but none may.
    """
    first: Choice | None = None
    wanted = None if asked is None else called(asked)
    able_to = ability(task, way)
    for model, license_ in _able(session, able_to, pair, wanted):
        choice = Choice.of(model, license_, purpose, policy)
        if choice.verdict.allowed:
            return choice
        first = first or choice
    if first is None:
        raise _missing(session, task, pair, asked, way)
    others = (Choice.of(*other, purpose, policy) for other in (() if wanted is None else _able(session, able_to, pair)))
    raise _denied(first, next((choice.model for choice in others if choice.verdict.allowed), None))


def _able(
    session: Session, task: str, pair: tuple[str, str] | None, wanted: ColumnElement[bool] | None = None
) -> Iterator[tuple[Model, License]]:
    """Those that do it for exactly the languages asked for, then those that know these without their regions."""
    for one in [None] if pair is None else _spoken(*pair):
        yield from able(session, task, one, wanted)


def _spoken(source: str, target: str) -> list[tuple[str, str]]:
    """A pair as it is asked for, and then without regions."""
    return list(dict.fromkeys(product(_plainer(source), _plainer(target))))


def _plainer(language: str) -> tuple[str, ...]:
    """A language and, where its region tells no script, itself without it: "pt-BR" is understood as "pt"."""
    plain = REGION.sub("", language)
    return (language,) if plain.lower() in SCRIPT_BY_REGION else (language, plain)


def permit(model: Model, license_: License, purpose: Purpose, policy: Policy) -> Choice:
    """The choice of exactly `model`. Raises LicenseDeniedError when it may not serve the purpose."""
    choice = Choice.of(model, license_, purpose, policy)
    if not choice.verdict.allowed:
        raise _denied(choice, None)
    return choice


def _denied(choice: Choice, permitted: Model | None) -> LicenseDeniedError:
    """The refusal of the first model that could, with the first that both could and may."""
    instead = exactly(permitted) if permitted else None
    advice = f" {instead} may be used for it." if instead else ""
    return LicenseDeniedError(
        choice.verdict.reason + advice,
        denied={
            "model_id": choice.model.id,
            "model": f"{choice.model.name}@{choice.model.revision}",
            "license": choice.license.id,
            "clause": choice.license.clause or None,
            "policy": choice.verdict.policy,
            "installation": dict(choice.verdict.declared) or None,
            "permitted": instead,
        },
    )


def named(session: Session, asked: str) -> tuple[Model, License]:
    """The newest model in use called NAME or NAME@REVISION. Raises ModelMissingError."""
    found = session.execute(in_use().where(called(asked)).order_by(Model.admitted_at.desc(), Model.id).limit(1)).first()
    if found is None:
        raise ModelMissingError(
            f"The model {asked} is not admitted; corpusmill models list shows which are.", pointer="/model"
        )
    model, license_ = found
    return model, license_


def prefer(session: Session, asked: str, *, by: str, now: datetime) -> Model:
    """Have jobs that name no model get this one, NAME's newest revision or NAME@REVISION, where it can and may.

    Raises ModelMissingError.
    """
    model, _ = named(session, asked)
    model.preferred_at, model.preferred_by = now, by
    return model


def standing_before(session: Session, model: Model) -> Model | None:
    """Another model that jobs get which name none and are of what `model` does first; None where they get it."""
    pair = tuple(model.language_pairs[0]) if model.language_pairs else None
    first = next((one for can in of(model)[:1] for one, _ in able(session, can, pair)), model)
    return None if first.id == model.id else first


def exactly(model: Model) -> str:
    """How to ask for this revision and no other, whatever comes later."""
    return f"{model.name}@{model.revision}"


def pin(model: Model) -> str:
    """How to ask for exactly this model."""
    return f"{model.name}@{model.revision[:12]}"


def _missing(
    session: Session, task: str, pair: tuple[str, str] | None, asked: str | None, way: str
) -> ModelMissingError:
    """Why nothing does what is asked. Raises ModelMissingError where the model asked for is not there at all."""
    if asked is not None:
        model, _ = named(session, asked)
        wish = f"translate {'→'.join(pair)}" if pair else f"do {_words(task, way, model)}"
        return ModelMissingError(f"The model {asked} cannot {wish}; it does {_does(model)}.", pointer="/model")
    if pair is not None:
        return ModelMissingError(_no_pair(pairs(session), pair), pointer="/parameters")
    brings = f"corpusmill models install {STARTERS.get(task, STARTER)} brings some"
    return ModelMissingError(f"No admitted model does {_words(task, way)}; {brings}.", pointer="/task")


def _words(task: str, way: str, model: Model | None = None) -> str:
    """The way of a task that is asked, where it matters: a model may do the task otherwise."""
    if way == LABELS:
        return f"{task} by labels that come with the job"
    return f"{task} by labels of its own" if model is not None and task in model.tasks else task


def _does(model: Model) -> str:
    """The tasks of a model, with its language pairs."""
    have = sorted((first, second) for first, second in model.language_pairs)
    return ", ".join(f"{task} ({_listed(have)})" if task == TRANSLATION and have else task for task in model.tasks)


def _no_pair(have: Collection[tuple[str, str]], pair: tuple[str, str]) -> str:
    """That no model translates `pair`, which of those at hand comes nearest, and the command that brings one."""
    source, target = pair
    near = sorted(have, key=lambda one: (-_nearness(one, pair), one))
    said = f"No admitted model translates {source}→{target}; pairs at hand: {_listed(near)}."
    if pair in STARTER_PAIRS:
        return f"{said} corpusmill models install starter brings {source}→{target}."
    add = f"corpusmill models add DIRECTORY --from {source} --to {target} admits a model for it."
    brought = max(STARTER_PAIRS, key=lambda one: _nearness(one, pair))
    if not have and _nearness(brought, pair) >= SAME_LANGUAGES:
        return f"{said} corpusmill models install starter brings {brought[0]}→{brought[1]}; {add}"
    return f"{said} {add}"


def _nearness(one: tuple[str, str], wanted: tuple[str, str]) -> int:
    """How much of a wanted pair another has: for each side 2 for the language, 1 more for its region."""
    return sum(
        3 if have == want else 2 if have.partition("-")[0] == want.partition("-")[0] else 0
        for have, want in zip(one, wanted, strict=True)
    )


def _listed(pairs: Sequence[tuple[str, str]]) -> str:
    said = [f"{source}→{target}" for source, target in pairs[:PAIRS_SHOWN]]
    more = len(pairs) - len(said)
    return ", ".join([*said, f"{more} more"] if more else said) or "none"
