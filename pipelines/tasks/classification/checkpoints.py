"""Which models classify: by labels of their own, or by any. Imports the profile's rules."""

from pipelines.models.profile.files import Files
from pipelines.models.profile.heads import GENERIC, INFERENCE, Head
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.rule import Rule, as_it_is, tagged

BY_OWN, BY_GIVEN = "", "labels"
"""The ways of this task: by the model's own labels, and by those that come with a job."""
ENTAILMENT = "entailment"


def infers(profile: Profile) -> bool:
    """Whether it tells if one text follows from another: the label of that is among its own."""
    return any(map(INFERENCE.search, profile.labels))


def _fits(_: Files, profile: Profile) -> Profile:
    listed = ", ".join(profile.labels)
    if profile.head is Head.REGRESSION:
        raise ValueError("Its head gives one number, not classes; classification needs a label for each class.")
    if profile.head is Head.TOKENS:
        raise ValueError("Its head gives tokens, not classes; classification needs a classifier of whole texts.")
    if all(map(GENERIC.fullmatch, profile.labels)):
        raise ValueError(f"Its labels have no names ({listed}); name them in this order: --labels first,second.")
    if infers(profile) and (
        profile.head is not Head.CLASSES or sum(label.lower() == ENTAILMENT for label in profile.labels) != 1
    ):
        raise ValueError(f'It compares two texts, and none of its labels ({listed}) is "entailment".')
    return profile


def _ways(profile: Profile) -> tuple[str, ...]:
    return (BY_GIVEN,) if profile.head is Head.EMBEDDING or infers(profile) else (BY_OWN,)


RULES = (
    Rule(
        frozenset({Head.CLASSES, Head.MULTI_LABEL, Head.REGRESSION, Head.TOKENS}),
        _fits,
        tagged("text-classification", "sentiment-analysis", "zero-shot-classification"),
        ways=_ways,
    ),
    Rule(
        frozenset({Head.EMBEDDING}),
        as_it_is,
        tagged("zero-shot-classification", "summarization", "sentence-similarity", "feature-extraction", "fill-mask"),
        ways=_ways,
    ),
)
