"""Models of transformers as CTranslate2 has them, by architecture. Imports ctranslate2 where it is installed, settings.

A token's name is its id in digits, so that no two have the same name whatever a tokenizer calls them.
"""

import tempfile
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

from pipelines.engine.decoding.search.settings import Settings
from pipelines.engine.precision import Precision
from pipelines.errors import ModelError

# Whether a layer norm comes before each sublayer, and one after the embeddings: what the converter would read from
# old configurations.
NORMS = {
    "marian": (False, False),
    "bart": (False, True),
    "mbart": (True, True),
    "pegasus": (True, False),
    "m2m_100": (True, False),
}
T5S = frozenset({"t5", "mt5"})
COMPUTE_TYPES = {
    Precision.FLOAT32: "float32",
    Precision.BFLOAT16: "bfloat16",
    Precision.FLOAT16: "float16",
    Precision.INT8: "int8_float32",
}


def package() -> ModuleType:
    """ctranslate2. Raises ModelError("backend_unavailable") where it is not installed."""
    try:
        import ctranslate2
    except ImportError as error:
        how = "CTranslate2 is not installed; pip install 'corpusmill[ctranslate2]' adds it."
        raise ModelError("backend_unavailable", how) from error
    module: ModuleType = ctranslate2
    return module


def translator(model: Any, settings: Settings, *, device: str, precision: Precision, threads: int) -> Any:
    """A `ctranslate2.Translator` of `model`, all in memory: the file that it is read from is gone afterwards.

    Raises ModelError: "backend_unavailable", "backend_unsupported".
    """
    ctranslate2 = package()
    kind, index = torch.device(device).type, torch.device(device).index or 0
    compute_type = _compute_type(ctranslate2, kind, index, precision)
    with torch.no_grad(), tempfile.TemporaryDirectory(prefix="corpusmill-ctranslate2-") as directory:
        spec = _named(_spec(model), settings)
        spec.validate()
        spec.optimize(quantization=compute_type)
        spec.save(directory)
        return ctranslate2.Translator(
            directory,
            device=kind,
            device_index=index,
            compute_type=compute_type,
            inter_threads=1,
            intra_threads=threads,
        )


def unsupported(what: str) -> ModelError:
    """The error of a model or setting that CTranslate2 lacks."""
    return ModelError("backend_unsupported", f"CTranslate2 cannot run {what}; the torch backend can.")


def _compute_type(ctranslate2: Any, kind: str, index: int, precision: Precision) -> str:
    wanted = COMPUTE_TYPES[precision]
    try:
        able = ctranslate2.get_supported_compute_types(kind, index)
    except (ValueError, RuntimeError) as error:
        raise unsupported(f'models on "{kind}"') from error
    if wanted not in able:
        raise unsupported(f"{precision.value} on this {kind}")
    return wanted


def _spec(model: Any) -> Any:
    """The weights as the converter's own loader of the architecture lays them out."""
    kind = model.config.model_type
    if kind not in NORMS and kind not in T5S:
        raise unsupported(f'models of the type "{kind}"')
    try:
        return _t5(model) if kind in T5S else _bart_like(model)
    except KeyError as error:  # the loaders look activations up in a table
        raise unsupported(f'this "{kind}" model') from error


def _bart_like(model: Any) -> Any:
    from ctranslate2.converters.transformers import BartLoader, M2M100Loader

    config = model.config
    if config.encoder_attention_heads != config.decoder_attention_heads:
        raise unsupported("encoders and decoders with different numbers of heads")
    config.normalize_before, config.normalize_embedding = NORMS[config.model_type]
    # Marian has a loader too, but that leaves out the last id, whatever it is, to start from zeros.
    loader: Callable[[], Any] = M2M100Loader if config.model_type == "m2m_100" else BartLoader
    return loader().get_model_spec(model)


def _t5(model: Any) -> Any:
    from ctranslate2.converters.transformers import T5Loader
    from ctranslate2.specs.model_spec import OPTIONAL

    spec = T5Loader().get_model_spec(model)
    if not getattr(model.config, "scale_decoder_outputs", False):
        spec.decoder.scale_outputs = OPTIONAL
    return spec


def _named(spec: Any, settings: Settings) -> Any:
    spec.register_source_vocabulary(names(spec.encoder.embeddings[0].weight.shape[0]))
    spec.register_target_vocabulary(names(spec.decoder.embeddings.weight.shape[0]))
    spec.config.decoder_start_token = str(settings.start_id)
    spec.config.eos_token = str(settings.end_ids[0])
    # Both must be some token; no text is looked up and no source is marked.
    spec.config.unk_token = spec.config.bos_token = str(settings.start_id)
    return spec


def names(size: int) -> list[str]:
    """The names of the ids below `size`."""
    return [str(token) for token in range(size)]
