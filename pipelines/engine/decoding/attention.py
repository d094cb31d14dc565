"""Attention of a few queries to many keys, the way a decoding step has it. Imports torch."""

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """Scaled dot-product attention: queries [B, heads, Q, D], keys and values [B, heads, S, D], to [B, heads, Q, D].

    `mask` is added to the scores [B, heads, Q, S]. On CPUs the fused kernel of torch works through blocks of 32
    queries, most of which a single one leaves empty: for one query two plain products, of keys and values that were
    `kept`, take half its time (docs/performance.md).
    """
    if query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=scale)
    scores = torch.matmul(query.to(keys.dtype) * scale, keys.transpose(2, 3))
    if mask is not None:
        scores = scores.add_(mask)
    return torch.matmul(scores.softmax(-1), values).to(query.dtype)


def kept(states: Tensor) -> Tensor:
    """Keys or values in the format that they are kept in: float32 on CPUs, that of the model elsewhere.

    In bfloat16 oneDNN compiles and keeps code for every shape of a plain product that it meets, and with tokens added
    and rows leaving these are many: 720 MB after eight batches of MarianMT, 160 MB with float32, at the same speed.
    """
    return states.float() if states.device.type == "cpu" else states


def added(attention_mask: Tensor, like: Tensor) -> Tensor | None:
    """The addend [B, 1, 1, S] of a mask [B, S]: 0 where a token counts, the lowest number where it is padding.

    None where every token counts.
    """
    return None if bool(attention_mask.all()) else addend(attention_mask, like)


def addend(attention_mask: Tensor, like: Tensor) -> Tensor:
    """As `added`, whatever counts: an accelerator is not asked."""
    lowest = torch.finfo(like.dtype).min
    return like.new_zeros(attention_mask.shape).masked_fill_(attention_mask == 0, lowest)[:, None, None, :]
