"""What a model puts out, and whether its labels speak of sentiment. Imports the standard library only."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

GENERIC = re.compile(r"label_\d+|\d+", re.IGNORECASE)
SENTIMENT = re.compile(r"neg|pos|neutr|mixed|good|bad|star|stern|étoile|estrell|stelle", re.IGNORECASE)
INFERENCE = re.compile(r"entail|contradict", re.IGNORECASE)
USUAL_LABELS = 2
# More would be a vocabulary; a number without an end must not be counted up to.
MOST_LABELS = 10_000


class Head(StrEnum):
    """The kind of a model's output."""

    CLASSES = "classes"
    MULTI_LABEL = "multi_label"
    REGRESSION = "regression"
    TOKENS = "tokens"
    GENERATION = "generation"
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


def not_sentiment(head: Head, labels: Sequence[str]) -> str | None:
    """Why a classifier does not say how a text feels, with what to do about it; None where it does."""
    if head is Head.REGRESSION:
        return "Its head gives one number, not classes; sentiment needs a classifier with a label for each class."
    if head is Head.MULTI_LABEL:
        return "Its labels do not exclude each other (multi_label_classification); sentiment needs one label a text."
    if head is not Head.CLASSES:
        return f"Its head gives {head.value}, not classes; sentiment needs a classifier of whole texts."
    listed = ", ".join(labels)
    if any(map(INFERENCE.search, labels)):
        return f"It compares two texts (labels {listed}); sentiment needs labels such as negative and positive."
    if all(map(GENERIC.fullmatch, labels)):
        return f"Its labels have no names ({listed}); name them in this order: --labels negative,positive or the like."
    if not any(map(SENTIMENT.search, labels)):
        return f"Its labels ({listed}) say nothing of sentiment, which needs such as negative and positive."
    return None


def _count(config: Mapping[str, Any]) -> int:
    names, count = config.get("id2label"), config.get("num_labels")
    if isinstance(names, Mapping) and names:
        return len(names)
    return count if isinstance(count, int) and not isinstance(count, bool) else USUAL_LABELS
