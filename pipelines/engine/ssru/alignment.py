"""Which source token each produced token came from, as the student's cross-attention tells. Imports its model.

Bergamot's students were trained with guided alignment: Marian trains the first head of the last decoder layer to attend
to the aligned word (`guided-alignment`, `transformer-guided-alignment-layer: last`).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor

from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration


class SsruAligner:
    """Reads a finished translation again, all tokens at once and without logits: a fraction of what decoding cost."""

    def __init__(self, model: SsruMarianForConditionalGeneration) -> None:
        self._model = model

    @torch.inference_mode()
    def __call__(self, input_ids: Tensor, attention_mask: Tensor, outputs: Sequence[Sequence[int]]) -> list[list[int]]:
        """For each token of each output the place in its row of `input_ids` [B, S] that its attention is highest at."""
        longest = max(1, *(len(output) for output in outputs))
        tokens = torch.tensor(
            [[*output, *[0] * (longest - len(output))] for output in outputs], device=input_ids.device
        )
        attended = self._model.attended(input_ids, attention_mask, F.pad(tokens[:, :-1], (1, 0)))
        places = attended.argmax(-1).tolist()
        return [row[: len(output)] for row, output in zip(places, outputs, strict=True)]
