"""Tiny random models of every decoder-only family, random enough that rows end at many lengths."""

import random

import torch
from transformers import AutoModelForCausalLM as Auto
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    GPTJConfig,
    GPTNeoConfig,
    LlamaConfig,
    MistralConfig,
    OPTConfig,
    Phi3Config,
    PhiConfig,
    Qwen2Config,
    Qwen3Config,
)

from pipelines.engine.budget import Budget
from pipelines.engine.causal.engine import resident
from pipelines.engine.causal.prompt import Prompt
from pipelines.engine.projections import unchanged

VOCABULARY = 90
POSITIONS = 128
PAD, END = 0, 2
RARE = 88
"""Of no prompt that is drawn here."""
ENDS = (END, *range(10, 60, 16))
IDS = {"vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": END, "pad_token_id": PAD}
ROTARY = {
    **IDS,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": POSITIONS,
}
GPT = {**IDS, "n_positions": POSITIONS, "n_embd": 32, "n_layer": 2, "n_head": 4}
OPT = {
    **IDS,
    "hidden_size": 32,
    "ffn_dim": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": POSITIONS,
    "word_embed_proj_dim": 32,
}
QWEN = {**ROTARY, "use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1}
GEMMA = {**ROTARY, "head_dim": 12, "query_pre_attn_scalar": 20, "sliding_window": 9}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0, 1.1, 1.2, 1.3],
    "long_factor": [2.0, 3.0, 4.0, 5.0],
}
MODELS = {
    "gpt2": (GPT2Config, GPT),
    "gpt2-by-layer": (GPT2Config, {**GPT, "scale_attn_by_inverse_layer_idx": True, "activation_function": "relu"}),
    "gpt_neo": (
        GPTNeoConfig,
        {
            **IDS,
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 9,
            "max_position_embeddings": POSITIONS,
        },
    ),
    "gptj": (GPTJConfig, {**GPT, "rotary_dim": 4}),
    "opt": (OPTConfig, OPT),
    "opt-350m": (OPTConfig, {**OPT, "do_layer_norm_before": False, "word_embed_proj_dim": 20}),
    "llama": (LlamaConfig, ROTARY),
    "llama-3": (LlamaConfig, {**ROTARY, "rope_parameters": LLAMA3, "attention_bias": True, "mlp_bias": True}),
    "llama-tied": (LlamaConfig, {**ROTARY, "tie_word_embeddings": True, "num_key_value_heads": 1}),
    "mistral": (MistralConfig, {**ROTARY, "sliding_window": 9}),
    "mistral-whole": (MistralConfig, {**ROTARY, "sliding_window": None, "head_dim": 12}),
    "qwen2": (Qwen2Config, QWEN),
    "qwen3": (Qwen3Config, {**QWEN, "head_dim": 16}),
    "gemma": (GemmaConfig, {**ROTARY, "head_dim": 12}),
    "gemma2": (Gemma2Config, {**GEMMA, "attn_logit_softcapping": 5.0, "final_logit_softcapping": 4.0}),
    "gemma3": (Gemma3TextConfig, {**GEMMA, "sliding_window_pattern": 2}),
    "phi": (PhiConfig, {**ROTARY, "qk_layernorm": True}),
    "phi3": (Phi3Config, {**ROTARY, "sliding_window": 9, "partial_rotary_factor": 0.5}),
    "phi3-long": (Phi3Config, {**ROTARY, "rope_parameters": LONG, "original_max_position_embeddings": 100}),
}


def build(name, seed, spread=0.3):
    """A model whose tokens are neither all alike nor all different, and whose texts end somewhere."""
    config_class, settings = MODELS[name]
    torch.manual_seed(seed)
    eager = {"attn_implementation": "eager"} if name.startswith("gemma2") else {}
    model = Auto.from_config(config_class(**settings), **eager).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0.0, spread)
    model.generation_config.update(eos_token_id=list(ENDS), pad_token_id=PAD)
    return model


def letters(ids):
    """A text of two letters a token, the first of which tells little."""
    return "".join(chr(97 + token % 7) + chr(97 + token % 26) for token in ids)


def engine(model, how=unchanged, budget=None):
    return resident(model, END, letters, budget or Budget("cpu"), how)


def rows(start, /, lengths=(1, 60, 7, 33, 2, 18, 9, 41, 12, 5), most_new=20, **wishes):
    """Prompts of these lengths, of random tokens that end nothing."""
    chance = random.Random(start)
    usual = [token for token in range(3, RARE) if token not in ENDS]
    return [Prompt(tuple(chance.choices(usual, k=length)), most_new, **wishes) for length in lengths]


def never():
    return False


def theirs(model, prompt):
    """The tokens of one prompt up to their end, from transformers alone."""
    found = model.generate(
        input_ids=torch.tensor([prompt.ids]),
        attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
        max_new_tokens=prompt.most_new,
        repetition_penalty=prompt.repetition_penalty,
        do_sample=False,
    )
    tokens = found[0, len(prompt.ids) :].tolist()
    return tokens[: next((place for place, token in enumerate(tokens) if token in ENDS), len(tokens))]
