"""Recognise a licence by its text. Imports known, markup and preamble."""

from ledger.catalog.evidence.texts.known import counted, digest, digests, templates
from ledger.catalog.evidence.texts.markup import unwrapped
from ledger.catalog.evidence.texts.preamble import announced


def recognised(text: str) -> frozenset[str]:
    """The ids of the licences whose text, all of it, `text` is; none where it is none of those known, or says more.

    Markup and lines that announce the text do not count. "only" and "or-later" of one licence have the same text, so
    there may be several.
    """
    return next((ids for said in announced(unwrapped(text)) if (ids := _whole(said))), frozenset())


def _whole(text: str) -> frozenset[str]:
    said = counted(text)
    exact = digests().get(digest(said))
    if exact:
        return exact
    return frozenset(license_id for template, license_id in templates(len(text)) if template.matches(said))
