"""Lines that name the owner of a copyright, and nothing else. Imports symbols.

A name is not any word: what a licence could be changed by has to stay outside, so that "Copyright 2024 Foo.
Non-commercial research use only" is a text of its own.
"""

import re
import unicodedata
from collections.abc import Iterator

from ledger.catalog.evidence.texts.symbols import readable

SAID = re.compile(
    r"[\s#*/%;|<>.-]{0,20}(?:portions\s+(?:are\s+)?)?(?:copyright\b|\(c\)|©|版权所有|著作权)(?:[\s:,]+|copyright\b|\(c\)|©)*",
    re.IGNORECASE,
)
LONGEST_LINE = 300
RIGHTS = re.compile(r"[\s#*/%;|-]*all rights reserved[\s.*/|]*$", re.IGNORECASE)
ADDRESS = re.compile(
    r"<[^<>\s]*@[^<>\s]*>|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|<?https?://[^\s<>]+>?|\((?:https?://[^\s()]+|www\.[^\s()]+)\)"
)
YEARS = re.compile(r"(?:\(c\)|©|(?<!\w)\d{4}(?:\s*[-–—,/]\s*(?:\d{2,4}|present))*|present)[\s,:]*", re.IGNORECASE)
PLACEHOLDER = re.compile(r"<[^<>]{1,60}>|\[[^\[\]]{1,60}\]|\{[^{}]{1,60}\}")
LINKS = frozenset(
    "a affiliates al all and at authors bei by co contributors copyright core corp corporation da das de del der des "
    "developers di do dos du et ev file for foundation from fullname gmbh group holder holders in inc "
    "individual its la lab laboratory labs le les limited llc llp ltd maintainers name of on or "
    "organization other others owner owners present project respective reserved rights s sa see srl team "
    "the their to txt und university van von y year yyyy".split()
)
"""Words in small letters that may stand within a name or about it."""
TERMS = re.compile(
    r"\bnc\b|\bnd\b|\bcc\b|\bgpl|\bagpl|\blgpl|\brail\b|academic|education|evaluation|edition|trial|derivative|non-?profit|personal"
    r"|agree|allow|bann|commerc|condition|consent|derivativ|except|exclusiv|forbid|grant|licen[sc]|\bmay\b|\bmust\b|\bno\b|\bnon|\bnor\b"
    r"|\bnot\b|\bonly\b|\bpaid\b|permi|permit|prohibit|purpose|redistribut|restrict|royalt|\bsale|\bsell|\bshall\b|subject|\bterms?\b"
    r"|approv|requir|exclud|embargo|expir|revok|\bpay(?:s|ments?|able)?\b|\bfees?\b|\bcosts?\b|\brent(?:ed|als?|s)?\b|\bleaked"
    r"|confidential|proprietary|\binternal\b|\bneeds?\b"
    r"|\bunder\b|unless|\bus(?:e|es|ed|ing|age|er|ers)\b|without"
    r"|commerz|komerc|komers|komerč|kommers|kaupalli|ticari|kereskedelm|thương|użytk|lisens|lisans|licens"
    r"|gebrauch|nutzung|verwend|verbot|untersagt|kommerz|zweck|\bnur\b|\bnicht\b|\bkein|\bohne\b|genehmig|zustimm|forschungs"
    r"|comerc|\buso\b|\busos\b|usar\b|utiliz|prohib|proib|permis|\bsolo\b|sólo|solamente|soment|apenas|\bsin\b|\bsem\b|\bfins\b|\bfines\b"
    r"|investigaci|pesquisa|\busage\b|utilis|interdi|\bautoris|seulement|uniquement|\bsans\b|recherche|\bfins?\b"
    r"|\buso\b|vietat|consentit|scopi|soltanto|ricerca|\bsenza\b|niekomerc|użyt|wyłącznie|zabron|gebruik|verboden|uitsluitend|\bniet\b"
    r"|использ|запре|коммерч|только|исслед|разреш|\bне\b|\bбез\b|цел(?:ях|ей)|використ|заборон|комерц|лише|тільки",
    re.IGNORECASE,
)
"""Words that say what may be done, in the languages of most licences: no name holds them, in whatever letters."""
GROUP = re.compile(
    r"\b[a-z][\w.-]{1,30}\s+(?=(?:project|contributors|developers|development|team|authors|maintainers)\b)"
)
"""A project that writes itself in small letters."""
MOST_WORDS = 14
LONGEST_WORD = 40
ABBREVIATION = re.compile(r"\b(inc|ltd|co|corp|jr|sr|dr|st|e\.v|llc)\.", re.IGNORECASE)
SENTENCE = re.compile(r"[!?;=]|[^\W\d_]{3,}\.\s+[^\W\d_]{2,}\s+[^\W\d_]{2,}|(?i:\bweights\b(?!\W+(?:and\W+)?biases))")
FURTHER = re.compile(
    r"\d{4}|@|\b(?:and|contributors|authors|inc|ltd|llc|gmbh|rights|university|team|foundation|al)\b", re.IGNORECASE
)
SIGN = re.compile(r"\(c\)|©|\d{4}|<[^<>]+>|\[[^\[\]]+\]|yyyy|\byear\b", re.IGNORECASE)
ORGANISATION = re.compile(
    r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]{1,12}(?:公司|大学|大學|研究院|研究所|学院|実験室|实验室|大学校|대학교|연구소|연구원)"
)
WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*")


