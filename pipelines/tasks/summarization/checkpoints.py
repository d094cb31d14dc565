"""Which models summarise: encoder-decoders write, sentence encoders choose. Imports the profile's rules."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipelines.models.checkpoint.architectures import SUMMARIZATION
from pipelines.models.profile.files import Files
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.rule import Rule, as_it_is, tagged

# A T5 of many tasks is told by its prefix which it is to do.
PREFIXES = {"t5": "summarize: "}
WRITING = tagged("summarization", "text2text-generation")


def _asked(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an old config.json says of summaries, for models of many tasks."""
    tasks = config.get("task_specific_params")
    mine = tasks.get("summarization") if isinstance(tasks, dict) else None
    return mine if isinstance(mine, dict) else {}


def _with_prefix(files: Files, profile: Profile) -> Profile:
    usual = PREFIXES.get(str(files.config["model_type"]), "")
    return replace(profile, prefix=str(_asked(files.config).get("prefix", usual)))


def _goes(files: Files) -> bool:
    """T5's own cards say translation, and their config.json says how it summarises."""
    return WRITING(files) or (files.tag == "translation" and bool(_asked(files.config)))


RULES = (
    Rule(frozenset({Head.GENERATION}), _with_prefix, _goes, SUMMARIZATION),
    Rule(
        frozenset({Head.EMBEDDING}),
        as_it_is,
        tagged("summarization", "sentence-similarity", "feature-extraction", "fill-mask"),
    ),
)
