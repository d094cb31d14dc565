"""The profile of a checkpoint out of its files. Imports its neighbours and the tasks' names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.models.checkpoint.architectures import ENCODERS, SUMMARIZATION, TRANSLATION
from pipelines.models.profile.embedding import read_embedding
from pipelines.models.profile.generation import end_ids, sampling_notes, settings_used
from pipelines.models.profile.heads import Head, head_of, labels_of, not_sentiment
from pipelines.models.profile.labels import named
from pipelines.models.profile.languages import read_languages
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.windows import window_tokens
from pipelines.tasks.spec import Task

# Tags of a card that go with a task of a head; a card with another says that the model is for something else.
TAGS: dict[tuple[Head, Task], frozenset[str]] = {
    (Head.GENERATION, Task.TRANSLATION): frozenset({"translation", "text2text-generation"}),
    (Head.GENERATION, Task.SUMMARIZATION): frozenset({"summarization", "text2text-generation"}),
    (Head.EMBEDDING, Task.SUMMARIZATION): frozenset(
        {"summarization", "sentence-similarity", "feature-extraction", "fill-mask"}
    ),
    (Head.CLASSES, Task.SENTIMENT): frozenset({"text-classification", "sentiment-analysis"}),
}
# A T5 of many tasks is told by its prefix which it is to do.
PREFIXES = {"t5": "summarize: "}


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


def decide(files: Files) -> Profile:
    """The profile; what cannot be run has no tasks and a sentence that says why. Raises ModelError("bad_config")."""
    config = files.config
    model_type = str(config["model_type"])
    head = head_of(files.architecture, config, is_encoder=model_type in ENCODERS)
    size = config.get("vocab_size")
    blank = Profile(head, (), size if isinstance(size, int) else 0, window_tokens(config, files.tokenizer))
    if head is not Head.EMBEDDING and head is not Head.GENERATION and model_type not in ENCODERS:
        return replace(blank, refusal=f"A {files.architecture} is not run here; take a classifier on an encoder.")
    described: Callable[[Files, Profile], Profile] = DESCRIPTIONS.get(head, _classifying)
    try:
        profile = described(files, blank)
    except ValueError as error:
        return replace(blank, refusal=str(error))
    # T5's own cards say translation, and their config.json says how it summarises.
    return profile if files.tag == "translation" and _summarizes(config) else _by_tag(files.tag, profile)


def _generating(files: Files, blank: Profile) -> Profile:
    config = files.config
    asked = files.generation or config
    able = [
        task.value
        for task, types in ((Task.TRANSLATION, TRANSLATION), (Task.SUMMARIZATION, SUMMARIZATION))
        if config["model_type"] in types
    ]
    profile = replace(
        blank,
        tasks=tuple(able),
        prefix=_prefix(config),
        end_ids=end_ids(asked) or end_ids(config),
        generation=settings_used(asked),
        notes=sampling_notes(asked),
    )
    if Task.TRANSLATION.value not in able:
        return profile
    return replace(profile, languages=read_languages(files.directory, config, files.tokenizer, files.spoken))


def _prefix(config: Mapping[str, Any]) -> str:
    usual = PREFIXES.get(str(config["model_type"]), "")
    return str(_summarizes(config).get("prefix", usual))


def _summarizes(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an old config.json says of summaries, for models of many tasks."""
    tasks = config.get("task_specific_params")
    mine = tasks.get("summarization") if isinstance(tasks, dict) else None
    return mine if isinstance(mine, dict) else {}


def _embedding(files: Files, blank: Profile) -> Profile:
    found = read_embedding(files.directory)
    return replace(
        blank,
        tasks=(Task.SUMMARIZATION.value,),
        pooling=found.pooling,
        prefix=found.prefix,
        window_tokens=window_tokens(files.config, files.tokenizer, found.longest),
        notes=found.notes,
    )


def _classifying(files: Files, blank: Profile) -> Profile:
    own = labels_of(files.config) if blank.head is not Head.TOKENS else ()
    labels = named(files.directory, own)
    refusal = not_sentiment(blank.head, labels)
    notes = () if labels == own else (f"A person named its labels, which its files call {', '.join(own)}.",)
    tasks = () if refusal else (Task.SENTIMENT.value,)
    return replace(blank, labels=labels, refusal=refusal, tasks=tasks, notes=notes)


DESCRIPTIONS = {Head.GENERATION: _generating, Head.EMBEDDING: _embedding}


def _by_tag(tag: str | None, profile: Profile) -> Profile:
    if tag is None or not profile.tasks:
        return profile
    kept = tuple(task for task in profile.tasks if tag in TAGS[profile.head, Task(task)])
    if kept:
        return replace(profile, tasks=kept)
    listed = " or ".join(profile.tasks)
    sentence = f'The card says pipeline_tag "{tag}", its files say {listed}; the card or the files must be mended.'
    return replace(profile, tasks=(), refusal=sentence)
