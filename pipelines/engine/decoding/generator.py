"""Who generates for a resident model: our loop where it knows the architecture, else transformers. Imports all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
import torch
from torch import Tensor

from pipelines.engine.decoding.families import FAMILIES
from pipelines.engine.decoding.generated import Answer, TokenizerFacts
from pipelines.engine.decoding.loop import decode
from pipelines.engine.decoding.recorded.recorder import Recorder
from pipelines.engine.decoding.recorded.static import StaticDecoder
from pipelines.engine.decoding.search.greedy import cut
from pipelines.engine.decoding.search.settings import Settings, end_ids
from pipelines.engine.decoding.transformer import TransformerDecoder
from pipelines.engine.finite import finite_rows, not_finite
from pipelines.engine.projections import Ready, make_smaller, unchanged
from pipelines.engine.ssru.decoder import SsruDecoder
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration

log = structlog.get_logger()

Generate = Callable[..., list[Answer]]
"""Input ids [B, S], attention mask [B, S], the most tokens of each row, forced first tokens, and banned ids where any
row has some: as `loop.decode`."""


def generator(
    model: Any, facts: TokenizerFacts, how: Ready = unchanged, *, starts_with_first: bool = False
) -> Generate:
    """Generate with `model` and the settings of its checkpoint; `how` makes its linear layers ready.

    `starts_with_first`: the first token of a row's own stands in the place of the start token (mBART of 25 languages).

    The model is taken over: what is not needed to generate is taken out of it.
    """
    kind = model.config.model_type
    try:
        settings = Settings.read(model.generation_config, end_id=facts.eos_id)
        settings = replace(settings, starts_with_first=starts_with_first)
    except ValueError as error:
        log.warning("slow_generation", model_type=kind, setting=str(error))
        return _Reference(model, facts, starts_with_first=starts_with_first)
    if isinstance(model, SsruMarianForConditionalGeneration):
        make_smaller(model, how)
        if model.shortlist is None or not settings.is_plain:
            return partial(decode, SsruDecoder(model), settings)
        decoder = SsruDecoder(model, shortlisted=settings.suppressed)
        return partial(decode, decoder, replace(settings, suppressed=()))
    if kind in FAMILIES:
        return partial(decode, _recorded(FAMILIES[kind](model, how), model.device), settings)
    log.warning("slow_generation", model_type=kind)
    return _Reference(model, facts, starts_with_first=starts_with_first)


def _recorded(decoder: TransformerDecoder, device: torch.device) -> TransformerDecoder | StaticDecoder:
    """On CUDA steps are recorded, because launching their many small kernels takes longer than running them."""
    if device.type != "cuda":
        return decoder
    recorder = Recorder(device)
    return StaticDecoder(decoder, recorder, recorder.room_bytes)


class _Reference:
    """`generate` of transformers, for what the loop does not know; it gives no score."""

    def __init__(self, model: Any, facts: TokenizerFacts, *, starts_with_first: bool) -> None:
        wishes = model.generation_config
        self._model = model
        self._first = "decoder_start_token_id" if starts_with_first else "forced_bos_token_id"
        self._longest = getattr(model.config, "max_position_embeddings", None)
        self._suppressed = wishes.suppress_tokens or []
        self._ends = end_ids(wishes, facts.eos_id)
        self._forced_end = wishes.forced_eos_token_id is not None
        # Beams, and an end that is forced at the limit, depend on the limit: no row may have that of another.
        self._by_limit = self._forced_end or (wishes.num_beams or 1) > 1

    @torch.inference_mode()
    def __call__(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        limits: Sequence[int],
        firsts: Sequence[int | None],
        bans: Sequence[tuple[int, ...]] | None = None,
    ) -> list[Answer]:
        answers: dict[int, Answer] = {}
        if self._longest is not None:
            limits = [min(limit, self._longest - 1) for limit in limits]
        rooms = limits if self._by_limit else [max(limits)] * len(limits)
        wishes = list(zip(firsts, bans or [()] * len(firsts), rooms, strict=True))
        for first, banned, room in dict.fromkeys(wishes):
            rows = [row for row, wish in enumerate(wishes) if wish == (first, banned, room)]
            watch = _Watch(len(rows))
            produced = self._model.generate(
                input_ids=input_ids[rows],
                attention_mask=attention_mask[rows],
                max_length=None,
                logits_processor=[watch],
                max_new_tokens=room,
                **({} if first is None else {self._first: first}),
                **({"suppress_tokens": [*self._suppressed, *banned]} if banned else {}),
            )
            # The first column is the decoder's start token.
            for row, ids, finite in zip(rows, produced.tolist(), finite_rows(watch.sums[:, None]), strict=True):
                limit = limits[row]
                read = cut(ids[1 : limit + 1], limit, self._ends, forced_end=self._forced_end)
                answers[row] = read if finite else not_finite()
        return [answers[row] for row in range(len(limits))]


class _Watch:
    """A logits processor that changes nothing: `sums` [B] are finite while the highest score of each beam is."""

    def __init__(self, rows: int) -> None:
        self.sums = torch.zeros(rows)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002 -- as transformers calls it
        highest = scores.amax(-1).view(len(self.sums), -1)
        self.sums = self.sums.to(scores.device) + highest.sum(1)
        return scores
