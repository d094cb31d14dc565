"""Which models say how a text feels: classifiers whose labels speak of it. Imports the profile's rules."""

import re

from pipelines.models.profile.files import Files
from pipelines.models.profile.heads import GENERIC, INFERENCE, Head
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.rule import Rule, tagged

SENTIMENT = re.compile(r"neg|pos|neutr|mixed|good|bad|star|stern|étoile|estrell|stelle", re.IGNORECASE)


def _fits(_: Files, profile: Profile) -> Profile:
    refusal = _refusal(profile)
    if refusal is not None:
        raise ValueError(refusal)
    return profile


def _refusal(profile: Profile) -> str | None:
    """Why a classifier does not say how a text feels, with what to do about it; None where it does."""
    head, labels = profile.head, profile.labels
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


RULES = (
    Rule(
        frozenset({Head.CLASSES, Head.MULTI_LABEL, Head.REGRESSION, Head.TOKENS}),
        _fits,
        tagged("text-classification", "sentiment-analysis"),
    ),
)
