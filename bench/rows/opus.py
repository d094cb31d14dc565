"""A MarianMT of OPUS-MT's size with random weights, run by us, transformers and CTranslate2. Imports pipelines."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ctranslate2
import torch
from ctranslate2.converters.transformers import MarianMTLoader
from transformers import MarianConfig, MarianMTModel

from pipelines.engine.decoding.generated import TokenizerFacts, ids_of
from pipelines.engine.decoding.generator import generator
from pipelines.engine.precision import Precision
from pipelines.engine.projections import ready

VOCABULARY = 32_001
PAD = VOCABULARY - 1
END = 0
LIMIT = 30
SIZES = {"d_model": 512, "encoder_layers": 6, "decoder_layers": 6}
WIDTHS = {"encoder_attention_heads": 8, "decoder_attention_heads": 8, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048}

Run = Callable[[], object]


class OpusModel:
    """The same `rows` sources of 30 random tokens for each side, and 30 tokens produced for each."""

    def __init__(self, rows: int) -> None:
        torch.manual_seed(0)
        config = MarianConfig(
            vocab_size=VOCABULARY,
            **SIZES,
            **WIDTHS,
            activation_function="swish",
            scale_embedding=True,
            max_position_embeddings=512,
            pad_token_id=PAD,
            decoder_start_token_id=PAD,
            eos_token_id=END,
            forced_eos_token_id=None,
        )
        self._model = MarianMTModel(config).eval()
        # Nothing ends before the limit, so that each side produces the same number of tokens.
        self._model.generation_config.update(num_beams=1, bad_words_ids=[[PAD]], suppress_tokens=[END])
        self._sources = torch.randint(5, VOCABULARY - 5, (rows, LIMIT))

    def transformers(self, batch_rows: int) -> Run:
        """`generate` in float32."""

        @torch.inference_mode()
        def run() -> None:
            for sources in torch.split(self._sources, batch_rows):
                mask = torch.ones_like(sources)
                self._model.generate(input_ids=sources, attention_mask=mask, max_length=None, max_new_tokens=LIMIT)

        return run

    def ours(self, precision: Precision, batch_rows: int) -> Run:
        """Our loop."""
        model = copy.deepcopy(self._model).to(precision.dtype)
        generate = generator(model, TokenizerFacts(END, PAD), ready("cpu", precision))

        def run() -> None:
            for sources in torch.split(self._sources, batch_rows):
                rows = len(sources)
                found = generate(sources, torch.ones_like(sources), [LIMIT] * rows, [None] * rows)
                if any(len(ids_of(row)) != LIMIT for row in found):
                    raise RuntimeError("a row of the bench ended early")

        return run

    def ctranslate2(self, directory: Path, batch_rows: int) -> Run:
        """CTranslate2 in int8, on one thread."""
        names = ["</s>", "<unk>", *(f"t{number}" for number in range(2, PAD))]
        if not directory.exists():
            directory.mkdir()
            _converted(copy.deepcopy(self._model), names).save(str(directory))
        translator = ctranslate2.Translator(
            str(directory), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
        )
        sources = [[names[token] for token in row] for row in self._sources.tolist()]

        def run() -> None:
            for first in range(0, len(sources), batch_rows):
                translator.translate_batch(
                    sources[first : first + batch_rows],
                    beam_size=1,
                    min_decoding_length=LIMIT,
                    max_decoding_length=LIMIT,
                )

        return run


def _converted(model: Any, names: list[str]) -> Any:
    spec = MarianMTLoader().get_model_spec(model)
    spec.register_source_vocabulary(names)
    spec.register_target_vocabulary(names)
    spec.config.eos_token = spec.config.decoder_start_token = spec.config.bos_token = names[0]
    spec.config.unk_token = names[1]
    spec.validate()
    return spec
