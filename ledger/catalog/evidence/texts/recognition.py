"""Recognise a licence by its text. Imports known, markup and preamble."""

from ledger.catalog.evidence.texts.known import counted, digest, digests, named, templates
from ledger.catalog.evidence.texts.markup import unwrapped
from ledger.catalog.evidence.texts.preamble import announced

HEAD = 1_000
"""Characters that a title and what announces a text may take."""


def recognised(text: str) -> frozenset[str]:
    """The ids of the licences whose text, all of it, `text` is; none where it is none of those known, or says more.

    Markup and lines that announce the text do not count, unless they name another licence that asks to share alike.
    "only" and "or-later" of one licence have the same text, so there may be several.
    """
    plain = unwrapped(text)
    ids = next((found for said in announced(plain) if (found := _whole(said))), frozenset[str]())
    others = named(plain[:HEAD]) if ids else ids
    return ids if not others or others & ids else frozenset()


def _whole(text: str) -> frozenset[str]:
    said = counted(text)
    exact = digests().get(digest(said))
    if exact:
        return exact
    return frozenset(license_id for template, license_id in templates(len(text)) if template.matches(said))
