"""Which models write on from a prompt: decoder-only ones. Imports the profile's rules."""

from pipelines.models.checkpoint.architectures import DECODERS
from pipelines.models.profile.heads import Head
from pipelines.models.profile.rule import Rule, as_it_is, tagged

RULES = (Rule(frozenset({Head.CONTINUATION}), as_it_is, tagged("text-generation", "conversational"), DECODERS),)
