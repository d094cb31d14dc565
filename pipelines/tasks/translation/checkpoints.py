"""Which models translate. Imports the profile's rules."""

from dataclasses import replace

from pipelines.models.checkpoint.architectures import TRANSLATION
from pipelines.models.profile.files import Files
from pipelines.models.profile.heads import Head
from pipelines.models.profile.languages import read_languages
from pipelines.models.profile.profile import Profile
from pipelines.models.profile.rule import Rule, tagged


def _with_languages(files: Files, profile: Profile) -> Profile:
    return replace(profile, languages=read_languages(files.directory, files.config, files.tokenizer, files.spoken))


RULES = (
    Rule(frozenset({Head.GENERATION}), _with_languages, tagged("translation", "text2text-generation"), TRANSLATION),
)
