"""The engine of a checkpoint that was read: encoder-decoder, decoder or encoder. Imports opened and the engine."""

from collections.abc import Sequence

import torch

from pipelines.engine.causal.engine import Engine as Causal
from pipelines.engine.causal.engine import resident
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.memory import token_bytes
from pipelines.engine.encoding import (
    Encoder,
    Head,
    More,
    class_logits,
    class_probabilities,
    cls_pooled,
    label_probabilities,
    max_pooled,
    mean_pooled,
    nothing_more,
    second_text,
)
from pipelines.engine.projections import make_smaller, ready
from pipelines.engine.seq2seq import Engine
from pipelines.engine.ssru.alignment import SsruAligner
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration
from pipelines.errors import ModelError
from pipelines.models.ctranslate2.conversion import unsupported
from pipelines.models.ctranslate2.converted import converted
from pipelines.models.opened import Opened
from pipelines.models.options import Backend
from pipelines.models.profile import heads
from pipelines.models.profile.embedding import Pooling
from pipelines.models.profile.languages import Naming
from pipelines.models.tokenizer.tokens import facts_of

POOLED = {Pooling.MEAN: mean_pooled, Pooling.CLS: cls_pooled, Pooling.MAX: max_pooled}
# Beyond this many micro-batches at once the interpreter lock is what threads wait for.
MOST_ABREAST = 4


def seq2seq(opened: Opened) -> Engine:
    """Of an encoder-decoder, which it takes over. Raises ModelError for what the backend does not run."""
    model, budget, device, precision = opened.model, opened.budget, opened.runtime.device, opened.precision
    by_start = opened.profile.languages.naming is Naming.START
    facts = facts_of(opened.tokenizer)
    beams = model.generation_config.num_beams or 1
    budget.note_cache(token_bytes(model.config, precision.dtype, device), beams)
    if opened.options.backend is Backend.CTRANSLATE2:
        if by_start:
            raise unsupported("a target language in the place of the start token")
        generate = converted(model, facts, device=device, precision=precision, threads=torch.get_num_threads())
        return Engine(generate, facts.pad_id, "cpu", budget)  # it takes its rows from the CPU, wherever it computes
    budget.note_scores(beams, model.config.vocab_size)
    abreast = _abreast(model.config.model_type, device)
    aligner = SsruAligner(model) if isinstance(model, SsruMarianForConditionalGeneration) else None
    generate = generator(model, facts, ready(device, precision), starts_with_first=by_start)
    return Engine(generate, facts.pad_id, device, budget, abreast, aligner)


def pooled(opened: Opened) -> Encoder:
    """Of a sentence encoder: a vector for each row, pooled as the profile says. Raises as `seq2seq`."""
    return _encoder(opened, POOLED[opened.profile.pooling or Pooling.MEAN])


def classifying(opened: Opened) -> Encoder:
    """Of a classifier: the probability of each class, or label, for each row. Raises as `seq2seq`."""
    several = opened.profile.head is heads.Head.MULTI_LABEL
    return _encoder(opened, label_probabilities if several else class_probabilities)


def comparing(opened: Opened) -> Encoder:
    """Of a classifier of two texts: its logits for each row of both. Raises as `seq2seq`."""
    separator, types = opened.tokenizer.sep_token_id, getattr(opened.model.config, "type_vocab_size", 0)
    return _encoder(opened, class_logits, second_text(separator) if types > 1 else nothing_more)


def causal(opened: Opened) -> Causal:
    """Of a decoder-only model, which it takes over. Raises as `seq2seq`, and ModelError("unsupported_model")."""
    tokenizer, model = opened.tokenizer, opened.model
    if opened.options.backend is Backend.CTRANSLATE2:
        raise unsupported(f'models of the type "{model.config.model_type}"')
    ends = [*opened.profile.end_ids, *([] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id])]
    if not ends:
        raise ModelError("no_end", "Neither its tokenizer nor its settings name a token that ends a text.")

    def written(ids: Sequence[int]) -> str:
        return str(tokenizer.decode(list(ids), skip_special_tokens=True))

    return resident(model, ends[0], written, opened.budget, ready(opened.runtime.device, opened.precision))


def _encoder(opened: Opened, head: Head, more: More = nothing_more) -> Encoder:
    model = opened.model
    if opened.options.backend is Backend.CTRANSLATE2:
        raise unsupported(f'models of the type "{model.config.model_type}"')
    make_smaller(model, ready(opened.runtime.device, opened.precision))
    return Encoder(model, facts_of(opened.tokenizer).pad_id, head, str(model.device), opened.budget, more)


def _abreast(model_type: str, device: str) -> int:
    """Micro-batches to run at once: the small matrices of an SSRU student keep one core busy, not several."""
    if device != "cpu" or model_type != "ssru-marian":
        return 1
    return min(MOST_ABREAST, torch.get_num_threads())
