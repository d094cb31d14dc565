"""A checkpoint that was read, on its way to a pipeline. Imports budget, options, profile and the tasks' contract."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.engine.budget import Budget
from pipelines.engine.precision import Precision
from pipelines.models.options import Options
from pipelines.models.profile.profile import Profile
from pipelines.tasks.base import Runtime


@dataclass(frozen=True, slots=True)
class Opened:
    """A tokenizer and a model out of `directory`, in evaluation mode on its device, and how they are to be run."""

    directory: Path
    tokenizer: Any
    model: Any
    profile: Profile
    runtime: Runtime
    budget: Budget
    options: Options

    @property
    def precision(self) -> Precision:
        """The format that it computes in."""
        return Precision(self.runtime.dtype)
