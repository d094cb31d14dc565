"""Attention of packed tokens: new rows to themselves, rows under way to their caches. Imports torch."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Manner:
    """How a layer attends: `scale` of its scores, their `softcap` (c·tanh(s/c)), and how many tokens back it sees."""

    scale: float
    softcap: float | None = None
    window: int | None = None


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, manner: Manner) -> Tensor:
    """Queries [B, KV, Q, D] to keys and values [B, KV, S, D]; `mask` is true where [B or 1, 1, Q or 1, S] counts.

    Rows of a group that share keys are queries beside each other. The fused kernel of torch knows no softcap.
    """
    if manner.softcap is None:
        return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=manner.scale)
    scores = torch.matmul(query.float() * manner.scale, keys.float().transpose(2, 3))
    scores = scores.div_(manner.softcap).tanh_().mul_(manner.softcap)
    if mask is not None:
        scores = scores.masked_fill_(~mask, torch.finfo(scores.dtype).min)
    return torch.matmul(scores.softmax(-1), values.float()).to(query.dtype)


def attend_to_self(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, manner: Manner) -> Tensor:
    """The tokens of one row, queries [Q, H, D], to its keys and values [KV, S, D] that end with their own: [Q, H, D].

    `mask` is as `causal` gives it.
    """
    grouped = query.shape[1] // keys.shape[0]
    if grouped > 1:
        keys, values = keys.repeat_interleave(grouped, 0), values.repeat_interleave(grouped, 0)
    queries = query.transpose(0, 1)[None]
    if mask is None and manner.softcap is None:
        mixed = F.scaled_dot_product_attention(queries, keys[None], values[None], is_causal=True, scale=manner.scale)
    else:
        if mask is None:
            mask = _lower(query.shape[0], keys.shape[1], None, query.device)
        mixed = attend(queries, keys[None], values[None], mask, manner)
    return mixed[0].transpose(0, 1)


def causal(new: int, past: int, window: int | None, device: torch.device) -> Tensor | None:
    """Which of `past` + `new` tokens the `new` ones may see [1, 1, new, past + new].

    None where that is all tokens up to their own, and nothing came before: the fused kernel knows that by itself.
    """
    if not past and (window is None or new <= window):
        return None
    return _lower(new, past + new, window, device)


def _lower(new: int, all_tokens: int, window: int | None, device: torch.device) -> Tensor:
    at = torch.arange(all_tokens - new, all_tokens, device=device)[:, None]
    return visible(at, all_tokens, window)[None, None]


def visible(positions: Tensor, width: int, window: int | None) -> Tensor:
    """Whether tokens at `positions` [..., 1] see each of the first `width` tokens [..., width].

    A window holds the token itself, as in transformers' sliding_window_overlay.
    """
    keys = torch.arange(width, device=positions.device)
    seen = keys <= positions
    return seen if window is None else seen & (keys > positions - window)
