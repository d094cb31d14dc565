"""What a document's form says: which pieces are headings or cells, and whether it has a lead. Imports segment."""

import re
from collections.abc import Sequence

from pipelines.text.languages import base
from pipelines.text.lines import SENTENCE_END
from pipelines.text.segment import Segment, surface

LONGEST_HEADING_CHARACTERS = 100
LIST_MARKER = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\Z")
HEADING_MARKER = re.compile(r"\s*#{1,6}\s")
EMPHASIS = "*_ "
QUOTED = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")
WORD = re.compile(r"[^\W\d_]+")
# Markers are short: looking further would make one endless line cost the square of its length.
REACH = 40
SALUTATION_SENTENCES = 10
LONGEST_SALUTATION_WORDS = 8

# Reviews, letters and columns say "I" or "you"; minutes, manuals and recipes are lists. Neither puts first what
# matters. Of the documents in the vaderSentiment sets 94 % of 300 shop reviews and 6 % of 498 newspaper articles pass
# the first limit. "We" is left out: reports of firms and offices say it, and with it the articles become 10 %.
MOST_PERSONAL_SHARE = 1 / 5
MOST_LISTED_SHARE = 1 / 3

# Left out are words that also mean something else ("nos" and "seu" in Portuguese, "sie" in German).
PERSONAL = {
    code: frozenset(words.split())
    for code, words in {
        "de": "ich mir mich mein meine meinen meinem meiner du dich dir dein deine deinen",
        "en": "i me my mine myself you your yours",
        "es": "yo me mi mis mí conmigo tú ti tus contigo usted ustedes",
        "fr": "je j moi mon ma mes tu toi ton tes vous votre vos",
        "it": "io mi mio mia miei mie tu ti tuo tua voi vostro vostra",
        "pt": "eu me mim meu minha meus minhas comigo você vocês ti teu tua contigo",
    }.items()
}


def asides(text: str, segments: Sequence[Segment]) -> list[bool]:
    """Which sentences are no running text: titles, headings and table cells.

    A heading has a line of its own, is short and ends like no sentence (or with a colon), or has a heading marker.
    List items are none. Addresses, salutations and signatures look the same and are treated alike.
    """
    return [_is_cell(text, segment) or _is_heading(text, segment) for segment in segments]


def has_lead(text: str, found: Sequence[Segment], running: Sequence[Segment], language: str | None) -> bool:
    """Whether the document says first what matters, as news and reports do.

    `found` are all sentences, `running` those that are no asides. Measured, not guessed from the subject: no
    salutation near the top, few list items, few sentences that say "I" or "you" outside quotation marks. Of languages
    without a list of such words only the first two are asked.
    """
    if any(_is_salutation(text, segment) for segment in found[:SALUTATION_SENTENCES]):
        return False
    listed = sum(LIST_MARKER.match(_before_on_line(text, segment)) is not None for segment in running)
    if listed > MOST_LISTED_SHARE * len(running):
        return False
    return _personal_share(text, running, language) <= MOST_PERSONAL_SHARE


def _is_cell(text: str, segment: Segment) -> bool:
    return _before_on_line(text, segment).rstrip(" ").endswith(("|", "\t"))


def _is_heading(text: str, segment: Segment) -> bool:
    before, after = _before_on_line(text, segment), _after_on_line(text, segment)
    if HEADING_MARKER.match(before):
        return True
    words = text[segment.start : segment.end].strip(EMPHASIS)
    alone = not before.strip(EMPHASIS) and not after.strip(EMPHASIS)
    unfinished = not SENTENCE_END.search(words) or words.endswith((":", ";"))
    return alone and unfinished and len(words) <= LONGEST_HEADING_CHARACTERS and "\n" not in words


def _is_salutation(text: str, segment: Segment) -> bool:
    words = text[segment.start : segment.end]
    short = len(words.split()) <= LONGEST_SALUTATION_WORDS
    return short and words.endswith(",") and _is_heading(text, segment)


def _personal_share(text: str, segments: Sequence[Segment], language: str | None) -> float:
    words = PERSONAL.get(base(language or "en"), frozenset[str]())
    kept = [QUOTED.sub(" ", surface(text, segment)).lower() for segment in segments]
    personal = sum(any(word in words for word in WORD.findall(sentence)) for sentence in kept)
    return personal / len(segments)


def _before_on_line(text: str, segment: Segment) -> str:
    return text[max(segment.start - REACH, 0) : segment.start].rpartition("\n")[2]


def _after_on_line(text: str, segment: Segment) -> str:
    return text[segment.end : segment.end + REACH].partition("\n")[0]
