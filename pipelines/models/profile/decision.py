"""The profile of a checkpoint out of its files. Imports its neighbours and the tasks' rules."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pipelines.models.checkpoint.architectures import ENCODERS
from pipelines.models.profile.embedding import read_embedding
from pipelines.models.profile.files import Files
from pipelines.models.profile.generation import end_ids, sampling_notes, settings_used
from pipelines.models.profile.heads import Head, head_of, labels_of
from pipelines.models.profile.labels import named
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.rule import Rule, as_usual
from pipelines.models.profile.windows import window_tokens
from pipelines.tasks.registry import all_tasks

WRITING = ("ForCausalLM", "LMHeadModel")
"""How classes end that have a head over the vocabulary."""
OF_PROMPTS = ("repetition_penalty",)
"""Settings of a decoder that hold where a job says nothing."""


def known_types() -> frozenset[str]:
    """Every `model_type` of which some task runs a checkpoint."""
    return ENCODERS.union(*(rule.types for _, rule in _rules()))


def decide(files: Files) -> Profile:
    """The profile; what cannot be run has no tasks and a sentence that says why. Raises ModelError("bad_config")."""
    config = files.config
    model_type = str(config["model_type"])
    head = head_of(files.architecture, config, is_encoder=model_type in ENCODERS)
    size = config.get("vocab_size")
    blank = Profile(head, (), size if isinstance(size, int) else 0, window_tokens(config, files.tokenizer))
    if head is Head.CONTINUATION and not files.architecture.endswith(WRITING):
        return replace(blank, refusal=f"A {files.architecture} has no head that writes; take the one for causal LM.")
    if head not in (Head.EMBEDDING, Head.GENERATION, Head.CONTINUATION) and model_type not in ENCODERS:
        return replace(blank, refusal=f"A {files.architecture} is not run here; take a classifier on an encoder.")
    described: Callable[[Files, Profile], Profile] = DESCRIPTIONS.get(head, _classifying)
    try:
        profile = described(files, blank)
    except ValueError as error:
        return replace(blank, refusal=str(error))
    return _with_tasks(files, profile, [one for one in _rules() if one[1].concerns(head, model_type)])


def _rules() -> Iterator[tuple[str, Rule]]:
    for task in all_tasks():
        for rule in task.part("checkpoints").RULES:
            yield task.name, rule


def _with_tasks(files: Files, profile: Profile, rules: list[tuple[str, Rule]]) -> Profile:
    """The profile with the tasks whose rules it fits and whose tag its card has; else with a reason."""
    able: list[tuple[str, Rule]] = []
    refusals: list[str] = []
    for name, rule in rules:
        try:
            profile = rule.fit(files, profile)
            able.append((name, rule))
        except ValueError as error:
            refusals.append(str(error))
    if not able:
        return replace(profile, refusal=refusals[0] if refusals else None)
    going = [(name, rule) for name, rule in able if files.tag is None or rule.goes(files)]
    if going:
        ways = {name: rule.ways(profile) for name, rule in going if rule.ways is not as_usual}
        return replace(profile, tasks=tuple(name for name, _ in going), ways=ways)
    listed = " or ".join(name for name, _ in able)
    sentence = (
        f'The card says pipeline_tag "{files.tag}", its files say {listed}; the card or the files must be mended.'
    )
    return replace(profile, refusal=sentence)


def _generating(files: Files, blank: Profile) -> Profile:
    asked = files.generation or files.config
    return replace(
        blank,
        end_ids=end_ids(asked) or end_ids(files.config),
        generation=settings_used(asked),
        notes=sampling_notes(asked),
    )


def _embedding(files: Files, blank: Profile) -> Profile:
    found = read_embedding(files.directory)
    return replace(
        blank,
        pooling=found.pooling,
        prefix=found.prefix,
        window_tokens=window_tokens(files.config, files.tokenizer, found.longest),
        notes=found.notes,
    )


def _classifying(files: Files, blank: Profile) -> Profile:
    own = labels_of(files.config) if blank.head is not Head.TOKENS else ()
    labels = named(files.directory, own)
    notes = () if labels == own else (f"A person named its labels, which its files call {', '.join(own)}.",)
    return replace(blank, labels=labels, notes=notes)


def _continuing(files: Files, blank: Profile) -> Profile:
    asked = files.generation or files.config
    used = settings_used(asked)
    return replace(
        blank,
        end_ids=end_ids(asked) or end_ids(files.config),
        generation={name: used[name] for name in OF_PROMPTS if name in used},
        notes=("A job says how texts are drawn, whatever its files say.",) if asked.get("do_sample") else (),
    )


DESCRIPTIONS = {Head.GENERATION: _generating, Head.CONTINUATION: _continuing, Head.EMBEDDING: _embedding}
