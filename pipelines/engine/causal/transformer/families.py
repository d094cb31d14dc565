"""Decoder-only transformers out of the models of transformers, by family. Imports layers, rotation and projections.

A model is taken over: its own layers are emptied, so that no weight is held twice.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from pipelines.engine.causal.transformer.attention import Manner
from pipelines.engine.causal.transformer.layers import Attention, CausalTransformer, Heads, Layer
from pipelines.engine.causal.transformer.rotation import Angles, by_halves, by_pairs, from_module, from_table
from pipelines.engine.decoding.families import fused, linear
from pipelines.engine.decoding.transformer import Sublayer, Transform
from pipelines.engine.projections import Ready, followed

OPT_OFFSET = 2
"""Rows of OPT's position table before the one of the first token."""
SLIDING = "sliding_attention"
TANH_GELU = frozenset({"gelu_new", "gelu_fast", "gelu_pytorch_tanh"})


def gpt2(model: Any, how: Ready) -> CausalTransformer:
    """GPT-2: learnt positions, pre-norm, weights that lie the other way round."""
    inner, config = model.transformer, model.config
    activate = _activation(config.activation_function)

    def layer(block: Any) -> Layer:
        own = block.attn
        return Layer(
            Sublayer(block.ln_1, True),
            Attention(
                how(_turned(own.c_attn)),
                how(_turned(own.c_proj)),
                Heads(own.num_heads, own.num_heads, own.head_dim),
                Manner(own.scaling),
            ),
            Sublayer(block.ln_2, True),
            _narrow(how(_turned(block.mlp.c_fc)), activate, how(_turned(block.mlp.c_proj))),
        )

    return _with_positions(inner, [layer(block) for block in _taken(inner, "h")], how(model.lm_head))


def gpt_neo(model: Any, how: Ready) -> CausalTransformer:
    """GPT-Neo: as GPT-2, but scores are not scaled, and every other layer sees a window."""
    inner, config = model.transformer, model.config
    activate = _activation(config.activation_function)

    def layer(block: Any) -> Layer:
        own = block.attn.attention
        window = config.window_size if own.attention_type == "local" else None
        return Layer(
            Sublayer(block.ln_1, True),
            Attention(
                how(fused(own.q_proj, own.k_proj, own.v_proj)),
                how(own.out_proj),
                Heads(own.num_heads, own.num_heads, own.head_dim),
                Manner(1.0, window=window),
            ),
            Sublayer(block.ln_2, True),
            _narrow(how(block.mlp.c_fc), activate, how(block.mlp.c_proj)),
        )

    return _with_positions(inner, [layer(block) for block in _taken(inner, "h")], how(model.lm_head))


def gptj(model: Any, how: Ready) -> CausalTransformer:
    """GPT-J: attention and feed-forward side by side, pairs of numbers turned, a head with biases."""
    inner, config = model.transformer, model.config
    activate = _activation(config.activation_function)
    rotary = from_table(inner.h[0].attn.embed_positions)

    def layer(block: Any) -> Layer:
        own = block.attn
        return Layer(
            Sublayer(block.ln_1, True),
            Attention(
                how(fused(own.q_proj, own.k_proj, own.v_proj)),
                how(own.out_proj),
                Heads(own.num_attention_heads, own.num_attention_heads, own.head_dim),
                Manner(own.head_dim**-0.5),
                by_pairs,
            ),
            None,
            _narrow(how(block.mlp.fc_in), activate, how(block.mlp.fc_out)),
        )

    layers = [layer(block) for block in _taken(inner, "h")]
    return _turning(layers, inner.wte, _then(inner.ln_f, how(model.lm_head)), config.n_positions, rotary)


