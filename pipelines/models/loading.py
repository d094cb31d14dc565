"""From a verified directory to a resident pipeline, without a network. Imports torch, transformers, all pipelines."""

import re
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModel,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.memory import token_bytes
from pipelines.engine.encoding import Encoder, Head, class_probabilities, cls_pooled, max_pooled, mean_pooled
from pipelines.engine.precision import Precision, fastest
from pipelines.engine.projections import make_smaller, ready
from pipelines.engine.seq2seq import Engine
from pipelines.engine.ssru.alignment import SsruAligner
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration
from pipelines.engine.ssru.registration import register
from pipelines.errors import ModelError
from pipelines.models.checkpoint.architectures import ENCODERS
from pipelines.models.checkpoint.configuration import read_config
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.checkpoint.manifest import verify
from pipelines.models.ctranslate2.conversion import unsupported
from pipelines.models.ctranslate2.converted import converted, versions
from pipelines.models.options import Backend, Options
from pipelines.models.profile.embedding import Pooling
from pipelines.models.profile.generation import without_sampling
from pipelines.models.profile.languages import Naming
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.agreement import check_tokenizer
from pipelines.models.tokenizer.tokens import facts_of
from pipelines.tasks.base import Pipeline, Runtime
from pipelines.tasks.sentiment.pipeline import SentimentPipeline
from pipelines.tasks.spec import Task
from pipelines.tasks.summarization.abstractive import AbstractivePipeline
from pipelines.tasks.summarization.extractive import ExtractivePipeline
from pipelines.tasks.translation.pipeline import TranslationPipeline

HEADS = {Pooling.MEAN: mean_pooled, Pooling.CLS: cls_pooled, Pooling.MAX: max_pooled}
SAFE = {"local_files_only": True, "trust_remote_code": False}
LAYER = re.compile(r"(?:(?:encoder|decoder)\.)?\w*(?:layer|block)\w*\.\d+(?=\.)")
# Beyond this many micro-batches at once the interpreter lock is what threads wait for.
MOST_ABREAST = 4


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
    if task.value not in facts.tasks:
        reason = facts.decided.refusal or f"A {facts.architecture} checkpoint is not for {task.value}."
        raise ModelError("wrong_task", reason)
    if threads is not None:
        torch.set_num_threads(threads)
    register()
    transformers.utils.logging.disable_progress_bar()
    chosen = options.precision or fastest(device)
    budget = Budget(device, learnt_tokens)

    def build() -> Pipeline[Any, Any]:
        tokenizer, model = _read(directory, _model_class(task, facts.model_type), chosen.dtype)
        if options.backend is Backend.TORCH:
            model = model.to(device)
        return _pipeline(
            task, facts.decided, tokenizer, model.eval(), _runtime(device, chosen, options), budget, options
        )

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


def _model_class(task: Task, model_type: str) -> Any:
    if task is Task.SENTIMENT:
        return AutoModelForSequenceClassification
    return AutoModel if model_type in ENCODERS else AutoModelForSeq2SeqLM


def _pipeline(
    task: Task, profile: Profile, tokenizer: Any, model: Any, runtime: Runtime, budget: Budget, options: Options
) -> Pipeline[Any, Any]:
    config = model.config
    if config.is_encoder_decoder:
        settings = model.generation_config  # the engine may leave nothing of the model but this
        engine = _engine(profile, tokenizer, model, runtime, budget, options.backend)
        if task is Task.TRANSLATION:
            return TranslationPipeline(
                tokenizer,
                profile,
                engine,
                runtime,
                context_tokens=options.context_tokens,
                stand_ins=options.stand_ins,
            )
        limit = settings.max_new_tokens or settings.max_length
        return AbstractivePipeline(tokenizer, profile, engine, runtime, limit=limit)
    if options.backend is Backend.CTRANSLATE2:
        raise unsupported(f'models of the type "{config.model_type}"')
    make_smaller(model, ready(runtime.device, Precision(runtime.dtype)))
    if task is Task.SENTIMENT:
        return SentimentPipeline(tokenizer, profile, _encoder(tokenizer, model, class_probabilities, budget), runtime)
    head = HEADS[profile.pooling or Pooling.MEAN]
    return ExtractivePipeline(tokenizer, profile, _encoder(tokenizer, model, head, budget), runtime)


def _engine(profile: Profile, tokenizer: Any, model: Any, runtime: Runtime, budget: Budget, backend: Backend) -> Engine:
    by_start = profile.languages.naming is Naming.START
    facts, device, precision = facts_of(tokenizer), runtime.device, Precision(runtime.dtype)
    beams = model.generation_config.num_beams or 1
    budget.note_cache(token_bytes(model.config, precision.dtype, device), beams)
    if backend is Backend.CTRANSLATE2:
        if by_start:
            raise unsupported("a target language in the place of the start token")
        generate = converted(model, facts, device=device, precision=precision, threads=torch.get_num_threads())
        return Engine(generate, facts.pad_id, "cpu", budget)  # it takes its rows from the CPU, wherever it computes
    budget.note_scores(beams, model.config.vocab_size)
    abreast = _abreast(model.config.model_type, device)
    aligner = SsruAligner(model) if isinstance(model, SsruMarianForConditionalGeneration) else None
    generate = generator(model, facts, ready(device, precision), starts_with_first=by_start)
    return Engine(generate, facts.pad_id, device, budget, abreast, aligner)


def _abreast(model_type: str, device: str) -> int:
    """Micro-batches to run at once: the small matrices of an SSRU student keep one core busy, not several."""
    if device != "cpu" or model_type != "ssru-marian":
        return 1
    return min(MOST_ABREAST, torch.get_num_threads())


def _encoder(tokenizer: Any, model: Any, head: Head, budget: Budget) -> Encoder:
    return Encoder(model, facts_of(tokenizer).pad_id, head, str(model.device), budget)


def _runtime(device: str, precision: Precision, options: Options) -> Runtime:
    used = {"torch": torch.__version__, "transformers": transformers.__version__}
    if options.backend is Backend.CTRANSLATE2:
        used |= versions()
    return Runtime(device, precision.value, used)
