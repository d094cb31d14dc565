"""Lines above a licence's text that only announce it: headings, the name of the work, which licence follows.

Imports known, owners and the bans. Such a line has to be one whole; what says more is part of the text.
"""

import re
from collections.abc import Iterator

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.texts.known import is_title
from ledger.catalog.evidence.texts.owners import is_name, told_apart
from ledger.catalog.evidence.texts.words import words
from ledger.catalog.terms.licenses import table

MOST_LINES = 5
LONGEST_LINE = 240
MOST_NAME_WORDS = 9
EDGES = ' \t#*_=-~`>|/"“”.:;,()'
MARK = re.compile(r"[,;:.]? ?\(|[,;:.] | - | – ")
"""What may stand between a licence's name and the rest of a line."""
LINK = re.compile(r"\[([^\[\]]{1,120})\]\(<?https?://[^\s()<>]{1,200}>?\)|[(<]?https?://[^\s()<>]{1,200}[)>]?")
HEADING = re.compile(
    r"(?:the )?(?:model |software |code |weights |project |source code |full |complete |open source )?"
    r"licen[sc](?:es?|ing)(?: information| text| file| notice| details)?"
    r"|copying|copyright(?: notice)?|copyright and licen[sc]e"
    r"|legal(?: notice| code)?|full text|terms and conditions|text|txt|plain|plaintext|markdown|md|none|html",
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
    r"(?: (?:machine|neural|translation|language|source))?"
    r" (?:model|models|weights|work|works|software|code|repository|repo|project|package|library|program|data|dataset"
    r"|files?|checkpoint|checkpoints|material|content|contents)(?: weights| files| code| card)?"
    r"(?: (?:in this|of this) (?:repository|repo|folder|project))?"
    r"(?: and (?:its|the) (?:weights|code|files|documentation))?",
    re.IGNORECASE,
)
WHOM = re.compile(
    r"research|internal|confiden|propriet|privat|demo|preview|student|teach|school|hobb|scien|intern|secret|classified"
    r"|customer|employee|member|partner|subscri|reserved|\bfor\b|universit|charit|govern|milit|profit|business|compan"
    r"|\bfree|test|sandbox|beta|experiment|draft|eval|stud[iy]|\bhome|forschung|lehre|enseign|ensin|educa|univers|rail"
    r"|busl|sspl|polyform|elastic|community|public|access|stage|non|limited|restrict|lizenz|licen|rights|secret|trade|sensitive|draft",
    re.IGNORECASE,
)
"""What a short line of names may say of whom a work is for: such a line is more than a name."""


WORK = re.compile(
    r"model|translat|corpus|corpora|dataset|summar|classif|embed|tokeni|weights|checkpoint|encoder|decoder|bert|bart"
    r"|\bgpt|\bllm|\b[a-z]*t5\b|\bopus|\bmarian|\bmt\b|\bnmt|\bv?\d+\.\d+|\b(?:[a-z0-9]+-){2}[a-z0-9]+|\bby\b",
    re.IGNORECASE,
)
"""What tells the name of a work from any other word with a capital."""


def announced(text: str) -> Iterator[str]:
    """`text`, and then what is left of it without the first line, the first two …, while they announce it only."""
    yield text
    lines = [*told_apart(text)]
    taken = 0
    for place, (line, owner) in enumerate(lines):
        if not [*words(line)]:
            continue
        if taken >= MOST_LINES or not (owner or _announces(line)):
            return
        taken += 1
        yield "\n".join(rest for rest, _ in lines[place + 1 :])


def _announces(line: str) -> bool:
    if len(line) > LONGEST_LINE or bans.found(line):
        return False
    plain = re.sub(r"\s+", " ", LINK.sub(r"\1", line)).strip(EDGES)
    if not plain or HEADING.fullmatch(plain) or FOLLOWS.fullmatch(plain) or _names(plain):
        return True
    if WORK.search(plain) and _is_work(plain):
        return True
    said = ANNOUNCED.fullmatch(plain)
    if said is None or not (THIS.fullmatch(said["what"]) or _is_work(said["what"])):
        return False
    return _names(said["licence"])


def _names(licence: str) -> bool:
    """Whether it is the name of a licence that binds nobody, and perhaps its short form, or that its text follows."""
    return is_title(licence) or any(
        is_title(licence[: mark.start()]) and (is_title(rest) or not rest or FOLLOWS.fullmatch(rest) is not None)
        for mark in MARK.finditer(licence)
        for rest in [licence[mark.end() :].strip(EDGES)]
    )


def _is_work(line: str) -> bool:
    """Whether a line is the name of a work, with that of its maker, and of no licence that asks more than credit."""
    if len(line.split()) > MOST_NAME_WORDS or WHOM.search(line) or not is_name(line):
        return False
    return not any(word.said.casefold() in _binding() for word in words(line))


def _binding() -> frozenset[str]:
    """How ids begin of licences that bind: a line that has one names a licence."""
    return frozenset(row.id.partition("-")[0].casefold() for row in table().values() if not row.is_light) | {"cc"}