def opt(model: Any, how: Ready) -> CausalTransformer:
    """OPT: learnt positions; OPT-350m has its norms behind and embeddings narrower than its layers."""
    inner, config = model.model.decoder, model.config
    before = config.do_layer_norm_before
    activate = _activation(config.activation_function)

    def layer(block: Any) -> Layer:
        own = block.self_attn
        return Layer(
            Sublayer(block.self_attn_layer_norm, before),
            Attention(
                how(fused(own.q_proj, own.k_proj, own.v_proj)),
                how(own.out_proj),
                Heads(own.num_heads, own.num_heads, own.head_dim),
                Manner(own.scaling),
            ),
            Sublayer(block.final_layer_norm, before),
            _narrow(how(block.fc1), activate, how(block.fc2)),
        )

    layers = [layer(block) for block in _taken(inner, "layers")]
    table = inner.embed_positions.weight
    inwards = inner.project_in or nn.Identity()
    ends = (inner.final_layer_norm, inner.project_out, how(model.lm_head))

    def embed(tokens: Tensor, positions: Tensor) -> Tensor:
        embedded: Tensor = inwards(inner.embed_tokens(tokens)) + table[positions + OPT_OFFSET]
        return embedded

    logits = _then(*(end for end in ends if end is not None))
    return CausalTransformer(layers, embed, logits, len(table) - OPT_OFFSET)


def phi(model: Any, how: Ready) -> CausalTransformer:
    """Phi: attention and feed-forward side by side, part of each head turned, biases everywhere."""
    inner, config = model.model, model.config
    activate = _activation(config.hidden_act)

    def layer(block: Any) -> Layer:
        own = block.self_attn
        norms = (own.q_layernorm, own.k_layernorm) if own.qk_layernorm else None
        return Layer(
            Sublayer(block.input_layernorm, True),
            Attention(
                how(fused(own.q_proj, own.k_proj, own.v_proj)),
                how(own.dense),
                _heads(config, own),
                Manner(own.scaling),
                by_halves,
                norms,
            ),
            None,
            _narrow(how(block.mlp.fc1), activate, how(block.mlp.fc2)),
        )

    layers = [layer(block) for block in _taken(inner, "layers")]
    logits = _then(inner.final_layernorm, how(model.lm_head))
    return _turning(layers, inner.embed_tokens, logits, _longest(config), from_module(inner.rotary_emb))


def llama_like(model: Any, how: Ready) -> CausalTransformer:
    """Llama, Mistral, Qwen2, Qwen3, Gemma, Gemma 2, Gemma 3 (text) and Phi-3: gated, rotary, few heads of keys.

    Gemma 2 and 3 norm what sublayers give as well, and Gemma 3 turns sliding layers by angles of their own.
    """
    inner, config = model.model, model.config
    kinds = getattr(config, "layer_types", None) or [None] * config.num_hidden_layers
    by_kind = list(dict.fromkeys(kinds)) if config.model_type == "gemma3_text" else []
    layers = [
        _llama_layer(block, config, kind, by_kind.index(kind) if by_kind else 0, how)
        for block, kind in zip(_taken(inner, "layers"), kinds, strict=True)
    ]
    rotaries = [from_module(inner.rotary_emb, kind) for kind in by_kind] or [from_module(inner.rotary_emb)]
    logits = _then(inner.norm, how(model.lm_head), _capped(getattr(config, "final_logit_softcapping", None)))
    return _turning(layers, inner.embed_tokens, logits, _longest(config), *rotaries)


def _llama_layer(block: Any, config: Any, kind: str | None, rotary: int, how: Ready) -> Layer:
    own = block.self_attn
    after_attention = after_feed_forward = nn.Identity()
    second = block.post_attention_layernorm
    if hasattr(block, "pre_feedforward_layernorm"):
        after_attention, second = block.post_attention_layernorm, block.pre_feedforward_layernorm
        after_feed_forward = block.post_feedforward_layernorm
    inputs = own.qkv_proj if hasattr(own, "qkv_proj") else fused(own.q_proj, own.k_proj, own.v_proj)
    window = None if kind not in (None, SLIDING) else getattr(config, "sliding_window", None)
    attention = Attention(
        how(inputs),
        _then(how(own.o_proj), after_attention),
        _heads(config, own),
        Manner(own.scaling, getattr(config, "attn_logit_softcapping", None), window),
        by_halves,
        (own.q_norm, own.k_norm) if hasattr(own, "q_norm") else None,
    )
    feed_forward = _then(_gated(block.mlp, how), after_feed_forward)
    return Layer(Sublayer(block.input_layernorm, True), attention, Sublayer(second, True), feed_forward, rotary)


