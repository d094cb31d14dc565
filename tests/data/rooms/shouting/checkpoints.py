"""Which models shout: encoder-decoders of a type that nothing else runs. Imports the profile's rules."""

from pipelines.models.profile.heads import Head
from pipelines.models.profile.rule import Rule, as_it_is, tagged

RULES = (Rule(frozenset({Head.GENERATION}), as_it_is, tagged("shouting"), frozenset({"blenderbot"})),)
