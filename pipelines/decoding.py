"""Token ids in, token ids out: the greedy loop of our own models and `generate` of transformers. Imports torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipelines.ssru.modeling import SsruMarianForConditionalGeneration

# On an accelerator asking whether rows are finished waits for the device, so it is asked once in this many steps.
STEPS_BETWEEN_LOOKS = {"cpu": 1}
STEPS_BETWEEN_LOOKS_ON_DEVICE = 8
# Taking rows out copies the state of those that stay, which pays when at least a tenth of them has finished.
KEPT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class TokenizerFacts:
    """What decoding must know of a tokenizer: the id that ends a text and the id that fills rows up."""

    eos_id: int
    pad_id: int


@dataclass(frozen=True, slots=True)
class Generated:
    """The tokens of one row without special ids at its end; `truncated` when a length limit ended it."""

    ids: list[int]
    truncated: bool


@torch.inference_mode()
def generate(
    model: Any,
    facts: TokenizerFacts,
    input_ids: Tensor,
    attention_mask: Tensor,
    limits: Sequence[int],
    **options: Any,
) -> list[Generated]:
    """Decode each row of `input_ids` [B, S] to at most `limits[row]` new tokens.

    Models with an SSRU decoder run our greedy loop; others run `generate` of transformers with the checkpoint's own
    generation settings, `options` (such as forced_bos_token_id) on top.
    """
    if isinstance(model, SsruMarianForConditionalGeneration):
        return greedy(model, facts, input_ids, attention_mask, limits)
    # Settings of checkpoints may force an end at the very last place, which would look like an end of the model's own.
    longest = max(limits) + 1
    produced = model.generate(
        input_ids=input_ids, attention_mask=attention_mask, max_length=None, max_new_tokens=longest, **options
    )
    # The first column is the decoder's start token.
    return [_cut(row[1:], limit, facts) for row, limit in zip(produced.tolist(), limits, strict=True)]


def greedy(
    model: SsruMarianForConditionalGeneration,
    facts: TokenizerFacts,
    input_ids: Tensor,
    attention_mask: Tensor,
    limits: Sequence[int],
) -> list[Generated]:
    """The likeliest token at each step; rows leave the batch as they finish, so a step costs what is left."""
    device = input_ids.device
    look = STEPS_BETWEEN_LOOKS.get(device.type, STEPS_BETWEEN_LOOKS_ON_DEVICE)
    state = model.start(model.encode(input_ids, attention_mask), attention_mask, _suppressed(model), input_ids)
    produced = torch.full((len(limits), max(limits)), facts.eos_id, device=device)
    rows = torch.arange(len(limits), device=device)
    ends = torch.tensor(limits, device=device)
    finished = torch.zeros_like(rows, dtype=torch.bool)
    tokens = None
    for step in range(max(limits)):
        # argmax has no fast path for bfloat16 on CPUs.
        tokens = state.token_ids(model.step(tokens, state).float().argmax(dim=-1))
        produced[rows, step] = tokens
        finished = finished | (tokens == facts.eos_id) | (ends <= step + 1)
        if (step + 1) % look:
            continue
        left = (~finished).nonzero().squeeze(1)
        if not len(left):
            break
        if len(left) <= len(rows) * KEPT_SHARE:
            rows, ends, tokens, finished = rows[left], ends[left], tokens[left], finished[left]
            state = state.select(left)
    return [_cut(row, limit, facts) for row, limit in zip(produced.tolist(), limits, strict=True)]


def _suppressed(model: Any) -> tuple[int, ...]:
    return tuple(model.generation_config.suppress_tokens or ())


def _cut(row: list[int], limit: int, facts: TokenizerFacts) -> Generated:
    """`row` up to its end token, or to the limit when it has none within it."""
    ids = row[:limit]
    if facts.eos_id in ids:
        return Generated(ids[: ids.index(facts.eos_id)], truncated=False)
    return Generated([token for token in ids if token != facts.pad_id], truncated=len(row) >= limit)
