"""What the files of a model say about its licence, before anything is made of it. Imports names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.names import plain


@dataclass(frozen=True, slots=True)
class Declaration:
    """The card's `license` entries, `license_name` and prose; texts by path, and why others could not be read.

    `headers` are what configuration and weights name as licence, by file; `bases` the models that this one comes from;
    `doubts` what whoever brings it knows against them, in sentences.
    """

    licenses: Sequence[str]
    name: str | None
    texts: Mapping[str, str]
    unread: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    prose: str = ""
    bases: Sequence[str] = ()
    doubts: Sequence[str] = ()

    @property
    def words(self) -> str | None:
        """The declared licence as the card has it, None where it has none."""
        said = ", ".join(self.licenses)
        words = f"{said} ({self.name})" if said and self.name else said or self.name
        return plain(words) if words else words
