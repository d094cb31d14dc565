"""The decoding loop: encode once, then one token a step for the rows that are left. Imports the searches."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pipelines.engine.decoding.decoder import Decoder
from pipelines.engine.decoding.generated import Answer
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.search.beams import Beams
from pipelines.engine.decoding.search.greedy import Greedy
from pipelines.engine.decoding.search.settings import Settings

# On an accelerator asking whether rows have ended waits for the device, so it is asked once in this many steps.
STEPS_BETWEEN_LOOKS = {"cpu": 1}
STEPS_BETWEEN_LOOKS_ON_DEVICE = 8
# Taking rows out copies the state of those that stay, which pays when at least a tenth of them has ended.
KEPT_SHARE = 0.9


@torch.inference_mode()
def decode(
    decoder: Decoder[Any],
    settings: Settings,
    input_ids: Tensor,
    attention_mask: Tensor,
    limits: Sequence[int],
    firsts: Sequence[int | None],
    bans: Sequence[tuple[int, ...]] | None = None,
) -> list[Answer]:
    """Decode each row of `input_ids` [B, S] to at most `limits[row]` tokens, the first of them `firsts[row]` if any.

    None of the ids `bans[row]` is produced. Rows leave the batch as they finish, so that a step costs what is left, and
    none depends on its neighbours. One whose scores are not finite comes to an error.
    """
    device = input_ids.device
    capped = [limit if decoder.longest is None else min(limit, decoder.longest) for limit in limits]
    own: Sequence[int | None] = [None] * len(firsts) if settings.starts_with_first else firsts
    forced = [settings.first_id if first is None else first for first in own]
    starts = [settings.start_id if first is None or not settings.starts_with_first else first for first in firsts]
    banned = Banned(bans, device) if bans and any(bans) else None
    left_out = None if decoder.bans_at_start else banned
    search = (Beams if settings.beams > 1 else Greedy)(settings, capped, forced, starts, device, left_out)
    look = STEPS_BETWEEN_LOOKS.get(device.type, STEPS_BETWEEN_LOOKS_ON_DEVICE)
    state = decoder.start(input_ids, attention_mask, settings.beams, max(capped), banned)
    rows = len(input_ids)
    for step in range(1, max(capped) + 1):
        slots = search.advance(decoder.step(search.tokens, state), state.token_ids)
        left: Tensor | None = None
        if step % look == 0:
            going = (~search.done).nonzero().squeeze(1)
            if not len(going):
                break
            left = going if len(going) <= rows * KEPT_SHARE else None
        if left is not None:
            search.keep(left)
            rows = len(left)
        state = _moved(state, slots, left, settings.beams)
    return search.results()


def _moved(state: Any, slots: Tensor | None, left: Tensor | None, beams: int) -> Any:
    """The state of the slots that go on: `slots` [N] says where each slot came from, `left` which rows stay."""
    if left is None:
        # Where no slot moved nothing need be copied; on an accelerator the question costs more than the copy.
        if slots is None or (slots.device.type == "cpu" and _in_order(slots)):
            return state
        return state.select(torch.arange(len(slots) // beams, device=slots.device), slots)
    kept = (left[:, None] * beams + torch.arange(beams, device=left.device)).flatten()
    return state.select(left, kept if slots is None else slots[kept])


def _in_order(slots: Tensor) -> bool:
    return bool((slots == torch.arange(len(slots), device=slots.device)).all())
