"""Which checkpoints a task runs on, as its room says it. Imports its neighbours."""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.models.profile.files import Files
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile


def as_usual(_: Profile) -> tuple[str, ...]:
    """The `ways` of a task that has no more than one."""
    return ("",)


@dataclass(frozen=True, slots=True)
class Rule:
    """Models with one of `heads`, of one of `types` (a configuration's `model_type`; none means any), may do the task.

    `fit` gives the profile with what the task must know of the model, or raises ValueError with a sentence that says
    why it does not fit. `goes` says whether the tag of the card goes with the task. `ways` are the ways of the task
    that such a model can do, as the ledger calls them.
    """

    heads: frozenset[Head]
    fit: Callable[[Files, Profile], Profile]
    goes: Callable[[Files], bool]
    types: frozenset[str] = frozenset()
    ways: Callable[[Profile], tuple[str, ...]] = as_usual

    def concerns(self, head: Head, model_type: str) -> bool:
        """Whether it is about such models at all."""
        return head in self.heads and (not self.types or model_type in self.types)


def as_it_is(_: Files, profile: Profile) -> Profile:
    """The `fit` of a task that needs to know no more."""
    return profile


def tagged(*tags: str) -> Callable[[Files], bool]:
    """The `goes` of a task for which these are the tags."""
    return lambda files: files.tag in tags
