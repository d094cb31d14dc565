"""The number formats a model can run in, and which of them this machine is quick with. Loads torch when asked."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Precision(StrEnum):
    """The format of products. `int8` keeps everything but linear layers in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    INT8 = "int8"

    @property
    def dtype(self) -> "torch.dtype":
        """The format of weights that are read and of what passes between layers."""
        import torch

        dtype: torch.dtype = torch.float32 if self is Precision.INT8 else getattr(torch, self.value)
        return dtype


def fastest(device: str) -> Precision:
    """The fastest format of a device ("cpu", "cuda:0", "mps") that keeps 8 bits of exponent, where it has one."""
    import torch

    if device.startswith("cuda"):
        return Precision.BFLOAT16 if torch.cuda.is_bf16_supported(including_emulation=False) else Precision.FLOAT16
    if device.startswith("cpu"):
        able = torch.cpu.get_capabilities()
        return Precision.BFLOAT16 if able.get("amx_bf16") or able.get("avx512_bf16") else Precision.FLOAT32
    return Precision.FLOAT16