def _gated(mlp: Any, how: Ready) -> Transform:
    """Feed-forward of half its inputs, gated by the other half."""
    wide = how(mlp.gate_up_proj if hasattr(mlp, "gate_up_proj") else fused(mlp.gate_proj, mlp.up_proj))
    narrow = how(mlp.down_proj)
    activate = mlp.activation_fn if hasattr(mlp, "activation_fn") else mlp.act_fn

    def forward(states: Tensor) -> Tensor:
        gate, up = wide(states).chunk(2, dim=-1)
        return narrow(activate(gate) * up)  # type: ignore[no-any-return]  # torch modules return Any

    return forward


def _narrow(wide: nn.Module, activate: Transform, narrow: nn.Module) -> Transform:
    widened = followed(wide, activate)

    def forward(states: Tensor) -> Tensor:
        return narrow(widened(states))  # type: ignore[no-any-return]  # torch modules return Any

    return forward


def _activation(name: str) -> Transform:
    """As transformers has it; where that writes GELU's tanh out in five steps, torch has it in one."""
    from transformers.activations import ACT2FN

    return nn.GELU(approximate="tanh") if name in TANH_GELU else ACT2FN[name]


def _turned(one: Any) -> nn.Linear:
    """A projection out of the Conv1D of transformers, whose weights are [in, out]."""
    return linear(one.weight.t().contiguous(), one.bias)


def _heads(config: Any, own: Any) -> Heads:
    return Heads(config.num_attention_heads, config.num_key_value_heads, own.head_dim)


def _then(*parts: Any) -> Transform:
    some = [part for part in parts if not isinstance(part, nn.Identity)]

    def forward(states: Tensor) -> Tensor:
        for part in some:
            states = part(states)
        return states

    return forward


def _capped(softcap: float | None) -> Transform:
    """Logits within ±`softcap`, where there is one."""
    return nn.Identity() if softcap is None else lambda logits: torch.tanh(logits / softcap) * softcap


def _taken(inner: Any, name: str) -> Iterator[Any]:
    """The layers of a model, which has each no longer when the next is asked for."""
    blocks = list(getattr(inner, name))[::-1]
    setattr(inner, name, nn.ModuleList())
    while blocks:
        yield blocks.pop()


def _with_positions(inner: Any, layers: list[Layer], head: nn.Module) -> CausalTransformer:
    """A model of GPT-2's kind, whose positions are learnt."""

    def embed(tokens: Tensor, positions: Tensor) -> Tensor:
        return inner.wte(tokens) + inner.wpe(positions)  # type: ignore[no-any-return]  # torch modules return Any

    return CausalTransformer(layers, embed, _then(inner.ln_f, head), len(inner.wpe.weight))


def _turning(
    layers: list[Layer],
    embedding: Any,
    logits: Transform,
    longest: int,
    *rotaries: Callable[[Tensor, Tensor], Angles],
) -> CausalTransformer:
    """A model with rotary positions."""

    def embed(tokens: Tensor, positions: Tensor) -> Tensor:  # noqa: ARG001 -- positions are rotary
        return embedding(tokens)  # type: ignore[no-any-return]  # torch modules return Any

    return CausalTransformer(layers, embed, logits, longest, rotaries)


def _longest(config: Any) -> int:
    """Positions a model has; where longer texts would change the angles of all, those that a short text has.

    The longrope of Phi-3 has other angles beyond the length it was first trained on, for the whole text and for all
    that share its batch: up to there no row depends on another.
    """
    rope, longest = config.rope_parameters, int(config.max_position_embeddings)
    return min(longest, rope["original_max_position_embeddings"]) if rope.get("rope_type") == "longrope" else longest


FAMILIES: dict[str, Callable[[Any, Ready], CausalTransformer]] = {
    "gpt2": gpt2,
    "gpt_neo": gpt_neo,
    "gptj": gptj,
    "opt": opt,
    "phi": phi,
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3"), llama_like),
}
"""By `model_type` of the configuration."""
