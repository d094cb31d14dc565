"""Rotary positions of queries and keys. Imports torch.

Source: Su et al. 2021, "RoFormer"; the two layouts are those of GPT-NeoX (halves) and GPT-J (pairs).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

Angles: TypeAlias = tuple[Tensor, Tensor]
"""Cosines and sines [T, 1, R] of the first R numbers of each head."""

Rotate: TypeAlias = Callable[[Tensor, Angles], Tensor]
"""Queries or keys [T, heads, D], turned."""


def by_halves(states: Tensor, angles: Angles) -> Tensor:
    """Turn numbers that lie half of R apart."""
    return _turned(states, angles, _other_half)


def by_pairs(states: Tensor, angles: Angles) -> Tensor:
    """Turn numbers that lie beside each other."""
    return _turned(states, angles, _other_of_pair)


def _turned(states: Tensor, angles: Angles, other: Callable[[Tensor], Tensor]) -> Tensor:
    cosines, sines = angles
    width = cosines.shape[-1]
    if width == states.shape[-1]:
        return states * cosines + other(states) * sines
    part = states[..., :width]
    return torch.cat((part * cosines + other(part) * sines, states[..., width:]), dim=-1)


def _other_half(states: Tensor) -> Tensor:
    first, second = states.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def _other_of_pair(states: Tensor) -> Tensor:
    return torch.stack((-states[..., 1::2], states[..., ::2]), dim=-1).flatten(-2)


def from_module(rotary: Any, *kind: str) -> Callable[[Tensor, Tensor], Angles]:
    """The angles that a model's own rotary module gives to positions [T], in the format of states."""

    def angles(states: Tensor, positions: Tensor) -> Angles:
        cosines, sines = rotary(states, positions[None], *kind)
        return cosines[0][:, None], sines[0][:, None]

    return angles


def from_table(table: Tensor) -> Callable[[Tensor, Tensor], Angles]:
    """Those of a table [positions, R]: half of it sines, half cosines, as GPT-J has it."""

    def angles(states: Tensor, positions: Tensor) -> Angles:
        sines, cosines = table[positions].to(states.dtype)[:, None].repeat_interleave(2, -1).chunk(2, dim=-1)
        return cosines, sines

    return angles
