"""A lexical shortlist: which target ids may follow from which source ids, so that few logits are computed.

The logits are four fifths of a decoding step on a CPU. Imports torch.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor, nn

EVEN_CANDIDATES = 512


class Shortlist(nn.Module):
    """Target ids by source id, as one list with offsets: those of id `s` are `ids[offsets[s]:offsets[s + 1]]`.

    The first `common` ids may always be produced; they are the commonest units and the end of a sentence.
    """

    def __init__(self, vocab_size: int, entries: int, common: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.common = common
        self.offsets: Tensor
        self.ids: Tensor
        self.register_buffer("offsets", torch.zeros(vocab_size + 1, dtype=torch.int32))
        self.register_buffer("ids", torch.zeros(entries, dtype=torch.int32))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """True at [B, V] where a row may produce an id. It depends on the row alone, never on its batch."""
        rows, columns = attention_mask.nonzero(as_tuple=True)
        sources = input_ids[rows, columns]
        first = self.offsets[sources].long()
        counts = self.offsets[sources + 1].long() - first
        # Entry e of source n stands at first[n] + e: count up over all sources, less what came before each.
        shift = first - (counts.cumsum(0) - counts)
        places = torch.arange(int(counts.sum()), device=input_ids.device) + shift.repeat_interleave(counts)
        allowed = torch.zeros(input_ids.shape[0], self.vocab_size, dtype=torch.bool, device=input_ids.device)
        allowed[rows.repeat_interleave(counts), self.ids[places].long()] = True
        allowed[:, : self.common] = True
        return allowed


def candidates(allowed: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Ids [K] that any row may produce, their rows of `weight` [K, D], and biases [B, K], -inf where a row may not.

    The last few may be the first id again, which nobody may produce there: K is a multiple of EVEN_CANDIDATES, so
    that products over candidates have few shapes (see `state`).
    """
    some = allowed.any(dim=0).nonzero().squeeze(1)
    ids = F.pad(some, (0, -len(some) % EVEN_CANDIDATES), value=int(some[0]))
    biases = torch.where(allowed[:, ids], bias[ids], -math.inf)
    biases[:, len(some) :] = -math.inf
    return ids, weight[ids], biases