def told_apart(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of `text`, each with whether it says who has the copyright, since when, and nothing else."""
    lines = readable(text).splitlines()
    blank = [not line.strip(" \t*#/;%|") for line in lines]
    within = False
    for place, line in enumerate(lines):
        alone = (place == 0 or blank[place - 1]) and (place + 1 == len(lines) or blank[place + 1])
        within = not blank[place] and (_is_owner(line, alone=alone) or (within and _goes_on(line)))
        yield line, within


def _is_owner(line: str, *, alone: bool) -> bool:
    if len(line) <= LONGEST_LINE and RIGHTS.fullmatch(line):
        return True
    said = SAID.match(line) if len(line) <= LONGEST_LINE else None
    if said is None or not (alone or SIGN.search(line)):
        return False
    return is_name(_without_rights(line[said.end() :].rstrip(" \t*/|.")))


def _goes_on(line: str) -> bool:
    """Whether a line goes on with the owners of the line before."""
    return len(line) <= LONGEST_LINE and FURTHER.search(line) is not None and is_name(line)


def is_name(said: str) -> bool:
    """Whether `said` is years, names of people and organisations and their addresses only; "" is."""
    rest = YEARS.sub(" ", ADDRESS.sub(" ", PLACEHOLDER.sub(" ", ABBREVIATION.sub(r"\1", said))))
    if SENTENCE.search(rest) or TERMS.search(said):
        return False
    found = WORD.findall(GROUP.sub(" ", rest))
    if len(found) > MOST_WORDS:
        return False
    return all(of_a_name(word) for word in found)


def of_a_name(word: str) -> bool:
    """Whether one word may stand in a name."""
    if word.casefold() in LINKS:
        return True
    if TERMS.search(word):
        return False
    if word[0].isdigit() or (word[0].isupper() and unicodedata.name(word[0], "").startswith("LATIN")):
        return len(word) <= LONGEST_WORD
    return ORGANISATION.fullmatch(word) is not None or _is_handle(word)


def _is_handle(word: str) -> bool:
    """A name in small letters that is no word, such as "google-research", "openai" with a digit or a hyphen."""
    return word.isascii() and any(sign in word for sign in "-0123456789")


def _without_rights(rest: str) -> str:
    return re.sub(r"[\s.,;]*all rights reserved[\s.]*$", "", rest, flags=re.IGNORECASE)
