"""Recognise a licence by its text. Imports known and words."""

from ledger.catalog.evidence.texts.known import counted, digest, digests, templates


def recognised(text: str) -> frozenset[str]:
    """The ids of the licences whose text, all of it, `text` is; none where it is none of those known, or says more.

    "only" and "or-later" of one licence have the same text, so there may be several.
    """
    said = counted(text)
    exact = digests().get(digest(said))
    if exact:
        return exact
    return frozenset(license_id for template, license_id in templates(len(text)) if template.matches(said))
