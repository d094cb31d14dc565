"""Open a model on this process's device, the way its operator and its tunings say. Loads pipelines, and so torch."""

import contextlib
import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ledger.catalog.models import queue_name
from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from pipelines.tasks.base import Pipeline
from pipelines.tasks.registry import task_named
from worker.models.attempt import Attempt
from worker.models.devices import expected
from worker.models.memory import machine_bytes, private_bytes, trim
from worker.models.tunings import Key, Tunings

log = structlog.get_logger()

ESTIMATED_SHARE = 2.5
"""What a model is taken to need, over the bytes of its weights, where its files tell nothing until it was measured."""
MOST_APART = 0.1
"""The share of a promise by which a measured size may differ before a log says so."""
SHARE_OF_MACHINE, SHARE_OF_ACCELERATOR = 0.5, 0.8
"""What models may take of the memory where the operator sets no budget; the rest is for what they compute."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A resident pipeline, and the bytes that it holds."""

    pipeline: Pipeline[Any, Any]
    size_bytes: int


class Opener:
    """Knows the device of this child. `device` is a guess until the first model is opened, since torch knows it."""

    def __init__(
        self,
        models_dir: Path,
        tunings: Tunings,
        *,
        asked: str,
        threads: int,
        child: int,
        attempt: Attempt | None = None,
    ) -> None:
        self._attempt = attempt
        self._models_dir = models_dir
        self._tunings = tunings
        self._asked, self._threads, self._child = asked, threads, child
        self.device = expected(asked)

    def key(self, task: str, model: Model) -> Key:
        """Under which the tunings of a model on this device stand."""
        from pipelines.engine import device

        return model.id, task, device.kind(self._chosen_device())

    def size_bytes(self, task: str, model: Model) -> int:
        """What the model will hold: as it was measured, or by its files in the format it will be loaded in.

        A model that is to be compared is loaded in float32 first.
        """
        from pipelines.engine.precision import Precision
        from pipelines.models.checkpoint.footprint import footprint_bytes

        known = self._tunings.find(self.key(task, model))
        if known and known.resident_bytes:
            return known.resident_bytes
        precision = Precision(model.precision or (known.precision if known else None) or Precision.FLOAT32)
        try:
            weights = footprint_bytes(self._models_dir / model.directory, precision, is_packed=self.device == "cpu")
        except (OSError, ValueError, ModelError):
            return int(ESTIMATED_SHARE * model.weights_bytes)
        return weights + self._beside_bytes(model)

    def budget_bytes(self, *, children: int) -> int:
        """What models may take in this process, one of `children` on this machine."""
        from pipelines.engine import device

        accelerator = device.memory_bytes(self._chosen_device())
        if accelerator is not None:
            return int(SHARE_OF_ACCELERATOR * accelerator)
        return int(SHARE_OF_MACHINE * machine_bytes() / max(1, children))

    def open(self, task: str, model: Model) -> Opened:
        """Load the model in the format that was chosen or found for it, and have it compute a little.

        Raises ModelError, and what a model raises that loads and cannot compute.
        """
        with self._attempt.of(queue_name(task, model)) if self._attempt else contextlib.nullcontext():
            return self._open(task, model)

    def note_budget(self, task: str, model: Model, tokens: int) -> None:
        """Remember a budget that the pipeline had to shrink to."""
        self._tunings.note_budget(self.key(task, model), tokens)

    def tidy(self) -> None:
        """Give the memory of models that are gone back to the system."""
        from pipelines.engine import device

        gc.collect()
        device.empty_caches(self.device)
        trim()

    def _open(self, task: str, model: Model) -> Opened:
        from pipelines.engine.precision import Precision
        from pipelines.models.guard.proof import prove
        from pipelines.models.loading import load
        from pipelines.models.options import Backend, Options

        key = self.key(task, model)
        known = self._tunings.find(key)
        log.info("model_loading", model=model.name, revision=model.revision[:12], task=task, device=self.device)
        stand_ins = tuple(known.stand_ins) if known and known.stand_ins else None
        promised_bytes, before = self.size_bytes(task, model), self._held_bytes()

        def opening(precision: Precision) -> Pipeline[Any, Any]:
            return load(
                self._models_dir / model.directory,
                task_named(task),
                manifest=model.manifest,
                device=self.device,
                threads=self._threads if self.device == "cpu" else None,
                options=Options(precision, Backend(model.backend), model.context_tokens, stand_ins),
                learnt_tokens=known.budget_tokens if known else None,
            )

        precision = model.precision or (known.precision if known else None)
        pipeline = opening(Precision(precision)) if precision else self._guarded(opening, key, model)
        prove(pipeline, task_named(task), _pairs(model), multilingual=model.multilingual)
        tensors, private = (after - earlier for after, earlier in zip(self._held_bytes(), before, strict=True))
        size_bytes = max(0, tensors + self._beside_bytes(model), private)
        self._tunings.note_size(key, size_bytes)
        if abs(size_bytes - promised_bytes) > MOST_APART * promised_bytes:
            log.info("model_size_corrected", model=model.name, promised=promised_bytes, measured=size_bytes)
        return Opened(pipeline, size_bytes)

    def _guarded(self, opening: Callable[[Any], Pipeline[Any, Any]], key: Key, model: Model) -> Pipeline[Any, Any]:
        from pipelines.models.guard.trial import open_guarded
        from pipelines.models.options import Backend, preferred

        compared = preferred(self.device, Backend(model.backend))
        pipeline, finding = open_guarded(
            opening, compared, task_named(key[1]), _pairs(model), multilingual=model.multilingual
        )
        self._tunings.note_precision(
            key,
            precision=finding.precision,
            compared=finding.compared,
            moved=finding.moved,
            stand_ins=finding.stand_ins,
        )
        return pipeline

    def _beside_bytes(self, model: Model) -> int:
        """What a model's tokenizer takes of the memory that is counted here, which torch knows nothing of."""
        from pipelines.models.checkpoint.footprint import tokenizer_bytes

        try:
            return tokenizer_bytes(self._models_dir / model.directory) if self.device == "cpu" else 0
        except (OSError, ValueError):
            return 0

    def _chosen_device(self) -> str:
        from pipelines.engine import device

        self.device = device.choose(self._asked, self._child)
        return self.device

    def _held_bytes(self) -> tuple[int, int]:
        """What torch holds where the model computes, and on a CPU what is this process's own: of another backend.

        Files that are mapped are among the first, whether their pages have been read or not.
        """
        from pipelines.engine import device, held

        self.tidy()
        allocated = device.allocated_bytes(self.device)
        return (held.tensor_bytes(), private_bytes()) if allocated is None else (allocated, 0)


def _pairs(model: Model) -> list[tuple[str, str]]:
    return [(source, target) for source, target in model.language_pairs]
