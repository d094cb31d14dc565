"""One thing that the doctor looked at. Imports the standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` says what was found and, where it is not ok, what would be lost and what to do.

    One that is not ok must be mended, unless it is a mere `comfort`: the promise holds and work goes on without it.
    """

    check: str
    ok: bool
    detail: str
    comfort: bool = False

    @property
    def must_mend(self) -> bool:
        """Whether the doctor refuses the installation for it."""
        return not self.ok and not self.comfort
