"""Licences that are known by their tag, and what they permit. Data and its lookup; imports the ledger's catalog.

Terms as summarised by choosealicense.com (permissive and copyleft software licences) and creativecommons.org (CC).
"""

from typing import NamedTuple

from sqlalchemy.orm import Session

from ledger.catalog import License
from ledger.gate import NOASSERTION
from ledger.upsert import insert_missing


class Terms(NamedTuple):
    """What a licence permits and asks for."""

    spdx_id: str
    title: str
    commercial_use: bool | None
    attribution: bool = True
    share_alike: bool = False


KNOWN: dict[str, Terms] = {
    terms.spdx_id.lower(): terms
    for terms in (
        Terms("Apache-2.0", "Apache License 2.0", True),
        Terms("MIT", "MIT License", True),
        Terms("BSD-2-Clause", "BSD 2-Clause License", True),
        Terms("BSD-3-Clause", "BSD 3-Clause License", True),
        Terms("CC0-1.0", "Creative Commons Zero 1.0", True, attribution=False),
        Terms("CC-BY-4.0", "Creative Commons Attribution 4.0", True),
        Terms("CC-BY-SA-4.0", "Creative Commons Attribution Share Alike 4.0", True, share_alike=True),
        Terms("CC-BY-NC-4.0", "Creative Commons Attribution Non Commercial 4.0", False),
        Terms(
            "CC-BY-NC-SA-4.0", "Creative Commons Attribution Non Commercial Share Alike 4.0", False, share_alike=True
        ),
        Terms("CC-BY-NC-ND-4.0", "Creative Commons Attribution Non Commercial No Derivatives 4.0", False),
        Terms("MPL-2.0", "Mozilla Public License 2.0", True, share_alike=True),
        Terms(NOASSERTION, "Nobody has established the terms", None, attribution=False),
    )
}


def known_terms(tag: str | None) -> Terms | None:
    """The terms behind an SPDX id or a Hugging Face tag (which is the SPDX id in lower case), None when unknown."""
    return KNOWN.get(tag.strip().lower()) if tag else None


def enter(session: Session, terms: Terms) -> str:
    """Have the licence in the ledger and return its id."""
    row = {
        "id": terms.spdx_id,
        "title": terms.title,
        "commercial_use": terms.commercial_use,
        "attribution": terms.attribution,
        "share_alike": terms.share_alike,
        "source": "built-in table",
    }
    insert_missing(session, License, [row], ["id"])
    return terms.spdx_id
