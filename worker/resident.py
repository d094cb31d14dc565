"""Models that stay loaded in this process. The only place that loads pipelines, and with them torch."""

from pathlib import Path
from typing import Any

import structlog

from ledger.catalog import Model
from pipelines.base import Pipeline
from pipelines.spec import Task
from worker.devices import expected

log = structlog.get_logger()


class Resident:
    """Pipelines by (task, model), each loaded at its first use and kept."""

    def __init__(self, models_dir: Path, *, device: str, threads: int, child: int) -> None:
        self._models_dir = models_dir
        self._asked = device
        self._threads = threads
        self._child = child
        self._pipelines: dict[tuple[str, str], Pipeline[Any, Any]] = {}
        self.names: list[str] = []
        self.device = expected(device)

    def get(self, task: str, model: Model) -> Pipeline[Any, Any]:
        """The pipeline of a task on a model. Raises pipelines.errors.ModelError when it cannot be loaded."""
        key = (task, model.id)
        if key not in self._pipelines:
            self._pipelines[key] = self._load(task, model)
            self.names.append(f"{model.name}@{model.revision[:12]} ({task})")
        return self._pipelines[key]

    def _load(self, task: str, model: Model) -> Pipeline[Any, Any]:
        from pipelines.loading import load

        self.device = self._choose_device()
        log.info("model_loading", model=model.name, revision=model.revision[:12], task=task, device=self.device)
        return load(
            self._models_dir / model.directory,
            Task(task),
            manifest=model.manifest,
            device=self.device,
            threads=self._threads if self.device == "cpu" else None,
        )

    def _choose_device(self) -> str:
        import torch

        if self._asked == "cpu" or (self._asked == "auto" and not torch.cuda.is_available()):
            return "cpu"
        return f"cuda:{self._child % torch.cuda.device_count()}"
