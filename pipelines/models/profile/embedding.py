"""How a sentence encoder makes one vector of many, by the folder's own files. Imports settings and errors.

The files are those of sentence-transformers: modules.json, 1_Pooling/config.json and their like.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipelines.models.checkpoint.settings import read_json

RUNS_HERE = ("Transformer", "Pooling", "Normalize")
PLAIN_NAME = re.compile(r"\w[\w.-]*")
LENGTHS = "sentence_bert_config.json"


class Pooling(StrEnum):
    """Which vector of a text's tokens, or what of all, stands for the text."""

    MEAN = "mean"
    CLS = "cls"
    MAX = "max"


MODES = {
    "pooling_mode_mean_tokens": Pooling.MEAN,
    "pooling_mode_cls_token": Pooling.CLS,
    "pooling_mode_max_tokens": Pooling.MAX,
}


@dataclass(frozen=True, slots=True)
class Embedding:
    """`prefix` is put before each text; `longest` is the most tokens, where the folder limits them."""

    pooling: Pooling
    prefix: str = ""
    longest: int | None = None
    notes: tuple[str, ...] = ()


def read_embedding(directory: Path) -> Embedding:
    """Raises ValueError with a sentence for what is not run here, ModelError("bad_config")."""
    modules = read_json(directory / "modules.json", list)
    if not modules:
        return Embedding(
            Pooling.MEAN, notes=("The folder names no pooling (1_Pooling/config.json): the mean is taken.",)
        )
    kinds = {str(entry.get("type", "")).rsplit(".", 1)[-1]: entry for entry in modules if isinstance(entry, dict)}
    for kind in kinds:
        if kind not in RUNS_HERE:
            raise ValueError(f"modules.json has a layer {kind}, which is not run here; take a model without it.")
    limits = read_json(directory / LENGTHS, dict)
    if limits.get("do_lower_case"):
        raise ValueError(f"{LENGTHS} asks for do_lower_case, which is not run here; the tokenizer must do it.")
    folder = str(kinds.get("Pooling", {}).get("path", ""))
    if folder and not PLAIN_NAME.fullmatch(folder):
        raise ValueError("modules.json has a layer in a path that is no plain name; layers lie in the folder itself.")
    pooling = _pooling(directory / folder / "config.json", "Pooling" in kinds)
    return Embedding(pooling, _prompt(directory), limits.get("max_seq_length"))


def _pooling(path: Path, named: bool) -> Pooling:
    settings = read_json(path, dict) if named else {}
    word = settings.get("pooling_mode")
    asked = (
        [word] if isinstance(word, str) else [name for name, on in settings.items() if "mode_" in name and on is True]
    )
    known = [MODES.get(name) or _by_word(name) for name in asked]
    if len(known) != 1 or known[0] is None:
        raise ValueError(
            f"The folder pools by {', '.join(asked) or 'nothing'}; mean, cls or max, one of them, is run here."
        )
    return known[0]


def _by_word(word: str) -> Pooling | None:
    return Pooling(word) if word in tuple(Pooling) else None


def _prompt(directory: Path) -> str:
    settings: dict[str, Any] = read_json(directory / "config_sentence_transformers.json", dict)
    prompts, name = settings.get("prompts"), settings.get("default_prompt_name")
    return str(prompts.get(name) or "") if isinstance(prompts, dict) and isinstance(name, str) else ""
