"""From a verified directory to a resident pipeline, without a network. Imports torch, transformers and the tasks."""

import re
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from pipelines.engine.budget import Budget
from pipelines.engine.precision import Precision, fastest
from pipelines.engine.ssru.registration import register
from pipelines.errors import ModelError
from pipelines.models.checkpoint.configuration import read_config
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.checkpoint.manifest import verify
from pipelines.models.ctranslate2.converted import versions
from pipelines.models.opened import Opened
from pipelines.models.options import Backend, Options
from pipelines.models.profile.generation import without_sampling
from pipelines.models.profile.heads import Head
from pipelines.models.tokenizer.agreement import check_tokenizer
from pipelines.tasks.base import Pipeline, Runtime
from pipelines.tasks.task import Task

CLASSES = {
    Head.GENERATION: AutoModelForSeq2SeqLM,
    Head.CONTINUATION: AutoModelForCausalLM,
    Head.EMBEDDING: AutoModel,
}
"""How transformers reads a model by what it puts out; all others are classifiers."""
SAFE = {"local_files_only": True, "trust_remote_code": False}
LAYER = re.compile(r"(?:(?:encoder|decoder)\.)?\w*(?:layer|block)\w*\.\d+(?=\.)")


def load(
    directory: Path,
    task: Task,
    *,
    manifest: dict[str, str] | None,
    device: str,
    threads: int | None,
    options: Options = Options(),  # noqa: B008 -- it is frozen
    learnt_tokens: int | None = None,
) -> Pipeline[Any, Any]:
    """The pipeline of `task` on the checkpoint in `directory`, resident on `device` ("cpu", "cuda", "cuda:1" …).

    `manifest` is checked before any file is read as a model; `threads` bounds torch's threads of this process;
    without a precision in `options` it is the device's fastest, which `guard.trial` may find to be too coarse;
    `learnt_tokens` is a budget that an earlier process found to fit. Nothing is fetched. Raises ModelError: what
    `verify`, `inspect` and `check_tokenizer` raise, "wrong_task", "out_of_memory", "unloadable".
    """
    if manifest is not None:
        verify(directory, manifest)
    facts = inspect(directory)
    if task.name not in facts.tasks:
        reason = facts.decided.refusal or f"A {facts.architecture} checkpoint is not for {task.name}."
        raise ModelError("wrong_task", reason)
    if threads is not None:
        torch.set_num_threads(threads)
    register()
    transformers.utils.logging.disable_progress_bar()
    chosen = options.precision or fastest(device)
    budget = Budget(device, learnt_tokens)

    def build() -> Pipeline[Any, Any]:
        kind = CLASSES.get(facts.decided.head, AutoModelForSequenceClassification)
        tokenizer, model = _read(directory, kind, chosen.dtype)
        if options.backend is Backend.TORCH:
            model = model.to(device)
        runtime = _runtime(device, chosen, options)
        opened = Opened(directory, tokenizer, model.eval(), facts.decided, runtime, budget, options)
        return task.part("building").build(opened)  # type: ignore[no-any-return]  # rooms are found by name

    return _explained(build, device)


def _explained(build: Callable[[], Pipeline[Any, Any]], device: str) -> Pipeline[Any, Any]:
    """What `build` makes, or a ModelError for whatever it raises."""
    try:
        return build()
    except ModelError:
        raise
    except torch.OutOfMemoryError as error:
        raise ModelError("out_of_memory", f"The model does not fit into the memory of {device}.") from error
    except Exception as error:
        raise ModelError("unloadable", f"The checkpoint cannot be loaded ({type(error).__name__}).") from error


def _read(directory: Path, model_class: Any, dtype: torch.dtype) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        # sacremoses would normalise punctuation in a way that SentencePiece already does.
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        config = read_config(directory)
        tokenizer = AutoTokenizer.from_pretrained(directory, config=config, **SAFE)
        model, report = model_class.from_pretrained(
            directory, config=config, **SAFE, use_safetensors=True, dtype=dtype, output_loading_info=True
        )
    missing = [key for key in report["missing_keys"] if not _may_lack(key, config.model_type)]
    if missing or report["mismatched_keys"]:
        raise ModelError("incomplete_weights", "The weights lack tensors that the architecture needs.")
    if unread := _layers(report["unexpected_keys"]) - _layers(model.state_dict()):
        raise ModelError("bad_config", f'config.json asks for fewer layers than the weights have ("{min(unread)}").')
    check_tokenizer(tokenizer, model.config, model.get_input_embeddings().num_embeddings)
    if model.can_generate():
        without_sampling(model.generation_config)
    return tokenizer, model


def _layers(keys: Iterable[str]) -> set[str]:
    """The names of numbered layers, without what a model that embeds another says before them."""
    found = (LAYER.search(key) for key in keys)
    return {match[0] for match in found if match}


def _may_lack(key: str, model_type: str) -> bool:
    """Sentence encoders are read without their pooler, and the sines of PEGASUS' positions are computed."""
    return key.startswith("pooler.") or (model_type == "pegasus" and key.endswith("embed_positions.weight"))


def _runtime(device: str, precision: Precision, options: Options) -> Runtime:
    used = {"torch": torch.__version__, "transformers": transformers.__version__}
    if options.backend is Backend.CTRANSLATE2:
        used |= versions()
    return Runtime(device, precision.value, used)
