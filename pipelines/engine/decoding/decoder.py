"""What the loop asks of a decoder. Imports torch.

Shapes everywhere: B rows of the micro-batch, N = B x beams slots, S source tokens, D model width, V vocabulary.
"""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, Self, TypeVar

from torch import Tensor

from pipelines.engine.decoding.search.banned import Banned


class State(Protocol):
    """What a decoder carries from token to token."""

    def select(self, rows: Tensor, slots: Tensor) -> Self:
        """The state of these rows of the source and these slots (indices), in this order."""

    def token_ids(self, chosen: Tensor) -> Tensor:
        """The ids of candidates, of any shape: a decoder may score fewer than all ids."""


StateT = TypeVar("StateT", bound=State)


class Decoder(ABC, Generic[StateT]):
    """An encoder-decoder, one token at a time. `longest` is the most tokens it can place, None when any number.

    `bans_at_start` says that its candidates leave out what is banned; else the loop rules it out at each step.
    """

    longest: int | None = None
    bans_at_start: bool = False

    @abstractmethod
    def start(
        self, input_ids: Tensor, attention_mask: Tensor, beams: int, capacity: int, banned: Banned | None = None
    ) -> StateT:
        """Encode sources [B, S] for `beams` slots a row; about `capacity` tokens will follow, none that is `banned`."""

    @abstractmethod
    def step(self, tokens: Tensor, state: StateT) -> Tensor:
        """Logits [N, K] after one more token a slot (`tokens` [N]); advances `state` in place.

        K is the number of candidates, of which `state.token_ids` knows the ids.
        """
