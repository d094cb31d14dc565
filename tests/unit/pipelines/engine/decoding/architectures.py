"""Tiny random models of every architecture with a decoder of ours, random enough that rows end at many lengths."""

import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    LEDConfig,
    LEDForConditionalGeneration,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    PegasusConfig,
    PegasusForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from pipelines.engine.decoding.generated import TokenizerFacts

VOCABULARY = 90
EOS, PAD, START = 2, 1, 0
# Several ids that end a text: a random model seldom comes to a single one.
ENDS = (EOS, *range(10, 60, 8))
FACTS = TokenizerFacts(EOS, PAD)
IDS = {"eos_token_id": EOS, "pad_token_id": PAD, "bos_token_id": 0, "decoder_start_token_id": START}
BART = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 64,
    "forced_eos_token_id": None,
    **IDS,
}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    **IDS,
}
MODELS = {
    "marian": (MarianMTModel, MarianConfig, {**BART, "scale_embedding": True, "activation_function": "swish"}),
    "bart": (BartForConditionalGeneration, BartConfig, BART),
    "mbart": (MBartForConditionalGeneration, MBartConfig, {**BART, "scale_embedding": True}),
    "pegasus": (PegasusForConditionalGeneration, PegasusConfig, {**BART, "scale_embedding": True}),
    "m2m_100": (M2M100ForConditionalGeneration, M2M100Config, {**BART, "scale_embedding": True}),
    "t5": (T5ForConditionalGeneration, T5Config, T5),
    "t5-gated": (T5ForConditionalGeneration, T5Config, {**T5, "feed_forward_proj": "gated-gelu"}),
    "t5-untied": (T5ForConditionalGeneration, T5Config, {**T5, "tie_word_embeddings": False}),
    "led": (
        LEDForConditionalGeneration,
        LEDConfig,
        {
            **{key: value for key, value in BART.items() if key != "max_position_embeddings"},
            "max_encoder_position_embeddings": 64,
            "max_decoder_position_embeddings": 64,
            "attention_window": 8,
        },
    ),
    "umt5": (UMT5ForConditionalGeneration, UMT5Config, {**T5, "feed_forward_proj": "gated-gelu"}),
    "mt5": (MT5ForConditionalGeneration, MT5Config, {**T5, "feed_forward_proj": "gated-gelu"}),
}


def build(name, seed):
    """A model whose tokens are neither all alike nor all different, and whose texts end somewhere."""
    model_class, config_class, settings = MODELS[name]
    torch.manual_seed(seed)
    model = model_class(config_class(**settings)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0.0, 0.3)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.normal_(0.0, 0.5)
    model.generation_config.eos_token_id = list(ENDS)
    return model


def rows(seed, count=5):
    """Input ids [B, S] and their mask, of different lengths."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 12, (count,), generator=generator).tolist()
    ids = torch.full((count, max(lengths)), PAD)
    for row, length in enumerate(lengths):
        ids[row, : length - 1] = torch.randint(3, VOCABULARY, (length - 1,), generator=generator)
        ids[row, length - 1] = EOS
    return ids, (ids != PAD).long()


def one_by_one(generate, ids, mask, limits, firsts):
    """Each row by itself, without padding."""
    lengths = mask.sum(1).tolist()
    return [
        generate(ids[row : row + 1, :length], mask[row : row + 1, :length], [limits[row]], [firsts[row]])[0]
        for row, length in enumerate(lengths)
    ]
