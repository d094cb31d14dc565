"""One continuation while it is written. Imports prompt."""

from collections.abc import Sequence as Ids
from dataclasses import dataclass, field

from pipelines.engine.causal.prompt import Prompt


@dataclass(slots=True, eq=False)
class Sequence:
    """The `number`-th continuation of the prompt at `place`; `limit` tokens are the most it may have.

    `length` is how many of its tokens have keys and values. `ended` says that it takes no part any more.
    """

    place: int
    number: int
    prompt: Prompt
    limit: int
    produced: list[int] = field(default_factory=list)
    length: int = 0
    ended: bool = False

    @property
    def ids(self) -> Ids[int]:
        """Prompt and what was produced."""
        return (*self.prompt.ids, *self.produced)

    @property
    def newest(self) -> int:
        """The token that has no keys and values yet, once there is one."""
        return self.produced[-1]

    @property
    def most(self) -> int:
        """Tokens of which it will hold keys and values at most."""
        return len(self.prompt.ids) + self.limit
