"""The hyper-parameters of the SSRU Marian student. Imports transformers."""

from typing import ClassVar

from huggingface_hub.dataclasses import strict
from transformers import PretrainedConfig


@strict
class SsruMarianConfig(PretrainedConfig):  # type: ignore[misc]  # transformers is untyped here
    """Sizes of a transformer encoder with an SSRU decoder; the defaults are those of Marian's "tiny11" students.

    `vocab_size` pieces shared by source, target and output layer; `d_model` the width of every state;
    `max_position_embeddings` the longest source in tokens that keeps its quality (positions are sinusoids, so nothing
    breaks beyond it). Id `eos_token_id` ends sources and targets and pads; `decoder_start_token_id` is a place
    holder, because decoding starts from a zero embedding. `shortlist_entries` is the length of the lexical shortlist
    (0: none), `shortlist_common` how many of the first ids may always be produced.
    """

    model_type = "ssru-marian"
    attribute_map: ClassVar[dict[str, str]] = {
        "hidden_size": "d_model",
        "num_attention_heads": "attention_heads",
        "num_hidden_layers": "encoder_layers",
    }

    vocab_size: int = 32000
    d_model: int = 256
    attention_heads: int = 8
    encoder_layers: int = 6
    decoder_layers: int = 2
    ffn_dim: int = 1536
    layer_norm_eps: float = 1e-6
    max_position_embeddings: int = 256
    shortlist_entries: int = 0
    shortlist_common: int = 50
    init_std: float = 0.02
    is_encoder_decoder: bool = True
    tie_word_embeddings: bool = False
    use_cache: bool = False
    pad_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 0
    bos_token_id: int | None = None
    decoder_start_token_id: int | None = 0
