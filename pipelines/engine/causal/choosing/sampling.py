"""A token drawn from what top-k and top-p leave. Imports torch.

Top-k and top-p are those of transformers' TopKLogitsWarper and TopPLogitsWarper, which take scores that equal the
k-th along.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

CANDIDATES = 1024
"""Only so many of the highest scores are sorted; rows for which they do not suffice are sorted whole."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What each of N rows asks for, all [N]: top-k (0: all), top-p, and the number in [0, 1) it draws by."""

    top_k: Tensor
    top_p: Tensor
    uniform: Tensor

    def of(self, rows: Tensor) -> "Wishes":
        """Those of these rows (indices or mask)."""
        return Wishes(self.top_k[rows], self.top_p[rows], self.uniform[rows])


def draw(scores: Tensor, wishes: Wishes) -> Tensor:
    """An id [N] for each row of scores [N, V], which temperature has divided.

    By inverse transform over ids in ascending order, so that equal scores have no order of chance.
    """
    whole = (wishes.top_k == 0) & (wishes.top_p >= 1.0)
    found = torch.zeros(len(scores), dtype=torch.long, device=scores.device)
    if bool(whole.any()):
        found[whole] = _inverse(scores[whole].softmax(-1), wishes.uniform[whole])
    some = (~whole).nonzero().squeeze(1)
    width = min(CANDIDATES, scores.shape[1])
    while len(some):
        places, suffices = _among(scores[some], wishes.of(some), width)
        found[some[suffices]] = places[suffices]
        some, width = some[~suffices], scores.shape[1]
    return found


def _among(scores: Tensor, wishes: Wishes, width: int) -> tuple[Tensor, Tensor]:
    """Ids drawn among the `width` highest scores, and whether these hold all that a row leaves."""
    values, ids = scores.topk(width)
    limited = wishes.top_k > 0
    last = (wishes.top_k.clamp(1, width) - 1)[:, None]
    kept = ~limited[:, None] | (values >= values.gather(1, last))
    is_all = width == scores.shape[1]
    suffices = torch.ones_like(limited) if is_all else limited & ~kept[:, -1]
    highest = torch.where(limited, values.masked_fill(~kept, -torch.inf).logsumexp(-1), scores.logsumexp(-1))
    shares = (values - highest[:, None]).exp().masked_fill(~kept, 0.0)
    before = shares.cumsum(-1) - shares
    # The highest score is always kept, as by transformers.
    chosen = kept & (before < wishes.top_p[:, None])
    chosen[:, 0] = True
    suffices |= ~limited & ~chosen[:, -1]
    order = ids.argsort(-1)
    place = _inverse(shares.masked_fill(~chosen, 0.0).gather(1, order), wishes.uniform)
    return ids.gather(1, order.gather(1, place[:, None]))[:, 0], suffices


def _inverse(shares: Tensor, uniform: Tensor) -> Tensor:
    """The place [N] at which the sum of shares [N, K] passes `uniform` of all."""
    # Sums of tens of thousands of small shares; MPS has no format for them.
    wide = shares.to(torch.float32 if shares.device.type == "mps" else torch.float64).cumsum(-1)
    total = wide[:, -1:].contiguous()
    place = torch.searchsorted(wide, uniform[:, None].to(wide.dtype) * total, right=True)
    # Where rounding gave the whole sum, the last id that has a share.
    return torch.minimum(place, torch.searchsorted(wide, total))[:, 0]
