"""Decoders out of the models of transformers, by family. Imports transformer, memory and projections.

A decoder takes its model over: the layers of the model's own decoder are emptied, so that no weight is held twice.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from pipelines.engine.decoding.memory import Position
from pipelines.engine.decoding.transformer import Layer, SelfAttention, SourceAttention, Sublayer, TransformerDecoder
from pipelines.engine.projections import Ready, make_ready

# Rows of a position table before the one of the first token.
POSITION_OFFSETS = {"marian": 0, "pegasus": 0, "led": 0, "bart": 2, "mbart": 2}
PRE_NORM = frozenset({"mbart", "pegasus", "m2m_100"})


def bart_like(model: Any, how: Ready) -> TransformerDecoder:
    """Marian, BART, LED, mBART, PEGASUS, M2M100 and NLLB: absolute positions, projections with biases."""
    decoder, kind = model.get_decoder(), model.config.model_type
    if kind == "m2m_100":
        table, offset = decoder.embed_positions.weights, decoder.padding_idx + 1
    else:
        table, offset = decoder.embed_positions.weight, POSITION_OFFSETS[kind]
    # Marian and PEGASUS scale embeddings in the decoder, the others in the embedding itself.
    scale = getattr(decoder, "embed_scale", 1.0)
    first_norm = getattr(decoder, "layernorm_embedding", nn.Identity())
    last_norm = getattr(decoder, "layer_norm", nn.Identity())
    head = how(_head(model.lm_head.weight, getattr(model, "final_logits_bias", None)))

    def embed(tokens: Tensor, position: Position) -> Tensor:
        embedded = decoder.embed_tokens(tokens) * scale + table[position + offset]
        return first_norm(embedded)  # type: ignore[no-any-return]  # torch modules return Any

    def logits(states: Tensor) -> Tensor:
        return head(last_norm(states))  # type: ignore[no-any-return]

    layers = [_bart_layer(layer, how, before=kind in PRE_NORM) for layer in decoder.layers]
    decoder.layers = nn.ModuleList()
    make_ready(model.get_encoder(), how)
    longest = len(table) - offset
    return TransformerDecoder(model.get_encoder(), layers, embed=embed, logits=logits, longest=longest)


def t5(model: Any, how: Ready) -> TransformerDecoder:
    """T5, its successors, mT5 and umT5: relative positions, no biases, unscaled attention."""
    decoder = model.get_decoder()
    own = [block.layer[0].SelfAttention for block in decoder.block]
    # The first layer's positions are those of all layers, but in umT5 each has its own.
    relatives = [partial(_relative, one) for one in own if one.has_relative_attention_bias]
    head = how(_head(model.lm_head.weight, None))
    width = model.config.d_model**-0.5 if _scaled(model.config) else 1.0

    def embed(tokens: Tensor, position: Position) -> Tensor:  # noqa: ARG001 -- positions are relative
        return decoder.embed_tokens(tokens)  # type: ignore[no-any-return]  # torch modules return Any

    def logits(states: Tensor) -> Tensor:
        return head(decoder.final_layer_norm(states) * width)  # type: ignore[no-any-return]

    layers = [_t5_layer(block.layer, how) for block in decoder.block]
    decoder.block = nn.ModuleList()
    make_ready(model.get_encoder(), how)
    return TransformerDecoder(model.get_encoder(), layers, embed=embed, logits=logits, relatives=relatives)


def _scaled(config: Any) -> bool:
    """Whether states are scaled before the head: T5 has a setting for it, umT5 does it where embeddings are tied."""
    if config.model_type == "umt5":
        return bool(config.tie_word_embeddings)
    return bool(getattr(config, "scale_decoder_outputs", False))


def _relative(attention: Any, position: Position, length: int) -> Tensor:
    bias: Tensor = attention.compute_bias(1, length, past_seen_tokens=position)
    return bias.contiguous()  # attention has no fused kernel for an addend that is not


FAMILIES: dict[str, Callable[[Any, Ready], TransformerDecoder]] = {
    **dict.fromkeys((*POSITION_OFFSETS, "m2m_100"), bart_like),
    **dict.fromkeys(("t5", "mt5", "umt5"), t5),
}
"""By `model_type` of the configuration."""


def _bart_layer(layer: Any, how: Ready, *, before: bool) -> Layer:
    own, other = layer.self_attn, layer.encoder_attn
    wide, narrow = how(layer.fc1), how(layer.fc2)
    feed_forward = Sublayer(layer.final_layer_norm, before)
    activate = layer.activation_fn  # the layer itself would keep its own projections beside the fused ones

    def inner(states: Tensor) -> Tensor:
        return narrow(activate(wide(states)))  # type: ignore[no-any-return]

    return Layer(
        SelfAttention(
            Sublayer(layer.self_attn_layer_norm, before),
            how(fused(own.q_proj, own.k_proj, own.v_proj)),
            how(own.out_proj),
            own.num_heads,
            own.scaling,
        ),
        SourceAttention(
            Sublayer(layer.encoder_attn_layer_norm, before),
            how(other.q_proj),
            how(fused(other.k_proj, other.v_proj)),
            how(other.out_proj),
            other.num_heads,
            other.scaling,
        ),
        lambda states: feed_forward(states, inner),
    )


def _t5_layer(parts: Any, how: Ready) -> Layer:
    own, other = parts[0].SelfAttention, parts[1].EncDecAttention
    make_ready(parts[-1], how)
    made = Layer(
        SelfAttention(
            Sublayer(parts[0].layer_norm, True), how(fused(own.q, own.k, own.v)), how(own.o), own.n_heads, 1.0
        ),
        SourceAttention(
            Sublayer(parts[1].layer_norm, True),
            how(other.q),
            how(fused(other.k, other.v)),
            how(other.o),
            other.n_heads,
            1.0,
        ),
        parts[-1],
    )
    del own.q, own.k, own.v, own.o  # positions keep their attention, which need not keep what is fused
    return made


def fused(*parts: nn.Linear) -> nn.Linear:
    """One projection to what `parts` project to, side by side."""
    bias = None if parts[0].bias is None else torch.cat([part.bias for part in parts])
    return linear(torch.cat([part.weight for part in parts]), bias)


def _head(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """From states to logits; `bias` is [1, V]."""
    return linear(weight, None if bias is None else bias[0])


def linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A projection with weights [out, in] that are there already."""
    one = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    one.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        one.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return one
