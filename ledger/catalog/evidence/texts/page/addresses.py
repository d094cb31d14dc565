"""Addresses that say no more than the licence beside them. Imports known.

Wherever else a link leads, there may be terms that hold as well; so it counts.
"""

import re

from ledger.catalog.evidence.texts.known import is_title, named

SITE = re.compile(
    r"(?:https?:)?//(?:www\.)?(?:apache|opensource|spdx|creativecommons|gnu|fsf|mozilla|eclipse|choosealicense|unlicense)"
    r"\.(?:org|com)(?::443)?(?P<path>(?:/[\w.-]{1,40}){0,5})/?",
    re.IGNORECASE,
)
PLAIN = frozenset(
    "licenses license licence legal legalcode deed deed.en legalcode.en en policies publicdomain zero mpl by "
    "license-2.0 1.0 1.1 2.0 3.0 4.0".split()
)
ENDING = re.compile(r"(?:\.(?:html?|txt|php))?$", re.IGNORECASE)


def is_of_a_licence(address: str, beside: str = "") -> bool:
    """Whether an address is a page of a body that keeps licences, on one that binds nobody or is named `beside` it."""
    site = SITE.fullmatch(address)
    if site is None:
        return False
    parts = [ENDING.sub("", part, count=1) for part in site["path"].split("/")[1:]]
    return all(part.lower() in PLAIN or (is_title(part) and named(part) <= named(beside)) for part in parts)
