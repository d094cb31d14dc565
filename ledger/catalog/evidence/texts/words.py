"""A text as the words that count in it, after SPDX's matching guidelines. Imports symbols.

spdx.github.io/spdx-spec/v3.0.1/annexes/license-matching-guidelines-and-templates: case, white space, punctuation,
enumeration, addresses and the spelling of some words do not count; any other word does, in any script.
"""

import re
from dataclasses import dataclass

from ledger.catalog.evidence.texts.symbols import readable

ADDRESS = re.compile(r"<?(?:(?:https?|ftp)://|www\.)[^\s<>\"')]*[^\s<>\"').,;:]>?|<?normalized/url>?", re.IGNORECASE)
ADDRESS_WORD = "url"
COPYRIGHT_SIGN = re.compile(r"\(c\)|[©Ⓒⓒ]", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NUMBERING = re.compile(
    r"\(?\b(\d{1,2}|[a-z]|[ivx]{1,4})(?:\)|\.(?!\w))|^[ \t*•·#>/|;%-]*(\d{1,2})(?=[ \t]{2})",
    re.IGNORECASE | re.MULTILINE,
)
PREFIXES = frozenset({"non", "sub", "re"})
"""They stand with a hyphen, a space or nothing before their word."""

SPELLINGS = {
    "acknowledgment": "acknowledgement",
    "analogue": "analog",
    "analyse": "analyze",
    "artefact": "artifact",
    "authorisation": "authorization",
    "authorised": "authorized",
    "calibre": "caliber",
    "cancelled": "canceled",
    "capitalisations": "capitalizations",
    "catalogue": "catalog",
    "categorise": "categorize",
    "centre": "center",
    "emphasised": "emphasized",
    "favour": "favor",
    "favourite": "favorite",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "initialise": "initialize",
    "judgment": "judgement",
    "labelling": "labeling",
    "labour": "labor",
    "licence": "license",
    "maximise": "maximize",
    "modelled": "modeled",
    "modelling": "modeling",
    "offence": "offense",
    "optimise": "optimize",
    "organisation": "organization",
    "organise": "organize",
    "owner": "holder",
    "practise": "practice",
    "programme": "program",
    "realise": "realize",
    "recognise": "recognize",
    "signalling": "signaling",
    "utilisation": "utilization",
    "whilst": "while",
    "wilful": "wilfull",
}
"""What the guidelines take for equal (spdx.org/licenses/equivalentwords.txt), within words too, as in templates."""
SPELLED = re.compile("|".join(SPELLINGS))


DOUBLE_L = re.compile("ll+")
"""Templates have replaced "fulfil" within "fulfill" once more."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text` as it is compared, `said` as it stands there; the number of a clause or the name of an owner `may_go`."""

    text: str
    said: str
    may_go: bool = False


def words(text: str, *, may_go: bool = False) -> list[Word]:
    """The words of `text` in order; all of them `may_go`, or only those that number clauses."""
    found: list[Word] = []
    prefix = ""
    plain = COPYRIGHT_SIGN.sub(" ", ADDRESS.sub(f" {ADDRESS_WORD} ", readable(text)))
    numbers = {number.end(number.lastindex or 0) for number in NUMBERING.finditer(plain)}
    for word in WORD.finditer(plain):
        folded = word[0].casefold().replace("’", "'")
        if folded in PREFIXES and not prefix:
            prefix = folded
            continue
        spelled = DOUBLE_L.sub("l", SPELLED.sub(_spelling, prefix + folded))
        found.append(Word(spelled, prefix + word[0], may_go or word.end() in numbers))
        prefix = ""
    return found


def _spelling(found: re.Match[str]) -> str:
    return SPELLINGS[found[0]]
