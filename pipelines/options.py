"""How a model is to be run: what its operator may choose for it. Imports architectures and precision."""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.architectures import is_encoder
from pipelines.precision import Precision, fastest


class Backend(StrEnum):
    """Who computes: our own engine on torch, or CTranslate2, an extra, for the encoder-decoders that it knows."""

    TORCH = "torch"
    CTRANSLATE2 = "ctranslate2"


@dataclass(frozen=True, slots=True)
class Options:
    """`precision` None lets the quality guard choose; `context_tokens` is how much a translator reads at once.

    With 0 context tokens each sentence is translated alone, as most translators were trained.
    """

    precision: Precision | None = None
    backend: Backend = Backend.TORCH
    context_tokens: int = 0


def preferred(device: str, backend: Backend, architecture: str) -> Precision:
    """The fastest format of a backend on a device, before anybody asked whether a model keeps its quality in it.

    Encoders stay in float32 on CPUs: in bfloat16 a worker grew by 198 MB over 10,000 short documents.
    """
    if backend is Backend.TORCH:
        return Precision.FLOAT32 if device == "cpu" and is_encoder(architecture) else fastest(device)
    return Precision.INT8 if device == "cpu" else Precision.FLOAT16
