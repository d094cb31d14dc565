"""Linear layers made ready for one device and number format. Imports precision and torch.

On CPUs weights are laid out once as oneDNN wants them, instead of at every call; in int8 they are a quarter the size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.engine.precision import Precision

SMALLEST_SCALE = 1e-8
INT8_LARGEST = 127
BATCH_HINT = 64
"""Rows oneDNN chooses a layout for; any number can be multiplied with it."""
BLOCK_ROWS, BLOCK_COLUMNS = 128, 2048
"""Their sums of 32 bits are a megabyte, about the second-level cache of a server's core."""
EVEN = 16

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
        return self.activated(states, "none", "")

    def activated(self, states: Tensor, activation: str, variant: str) -> Tensor:
        """As `forward`, with an activation of oneDNN's while a product is in the cache still."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, activation, [], variant)  # noqa: SLF001 -- as above
        return product


class BlockLinear(PackedLinear):
    """A packed layer that multiplies blocks of BATCH_HINT rows, the last of them filled up with zeros.

    oneDNN chooses by the number of rows in which order it adds: in bfloat16 a row would come out otherwise in other
    company. In blocks of one size it does not, and code is compiled for one shape only.
    """

    def __init__(self, packed: PackedLinear) -> None:
        nn.Module.__init__(self)
        self.out_features, self.weight, self.bias = packed.out_features, packed.weight, packed.bias

    def activated(self, states: Tensor, activation: str, variant: str) -> Tensor:
        """As `PackedLinear.activated`, of [T, K]."""
        parts = []
        for block in torch.split(states, BATCH_HINT):
            missing = BATCH_HINT - len(block)
            filled = functional.pad(block, (0, 0, 0, missing)) if missing else block
            parts.append(super().activated(filled, activation, variant)[: len(block)])
        return parts[0] if len(parts) == 1 else torch.cat(parts)


@dataclass(frozen=True, slots=True)
class Columns:
    """Some outputs of an int8 layer: `weight` [K, n] int8, `scale` [n], `bias` [n] or None where it is zero."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None


class Int8Linear(nn.Module):
    """A linear layer with weights and inputs of 8 bits, sums of 32.

    Weights have a scale for each output, fixed; inputs one for each row, found anew, so that no row depends on
    another: Dettmers et al. 2022, "LLM.int8()", section 2, without its outliers. It works through blocks of rows and
    outputs whose sums stay in a core's own cache until they are scaled.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.out_features = linear.out_features
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(1).clamp_min_(SMALLEST_SCALE) / INT8_LARGEST
        narrow = (weight / scale[:, None]).round_().to(torch.int8)
        bias = None if linear.bias is None or not bool(linear.bias.any()) else linear.bias.detach().float()
        biases = [None] * len(narrow) if bias is None else torch.split(bias, BLOCK_COLUMNS)
        parts = zip(torch.split(narrow, BLOCK_COLUMNS), torch.split(scale, BLOCK_COLUMNS), biases, strict=False)
        self.blocks = [Columns(_padded(part).t().contiguous(), scale, bias) for part, scale, bias in parts]
        self.weight = self.blocks[0].weight  # T5 asks for its format

    def forward(self, states: Tensor) -> Tensor:
        """[..., K] to [..., out_features], float32."""
        rows = states.reshape(-1, states.shape[-1])
        out = torch.empty(len(rows), self.out_features, device=rows.device)
        for some, place in zip(torch.split(rows, BLOCK_ROWS), torch.split(out, BLOCK_ROWS), strict=True):
            self._multiply(some, place)
        return out.view(*states.shape[:-1], self.out_features)

    def _multiply(self, rows: Tensor, out: Tensor) -> None:
        scale = rows.abs().amax(-1, keepdim=True).float().clamp_min_(SMALLEST_SCALE).mul_(1 / INT8_LARGEST)
        narrow = (rows / scale).round_().to(torch.int8)
        for block, place in zip(self.blocks, torch.split(out, BLOCK_COLUMNS, dim=1), strict=True):
            sums = torch._int_mm(narrow, block.weight)[:, : place.shape[1]]  # noqa: SLF001 -- torch has no public name for it
            product = sums.float().mul_(scale)
            if block.bias is None:
                torch.mul(product, block.scale, out=place)
            else:
                torch.addcmul(block.bias, product, block.scale, out=place)


def _padded(weight: Tensor) -> Tensor:
    """Rows of zeros added up to a multiple of EVEN: an odd number of outputs costs the kernel a tenth."""
    missing = -len(weight) % EVEN
    return torch.cat((weight, weight.new_zeros(missing, weight.shape[1]))) if missing else weight


def followed(linear: nn.Module, activate: Any) -> Callable[[Tensor], Tensor]:
    """`linear` and `activate`, in one call where oneDNN has both: half the cost of GELU, all of that of ReLU."""
    if isinstance(linear, PackedLinear) and isinstance(activate, nn.GELU | nn.ReLU):
        name, variant = ("relu", "") if isinstance(activate, nn.ReLU) else ("gelu", str(activate.approximate))
        return lambda states: linear.activated(states, name, variant)
    return lambda states: activate(linear(states))


def in_blocks(how: Ready) -> Ready:
    """As `how`, but that no product depends on how many rows are multiplied together."""

    def made(linear: nn.Linear) -> nn.Module:
        one = how(linear)
        return BlockLinear(one) if type(one) is PackedLinear else one

    return made


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
