"""From a verified directory to a resident pipeline, without a network. Imports torch, transformers, all pipelines."""

import warnings
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModel,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PretrainedConfig,
)

from pipelines.abstractive import AbstractivePipeline
from pipelines.base import Pipeline, Runtime
from pipelines.errors import ModelError
from pipelines.hub import hub_snapshot
from pipelines.inspection import inspect
from pipelines.manifest import verify
from pipelines.precision import Precision, fastest
from pipelines.projections import Ready, make_smaller, ready
from pipelines.spec import Task
from pipelines.ssru.registration import register
from pipelines.translation import TranslationPipeline

__all__ = ["choose_precision", "hub_snapshot", "load"]

SAFE = {"local_files_only": True, "trust_remote_code": False}


def load(
    directory: Path,
    task: Task,
    *,
    manifest: dict[str, str] | None,
    device: str,
    threads: int | None,
    precision: Precision | None = None,
) -> Pipeline[Any, Any]:
    """The pipeline of `task` on the checkpoint in `directory`, resident on `device` ("cpu", "cuda", "cuda:1" …).

    `manifest` is checked before any file is read as a model; `threads` bounds torch's threads of this process;
    `precision` is the format of products, by default `choose_precision`. Nothing is fetched. Raises ModelError: what
    `verify` and `inspect` raise, "wrong_task", "unloadable".
    """
    if manifest is not None:
        verify(directory, manifest)
    facts = inspect(directory)
    if task.value not in facts.tasks:
        raise ModelError("wrong_task", f"A {facts.architecture} checkpoint is not for {task.value}.")
    if threads is not None:
        torch.set_num_threads(threads)
    register()
    transformers.utils.logging.disable_progress_bar()
    chosen = precision or choose_precision(device, facts.model_type)
    try:
        tokenizer, model = _read(directory, _model_class(task, facts.model_type), chosen.dtype)
        model = model.to(device).eval()
    except ModelError:
        raise
    except torch.OutOfMemoryError as error:
        raise ModelError("out_of_memory", f"The model does not fit into the memory of {device}.") from error
    except Exception as error:
        raise ModelError("unloadable", f"The checkpoint cannot be loaded ({type(error).__name__}).") from error
    return _pipeline(task, tokenizer, model, _runtime(device, chosen), ready(device, chosen))


def choose_precision(device: str, model_type: str) -> Precision:
    """The fastest of the device; on CPUs only for models known to keep their quality, else float32."""
    if device.startswith("cpu") and model_type != "ssru-marian":
        return Precision.FLOAT32
    return fastest(device)


def _read(directory: Path, model_class: Any, dtype: torch.dtype) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        # sacremoses would normalise punctuation in a way that SentencePiece already does.
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        tokenizer = AutoTokenizer.from_pretrained(directory, **SAFE)
        model, report = model_class.from_pretrained(
            directory, **SAFE, use_safetensors=True, dtype=dtype, output_loading_info=True
        )
    # Sentence encoders are read without their pooler, which many checkpoints leave out.
    missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    if missing or report["mismatched_keys"]:
        raise ModelError("incomplete_weights", "The weights lack tensors that the architecture needs.")
    return tokenizer, model


def _model_class(task: Task, model_type: str) -> Any:
    if task is Task.SENTIMENT:
        return AutoModelForSequenceClassification
    return AutoModel if model_type == "bert" else AutoModelForSeq2SeqLM


def _pipeline(task: Task, tokenizer: Any, model: Any, runtime: Runtime, how: Ready) -> Pipeline[Any, Any]:
    if task is Task.TRANSLATION:
        return TranslationPipeline(tokenizer, model, runtime, how)
    config: PretrainedConfig = model.config
    if config.is_encoder_decoder and task is Task.SUMMARIZATION:
        return AbstractivePipeline(tokenizer, model, runtime, how)
    make_smaller(model, how)
    if task is Task.SENTIMENT:
        from pipelines.sentiment import SentimentPipeline

        return SentimentPipeline(tokenizer, model, runtime)
    from pipelines.extractive import ExtractivePipeline

    return ExtractivePipeline(tokenizer, model, runtime)


def _runtime(device: str, precision: Precision) -> Runtime:
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    return Runtime(device, precision.value, versions)
