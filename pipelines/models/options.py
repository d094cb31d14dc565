"""How a model is to be run: what its operator may choose for it. Imports precision."""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.engine.precision import Precision, fastest


class Backend(StrEnum):
    """Who computes: our own engine on torch, or CTranslate2, an extra, for the encoder-decoders that it knows."""

    TORCH = "torch"
    CTRANSLATE2 = "ctranslate2"


@dataclass(frozen=True, slots=True)
class Options:
    """`precision` None lets the quality guard choose; `context_tokens` is how much a translator reads at once.

    With 0 context tokens each sentence is translated alone, as most translators were trained. `stand_ins` are the
    families that a translator was found to copy, None where nobody tried.
    """

    precision: Precision | None = None
    backend: Backend = Backend.TORCH
    context_tokens: int = 0
    stand_ins: tuple[str, ...] | None = None


def preferred(device: str, backend: Backend) -> Precision:
    """The fastest format of a backend on a device, before anybody asked whether a model keeps its quality in it."""
    if backend is Backend.TORCH:
        return fastest(device)
    return Precision.INT8 if device == "cpu" else Precision.FLOAT16
