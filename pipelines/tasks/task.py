"""What everybody who is no pipeline knows of a task. Imports parameters; its own heavier parts only when asked."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipelines.tasks.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Task:
    """What is done to a document, in the Hugging Face sense of the word, as its room declares it.

    `name` is that of the room; tasks are listed by `rank`. `title` and `says` introduce the task on a page, `result`
    heads what came out, `icon` is the inside of an SVG of 24 by 24. `columns` are the parts of the output that a table
    shows; `starter` is the collection that brings a first model.

    Beside `declaration.py` a room has `checkpoints.py` (RULES: which models do it), `sample.py` (samples: what one is
    tried out with), `building.py` (build: a pipeline on a loaded model) and `result.html` (what a page shows).
    """

    name: str
    rank: int
    title: str
    says: str
    result: str
    icon: str
    parameters: type[Parameters]
    columns: tuple[str, ...]
    starter: str = "starter"

    @property
    def needs_pair(self) -> bool:
        """Whether a model for two languages is of use only where these are known."""
        return bool(self.parameters.languages)

    @property
    def package(self) -> str:
        """The package of its room."""
        return f"{__package__}.{self.name}"

    @property
    def folder(self) -> Path:
        """Where its room lies."""
        return Path(str(import_module(self.package).__file__)).parent

    def part(self, name: str) -> ModuleType:
        """A module of its room, imported now."""
        return import_module(f"{self.package}.{name}")

    def __str__(self) -> str:
        return self.name
