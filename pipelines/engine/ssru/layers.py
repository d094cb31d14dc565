"""The layers of the SSRU Marian student: attention, feed-forward, the recurrent unit. Imports its configuration.

Shapes as in `modeling`.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor, nn

from pipelines.engine.ssru.configuration import SsruMarianConfig


def sinusoids(first: int, count: int, width: int, like: Tensor) -> Tensor:
    """Positions `first` … `first + count - 1` as [count, width]: all sines first, then all cosines."""
    half = width // 2
    step = torch.arange(half, device=like.device, dtype=torch.float32) * (-math.log(10000.0) / max(half - 1, 1))
    angle = torch.arange(first, first + count, device=like.device, dtype=torch.float32)[:, None] * step.exp()
    return torch.cat((angle.sin(), angle.cos()), dim=1).to(like.dtype)


class Attention(nn.Module):
    """Multi-head attention whose keys and values can be computed once and used at every step."""

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__()
        self.heads = config.attention_heads
        self.query = nn.Linear(config.d_model, config.d_model)
        self.key_value = nn.Linear(config.d_model, 2 * config.d_model)
        self.out = nn.Linear(config.d_model, config.d_model)
        self.norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)

    def _split(self, states: Tensor) -> Tensor:
        return states.view(*states.shape[:-1], self.heads, -1).transpose(1, 2)

    def memory(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B, heads, S, D/heads] of [B, S, D], each contiguous because every step reads them."""
        keys, values = self.key_value(states).chunk(2, dim=-1)
        return self._split(keys).contiguous(), self._split(values).contiguous()

    def weights(self, states: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """What the first head of [B, T, D] attends to in `memory`, [B, T, S], not normalised."""
        query = self._split(self.query(states))[:, :1]
        scores = query @ memory[0][:, :1].transpose(2, 3)
        return (scores if mask is None else scores + mask)[:, 0]

    def forward(self, states: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """One post-norm block: [B, T, D] attends to `memory`; `mask` [B, 1, 1, S] is added to the scores."""
        query = self._split(self.query(states))
        # Two plain products would be a tenth faster, but in bfloat16 oneDNN keeps code for every shape it has met, and
        # with rows leaving the shapes are many: 280 MB.
        mixed = F.scaled_dot_product_attention(query, *memory, attn_mask=mask)
        out: Tensor = self.norm(states + self.out(mixed.transpose(1, 2).flatten(2)))
        return out


class FeedForward(nn.Module):
    """Two linear layers with a ReLU between, post-norm."""

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__()
        self.inner = nn.Linear(config.d_model, config.ffn_dim)
        self.out = nn.Linear(config.ffn_dim, config.d_model)
        self.norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)

    def forward(self, states: Tensor) -> Tensor:
        """[B, T, D] to [B, T, D]."""
        out: Tensor = self.norm(states + self.out(F.relu(self.inner(states))))
        return out


class Ssru(nn.Module):
    """Simpler simple recurrent unit: c ← f·c + (1 - f)·(x·W) with f = sigmoid(x·Wf + bf); out = norm(x + ReLU(c))."""

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__()
        self.candidate_forget = nn.Linear(config.d_model, 2 * config.d_model, bias=False)
        self.forget_bias = nn.Parameter(torch.zeros(config.d_model))
        self.norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)

    def forward(self, states: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """[B, T, D] from `cell` [B, D] on; returns the outputs and the last cell."""
        candidate, forget = self.candidate_forget(states).chunk(2, dim=-1)
        forget = torch.sigmoid(forget + self.forget_bias)
        cells = []
        for step in range(states.shape[1]):
            cell = torch.lerp(candidate[:, step], cell, forget[:, step])
            cells.append(cell)
        return self.norm(states + F.relu(torch.stack(cells, dim=1))), cell


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward."""

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.ffn = FeedForward(config)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """[B, S, D] to [B, S, D]."""
        states = self.attention(states, self.attention.memory(states), mask)
        return self.ffn(states)  # type: ignore[no-any-return]  # torch modules return Any


class DecoderLayer(nn.Module):
    """SSRU in the place of self-attention, cross-attention, feed-forward."""

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__()
        self.rnn = Ssru(config)
        self.context = Attention(config)
        self.ffn = FeedForward(config)

    def forward(
        self, states: Tensor, cell: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """[B, T, D] to [B, T, D], and the last cell [B, D].

        Beams of a row may stand where rows do: they are queries of one attention, so that its source is held once.
        """
        states, cell = self.rnn(states, cell)
        queries = states.view(len(memory[0]), -1, states.shape[-1])
        return self.ffn(self.context(queries, memory, mask).view_as(states)), cell
