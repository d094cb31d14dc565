"""What a profile is decided from. Imports the standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Files:
    """The contents of the JSON files of a checkpoint, the languages of its card and its pipeline_tag."""

    directory: Path
    architecture: str
    config: Mapping[str, Any]
    tokenizer: Mapping[str, Any]
    generation: Mapping[str, Any]
    spoken: Sequence[str]
    tag: str | None
