"""Whether a model is fit for documents at all, by what it makes of the sample. Imports comparison and sample."""

from collections.abc import Sequence
from typing import Any

from pipelines.errors import ModelError
from pipelines.models.guard.comparison import texts_apart
from pipelines.tasks.base import Outcome, Pipeline
from pipelines.tasks.sample import NOT_FOR_IT, Sample
from pipelines.text.flags import FlagCode

ALONE = 3
"""Texts that are computed again, together and each by itself."""
MOST_APART = 10.0
"""Points, 0 to 100, between what a model makes of a text alone and in company: rounding moves a few words."""
MODELS_OWN = frozenset({"runaway_generation", "input_too_long"})
"""Errors of single texts that a weak model may well have, and a sound one has of some."""


def fitting(pipeline: Pipeline[Any, Any], offers: Sequence[Sample]) -> Sample:
    """The first of the samples whose languages the model knows. Raises ModelError("unknown_language")."""
    for offer in offers:
        error = pipeline.run(offer.inputs[:1])[0].error
        if error is None or error.code not in NOT_FOR_IT:
            return offer
    raise ModelError("unknown_language", "The model knows none of the languages that it could be tried out with.")


def sound_outcomes(pipeline: Pipeline[Any, Any], chosen: Sample) -> list[Outcome]:
    """What the model makes of the sample.

    Raises ModelError("unfit") where a text of it fails or stays empty, where all run away, and where a text becomes
    something else at a second time or without company.
    """
    outcomes = pipeline.run(chosen.inputs)
    _require_outputs(outcomes)
    _require_steadiness(pipeline, chosen, outcomes)
    return outcomes


def _require_outputs(outcomes: Sequence[Outcome]) -> None:
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    grave = [error for error in errors if error.code not in MODELS_OWN]
    if grave or len(errors) == len(outcomes):
        worst = grave[0] if grave else errors[0]
        raise _unfit(f"of {len(outcomes)} short texts {len(errors)} fail ({worst.code}): {worst.message}")
    empty = sum(_is_empty(outcome) for outcome in outcomes)
    if empty:
        raise _unfit(f"of {len(outcomes)} short texts {empty} come out empty.")


def _is_empty(outcome: Outcome) -> bool:
    if outcome.error is not None:
        return False
    written = outcome.text or (outcome.output or {}).get("label") or ""
    return not written.strip() or any(flag.code is FlagCode.EMPTY for flag in outcome.flags)


def _require_steadiness(pipeline: Pipeline[Any, Any], chosen: Sample, outcomes: Sequence[Outcome]) -> None:
    few = chosen.inputs[:ALONE]
    first, second = pipeline.run(few), pipeline.run(few)
    if [one.output for one in first] != [one.output for one in second]:
        raise _unfit("the same texts become something else at a second time, so no result could be checked.")
    alone = [outcome for item in few for outcome in pipeline.run([item])]
    if texts_apart(outcomes[: len(few)], alone) > MOST_APART:
        raise _unfit("a text becomes something else when others are computed beside it.")


def _unfit(finding: str) -> ModelError:
    return ModelError("unfit", f"The model does not compute as it should: {finding}")
