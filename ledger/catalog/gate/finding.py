"""Whether one need of a purpose is met. Imports nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one need of a purpose is met, with the reason in a sentence.

    `unsettled`: it counts as met although nobody said what would decide it.
    """

    need: str
    met: bool
    reason: str
    unsettled: bool = False
