"""What a model puts out, and the names of its classes. Imports architectures."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pipelines.models.checkpoint.architectures import DECODERS

GENERIC = re.compile(r"label_\d+|\d+", re.IGNORECASE)
INFERENCE = re.compile(r"entail|contradict", re.IGNORECASE)
USUAL_LABELS = 2
# More would be a vocabulary; a number without an end must not be counted up to.
MOST_LABELS = 10_000
LONGEST_LABEL = 200


class Head(StrEnum):
    """The kind of a model's output: what an encoder-decoder generates, what a decoder alone writes on."""

    CLASSES = "classes"
    MULTI_LABEL = "multi_label"
    REGRESSION = "regression"
    TOKENS = "tokens"
    GENERATION = "generation"
    CONTINUATION = "continuation"
    EMBEDDING = "embedding"


def head_of(architecture: str, config: Mapping[str, Any], *, is_encoder: bool) -> Head:
    """By the name of the class and, of a classifier, its `problem_type` or number of labels."""
    if architecture.endswith(("ForTokenClassification", "ForQuestionAnswering")):
        return Head.TOKENS
    if architecture.endswith(("Classification", "ForMultipleChoice", "ForNextSentencePrediction")):
        kind = config.get("problem_type")
        if kind == "multi_label_classification":
            return Head.MULTI_LABEL
        return Head.REGRESSION if kind == "regression" or _count(config) == 1 else Head.CLASSES
    if config.get("model_type") in DECODERS:
        return Head.CONTINUATION
    return Head.EMBEDDING if is_encoder else Head.GENERATION


def labels_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels in the order of the scores; those of no name are "LABEL_0" and so on, as transformers calls them.

    Raises ValueError with a sentence where the names do not fit the scores one to one.
    """
    names = config.get("id2label")
    if not isinstance(names, Mapping) or not names:
        if not 1 <= _count(config) <= MOST_LABELS:
            raise ValueError(f"num_labels in config.json is not between 1 and {MOST_LABELS}.")
        return tuple(f"LABEL_{place}" for place in range(_count(config)))
    by_id = {str(place): str(name) for place, name in names.items()}
    for place, name in names.items():
        if not isinstance(name, str | int) or not (str(name).isprintable() and 0 < len(str(name)) <= LONGEST_LABEL):
            raise ValueError(
                f"The label of {str(place)[:20]!a} in config.json is no text of 1 to {LONGEST_LABEL} characters"
                " that can be shown; name it."
            )
    wanted = [str(place) for place in range(len(by_id))]
    if sorted(by_id) != sorted(wanted):
        raise ValueError(
            f"id2label in config.json names the ids {', '.join(by_id)}, but scores are counted from 0 to"
            f" {len(by_id) - 1}; number the labels so."
        )
    labels = tuple(by_id[place] for place in wanted)
    for place, label in enumerate(labels):
        if label.lower() in (other.lower() for other in labels[:place]):
            raise ValueError(f'Two labels in config.json are "{label}" but for case; give each a name of its own.')
    return labels


def _count(config: Mapping[str, Any]) -> int:
    names, count = config.get("id2label"), config.get("num_labels")
    if isinstance(names, Mapping) and names:
        return len(names)
    return count if isinstance(count, int) and not isinstance(count, bool) else USUAL_LABELS
