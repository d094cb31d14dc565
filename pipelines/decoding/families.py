"""Decoders out of the models of transformers, by family. Imports transformer and torch.

Fused projections own their weights and the modules of transformers become views of them, so nothing is held twice.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor, nn

from pipelines.decoding.transformer import (
    Layer,
    SelfAttention,
    SourceAttention,
    Sublayer,
    Transform,
    TransformerDecoder,
)

# Rows of a position table before the one of the first token.
POSITION_OFFSETS = {"marian": 0, "pegasus": 0, "bart": 2, "mbart": 2}
PRE_NORM = frozenset({"mbart", "pegasus", "m2m_100"})


def bart_like(model: Any) -> TransformerDecoder:
    """Marian, BART, mBART, PEGASUS, M2M100 and NLLB: absolute positions, projections with biases."""
    decoder, kind = model.get_decoder(), model.config.model_type
    if kind == "m2m_100":
        table, offset = decoder.embed_positions.weights, decoder.padding_idx + 1
    else:
        table, offset = decoder.embed_positions.weight, POSITION_OFFSETS[kind]
    # Marian and PEGASUS scale embeddings in the decoder, the others in the embedding itself.
    scale = getattr(decoder, "embed_scale", 1.0)
    first_norm = getattr(decoder, "layernorm_embedding", nn.Identity())
    last_norm = getattr(decoder, "layer_norm", nn.Identity())
    bias = getattr(model, "final_logits_bias", None)

    def embed(tokens: Tensor, position: int) -> Tensor:
        embedded = decoder.embed_tokens(tokens) * scale + table[position + offset]
        return first_norm(embedded)  # type: ignore[no-any-return]  # torch modules return Any

    def logits(states: Tensor) -> Tensor:
        return F.linear(last_norm(states), model.lm_head.weight, None if bias is None else bias[0])

    layers = [_bart_layer(layer, before=kind in PRE_NORM) for layer in decoder.layers]
    longest = min(len(table) - offset, model.config.max_position_embeddings)
    return TransformerDecoder(model.get_encoder(), layers, embed=embed, logits=logits, longest=longest)


def t5(model: Any) -> TransformerDecoder:
    """T5, its successors and mT5: relative positions, no biases, unscaled attention."""
    decoder = model.get_decoder()
    first = decoder.block[0].layer[0].SelfAttention
    width = model.config.d_model**-0.5 if getattr(model.config, "scale_decoder_outputs", False) else 1.0

    def embed(tokens: Tensor, position: int) -> Tensor:  # noqa: ARG001 -- positions are relative
        return decoder.embed_tokens(tokens)  # type: ignore[no-any-return]  # torch modules return Any

    def logits(states: Tensor) -> Tensor:
        return F.linear(decoder.final_layer_norm(states) * width, model.lm_head.weight)

    def bias(position: int) -> Tensor:
        return first.compute_bias(1, position + 1, past_seen_tokens=position)  # type: ignore[no-any-return]

    layers = [_t5_layer(block.layer) for block in decoder.block]
    return TransformerDecoder(model.get_encoder(), layers, embed=embed, logits=logits, bias=bias)


FAMILIES: dict[str, Callable[[Any], TransformerDecoder]] = {
    **dict.fromkeys((*POSITION_OFFSETS, "m2m_100"), bart_like),
    **dict.fromkeys(("t5", "mt5"), t5),
}
"""By `model_type` of the configuration."""


def _bart_layer(layer: Any, *, before: bool) -> Layer:
    own, other = layer.self_attn, layer.encoder_attn
    feed_forward = Sublayer(layer.final_layer_norm, before)

    def inner(states: Tensor) -> Tensor:
        return layer.fc2(layer.activation_fn(layer.fc1(states)))  # type: ignore[no-any-return]

    return Layer(
        SelfAttention(
            Sublayer(layer.self_attn_layer_norm, before),
            fused(own.q_proj, own.k_proj, own.v_proj),
            own.out_proj,
            own.num_heads,
            own.scaling,
        ),
        SourceAttention(
            Sublayer(layer.encoder_attn_layer_norm, before),
            other.q_proj,
            fused(other.k_proj, other.v_proj),
            other.out_proj,
            other.num_heads,
            other.scaling,
        ),
        _wrapped(feed_forward, inner),
    )


def _t5_layer(parts: Any) -> Layer:
    own, other = parts[0].SelfAttention, parts[1].EncDecAttention
    return Layer(
        SelfAttention(Sublayer(parts[0].layer_norm, True), fused(own.q, own.k, own.v), own.o, own.n_heads, 1.0),
        SourceAttention(
            Sublayer(parts[1].layer_norm, True), other.q, fused(other.k, other.v), other.o, other.n_heads, 1.0
        ),
        parts[-1],
    )


def _wrapped(sublayer: Sublayer, inner: Transform) -> Transform:
    return lambda states: sublayer(states, inner)


def fused(*parts: nn.Linear) -> nn.Linear:
    """One projection to what `parts` project to, side by side; the parts' weights become views of it."""
    one = nn.Linear(parts[0].in_features, sum(part.out_features for part in parts), bias=False, device="meta")
    one.weight = nn.Parameter(torch.cat([part.weight for part in parts]), requires_grad=False)
    if parts[0].bias is not None:
        one.bias = nn.Parameter(torch.cat([part.bias for part in parts]), requires_grad=False)
    first = 0
    for part in parts:
        last = first + part.out_features
        part.weight = nn.Parameter(one.weight[first:last], requires_grad=False)
        if part.bias is not None:
            part.bias = nn.Parameter(one.bias[first:last], requires_grad=False)
        first = last
    return one
