"""Lines above a licence's text that only announce it: headings, the name of the work, which licence follows.

Imports known, works, addresses and the bans. Such a line has to be one whole; what says more is part of the text.
"""

import re
from collections.abc import Iterator, Sequence

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.texts.known import is_title
from ledger.catalog.evidence.texts.page.addresses import is_of_a_licence
from ledger.catalog.evidence.texts.words import words
from ledger.catalog.evidence.texts.works import is_work

MOST_LINES = 5
LONGEST_LINE = 240
EDGES = ' \t#*_=-~`>|/"“”.:;,()'
MARK = re.compile(r"[,;:.]? ?\(|[,;:.] | - | – ")
"""What may stand between a licence's name and the rest of a line."""
LINK = re.compile(r"\[([^\[\]]{1,120})\]\(<?(https?://[^\s()<>]{1,200})>?\)|[(<]?(https?://[^\s()<>]{1,200})[)>]?")
HEADING = re.compile(
    r"(?:the )?(?:model |software |weights |project |full |complete |open source )?"
    r"licen[sc](?:es?|ing)(?: information| text| file| notice| details)?"
    r"|copying|copyright(?: notice)?|copyright and licen[sc]e"
    r"|legal(?: notice| code)?|full text|terms and conditions|text|txt|plain|plaintext|markdown|md|html",
    re.IGNORECASE,
)
"""What may stand alone above a licence or open a fence, and says nothing of its terms."""
FOLLOWS = re.compile(
    r"(?:the |its )?(?:full |complete )?(?:licen[sc]e |legal )?text (?:of the licen[sc]e )?(?:is as follows|follows"
    r"|(?:is )?(?:reproduced |given )?below)"
    r"|see (?:below|the (?:full |complete )?(?:licen[sc]e )?text below)(?: for details)?"
    r"|to (?:view|see|read) a copy of (?:this|the) licen[sc]e,? (?:visit|see)|the licen[sc]e",
    re.IGNORECASE,
)
ANNOUNCED = re.compile(
    r"(?P<what>.{1,100}?),? (?:(?:is|are) (?:hereby )?(?:released|licen[sc]ed|distributed|made available|published"
    r"|provided|offered|available|shared|open[- ]sourced) under|(?:uses|has|carries|comes (?:with|under)|falls under))"
    r" (?:the (?:terms|conditions|terms and conditions) of )?(?:(?:the|an?) )?(?P<licence>.{2,160})",
    re.IGNORECASE,
)
THIS = re.compile(
    r"(?:this|the|our|all|these)(?: (?:entire|whole|following|pre-?trained))?"
    r"(?: (?:machine|neural|translation|language))*"
    r" (?:models?|weights|works?|software|repository|repo|project|checkpoints?|contents?)(?: weights| files)?"
    r"(?: (?:in this|of this) (?:repository|repo|folder|project))?"
    r"(?: and (?:its|the) (?:weights|code|files|documentation))?",
    re.IGNORECASE,
)
"""What holds the weights. A licence of the code or of the data alone says nothing of them."""


def announced(lines: Sequence[tuple[str, bool]]) -> Iterator[int]:
    """Where the text may begin in `lines`, told apart: at once, and after each first line that announces it only.

    An owner's line may be absent wherever it stands; it needs no beginning of its own.
    """
    yield 0
    taken = 0
    for place, (line, owner) in enumerate(lines):
        if not [*words(line)]:
            continue
        if taken >= MOST_LINES or not (owner or _announces(line)):
            return
        taken += 1
        if not owner:
            yield place + 1


def _announces(line: str) -> bool:
    if len(line) > LONGEST_LINE or bans.found(line):
        return False
    if not all(is_of_a_licence(link[2] or link[3], LINK.sub(r"\1", line)) for link in LINK.finditer(line)):
        return False
    plain = re.sub(r"\s+", " ", LINK.sub(r"\1", line)).strip(EDGES)
    if not plain or HEADING.fullmatch(plain) or FOLLOWS.fullmatch(plain) or _names(plain) or is_work(plain):
        return True
    said = ANNOUNCED.fullmatch(plain)
    if said is None or not (THIS.fullmatch(said["what"]) or is_work(said["what"])):
        return False
    return _names(said["licence"])


def _names(licence: str) -> bool:
    """Whether it is the name of a licence that binds nobody, and perhaps its short form, or that its text follows."""
    return is_title(licence) or any(
        is_title(licence[: mark.start()]) and (is_title(rest) or not rest or FOLLOWS.fullmatch(rest) is not None)
        for mark in MARK.finditer(licence)
        for rest in [licence[mark.end() :].strip(EDGES)]
    )
