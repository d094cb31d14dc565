"""What a model is for and how it is used, decided once from its files; tasks read it. Imports its neighbours."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.models.profile.embedding import Pooling
from pipelines.models.profile.heads import Head
from pipelines.models.profile.languages import Languages


@dataclass(frozen=True, slots=True)
class Profile:
    """`tasks` are names of tasks; `refusal` is a sentence that says why there are none, or not the usual one.

    `vocabulary` is how many ids the model knows, `window_tokens` what it reads at once, special ids counted; `prefix`
    stands before each text. `generation` are the settings as used, by transformers' names. `notes` say what is
    otherwise than the files ask, or what they leave open. `ways` are those of each task that has several.
    """

    head: Head
    tasks: tuple[str, ...]
    vocabulary: int
    window_tokens: int
    refusal: str | None = None
    labels: tuple[str, ...] = ()
    pooling: Pooling | None = None
    prefix: str = ""
    languages: Languages = field(default_factory=Languages)
    end_ids: tuple[int, ...] = ()
    generation: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ways: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Of plain values, to be kept and shown."""
        languages = {"pairs": [list(pair) for pair in self.languages.pairs], **asdict(self.languages)}
        return {name: _plain(value) for name, value in (asdict(self) | {"languages": languages}).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, str) else value
