"""Whether a tokenizer and a model belong together. Imports errors."""

from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.errors import ModelError, PipelineError

FEW_IDS = 8
"""A tokenizer with more ids than this beyond the model's is another model's, whatever the ids are."""

LEAST_SHARE = 0.5
"""Of the model's ids. A folder without its vocabulary still makes a tokenizer, to which every word is unknown."""


def check_tokenizer(tokenizer: Any, config: Any, vocabulary: int) -> None:
    """Raise ModelError("foreign_tokenizer") where `tokenizer` was plainly made for another model.

    `vocabulary` is how many ids the model has embeddings for. On an accelerator an id beyond it ends the process.
    Tokens that no text becomes, such as the mask of bart-large-cnn, may have no embedding.
    """
    ends, end = _ids(config.eos_token_id), tokenizer.eos_token_id
    if ends and end is not None and end not in ends:
        raise ModelError("foreign_tokenizer", f"The tokenizer ends a text with id {end}, the model with {ends[0]}.")
    for name in ("pad_token_id", "unk_token_id", "cls_token_id", "sep_token_id"):
        found = getattr(tokenizer, name, None)
        if found is not None and found >= vocabulary:
            raise ModelError(
                "foreign_tokenizer", f"The tokenizer's {name} is {found}; the model knows {vocabulary} ids."
            )
    known = len(tokenizer)
    if known < LEAST_SHARE * vocabulary:
        what = f"The tokenizer has {known} ids, the model {vocabulary}: files of the tokenizer are missing"
        raise ModelError("foreign_tokenizer", f"{what}, or another model's. Fetch the model with all its files.")
    beyond = range(vocabulary, known)
    if len(beyond) > FEW_IDS or not set(beyond) <= _of_no_text(tokenizer):
        raise ModelError("foreign_tokenizer", f"The tokenizer has {known} ids, of which the model knows {vocabulary}.")


def check_ids(rows: Iterable[Sequence[int]], vocabulary: int) -> None:
    """Raise PipelineError("token_out_of_range") where a row holds an id that the model has no embedding for."""
    for row in rows:
        if row and not (min(row) >= 0 and max(row) < vocabulary):
            raise PipelineError(
                "token_out_of_range", f"The tokenizer made an id that is not among the {vocabulary} of the model."
            )


def _of_no_text(tokenizer: Any) -> set[int]:
    """Special ids: in a text their words are only text, and the tokens around it are asked for by name above."""
    return set(getattr(tokenizer, "all_special_ids", ()))


def _ids(value: int | list[int] | None) -> list[int]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
