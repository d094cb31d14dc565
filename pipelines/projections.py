"""Linear layers made ready for one device and number format. Imports precision and torch.

On CPUs weights are laid out once as oneDNN wants them, instead of at every call; in int8 they are a quarter the size.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pipelines.precision import Precision

SMALLEST_SCALE = 1e-8
INT8_LARGEST = 127
BATCH_HINT = 64
"""Rows oneDNN chooses a layout for; any number can be multiplied with it."""

Ready = Callable[[nn.Linear], nn.Module]


class PackedLinear(nn.Module):
    """A linear layer on a CPU whose weight lies in oneDNN's own layout."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.out_features = linear.out_features
        self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), BATCH_HINT)  # noqa: SLF001 -- the only door
        self.bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, states: Tensor) -> Tensor:
        """[..., K] to [..., out_features]."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, "none", [], "")  # noqa: SLF001 -- as above
        return product


class Int8Linear(nn.Module):
    """A linear layer with weights and inputs of 8 bits, sums of 32.

    Weights have a scale for each output, fixed; inputs one for each row, found anew, so that no row depends on
    another: Dettmers et al. 2022, "LLM.int8()", section 2, without its outliers.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.out_features = linear.out_features
        weight = linear.weight.detach().float()
        self.scale = weight.abs().amax(1).clamp_min_(SMALLEST_SCALE) / INT8_LARGEST
        self.weight = (weight / self.scale[:, None]).round_().to(torch.int8).t().contiguous()
        self.bias = None if linear.bias is None else linear.bias.detach().float()

    def forward(self, states: Tensor) -> Tensor:
        """[..., K] to [..., out_features], float32."""
        rows = states.reshape(-1, states.shape[-1])
        scale = rows.abs().amax(-1, keepdim=True).clamp_min_(SMALLEST_SCALE).mul_(1 / INT8_LARGEST)
        narrow = (rows / scale).round_().to(torch.int8)
        product = torch._int_mm(narrow, self.weight).float().mul_(scale)  # noqa: SLF001 -- torch has no public name for it
        product = product.mul_(self.scale) if self.bias is None else torch.addcmul(self.bias, product, self.scale)
        return product.view(*states.shape[:-1], self.out_features)


def unchanged(linear: nn.Linear) -> nn.Module:
    """The layer as torch has it."""
    return linear


def ready(device: str, precision: Precision) -> Ready:
    """How linear layers are made ready; layers of an accelerator stay as they are."""
    if precision is Precision.INT8:
        return Int8Linear
    if device.startswith("cpu") and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return PackedLinear
    return unchanged


def make_ready(module: Any, how: Ready) -> None:
    """Replace every plain linear layer inside `module`, at any depth."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear:
                setattr(parent, name, how(child))


def make_smaller(module: Any, how: Ready) -> None:
    """As `make_ready`, where that makes layers smaller.

    Laid out anew at the same size they would be held twice, since the file that weights were read from stays mapped
    while any tensor of it lives; small or much-filled matrices do not gain enough for that.
    """
    if how is Int8Linear:
        make_ready(module, how)
