"""Rows of token ids as the tensors that a model takes, on its device. Imports torch."""

from collections.abc import Sequence

import torch
from torch import Tensor


def padded(rows: Sequence[Sequence[int]], pad_id: int, device: str) -> tuple[Tensor, Tensor]:
    """Ids [B, T], filled up with `pad_id` to the longest row, and their attention mask [B, T], int64 on `device`."""
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[*row, *[pad_id] * (longest - len(row))] for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    mask = (torch.arange(longest) < lengths.unsqueeze(1)).long()
    return _moved(ids, device), _moved(mask, device)


def _moved(tensor: Tensor, device: str) -> Tensor:
    """To an NVIDIA device out of pinned memory, which the copy can leave while the model still runs."""
    if device.startswith("cuda"):
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
