"""A stretch as a reader sees it: markup left out, entities as their characters; or as it is said, signs in words too.

Imports the elements and segment.
"""

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.segment import Segment, surface
from pipelines.text.views.masking import masked

MARKUP = frozenset({Kind.TAG, Kind.EMPHASIS, Kind.LINK, Kind.FORMULA})
# Names and addresses of things say nothing of how somebody feels.
UNSAID = frozenset({Kind.ADDRESS, Kind.PATH, Kind.IDENTIFIER, Kind.PLACEHOLDER, Kind.CODE, Kind.PHONE})
STARS = re.compile(r"([★⭐🌟✭✯]\ufe0f?)+(?:[ ]?[☆✩✰])*|[☆✩✰]{2,}")
FULL, EMPTY = frozenset("★⭐🌟✭✯"), frozenset("☆✩✰")
EMOTICONS = {
    ":)": "smiling face", ":(": "sad face", ";)": "winking face", ":D": "laughing face", ":P": "playful face",
    ":O": "surprised face", ":/": "doubtful face", ":|": "blank face", ":*": "kiss", "<3": "love",
    "</3": "broken heart", ":\\": "doubtful face",
    ":'(": "crying face", ":')": "tears of joy", "XD": "laughing face", "^^": "happy face", "TT": "crying face",
    ":3": "cute smile", "8)": "cool face", ":[": "sad face", ":]": "smiling face", ":S": "confused face",
    "D:": "dismayed face", "\\O/": "cheering",
}  # fmt: skip
SPACES = re.compile(r"[^\S\n]{2,}")


SHOWN = frozenset({Kind.SIGN, Kind.ENTITY})


class Plain:
    """A document's text and elements, read without what is not for readers.

    `shown` is the text for finding sentences, at the same offsets, with signs and entities as they are.
    """

    def __init__(self, text: str, elements: Sequence[Element]) -> None:
        self._text, self._elements = text, elements
        self.shown = masked(text, elements, SHOWN)
        self._starts = [element.start for element in elements]

    def seen(self, segment: Segment) -> str:
        """The segment without markup; code, addresses and emoji stay."""
        return self._read(segment, spoken=False)

    def said(self, segment: Segment) -> str:
        """The segment in words: emoji, emoticons and rows of stars as what they mean, without code and addresses."""
        return self._read(segment, spoken=True)

    def _read(self, segment: Segment, *, spoken: bool) -> str:
        first = bisect_left(self._starts, segment.start)
        last = bisect_left(self._starts, segment.end)
        if first == last and not spoken:
            return surface(self._text, segment)
        parts: list[str] = []
        position = segment.start
        for element in self._elements[first:last]:
            parts.append(surface(self._text, Segment(position, element.start)))
            position = min(element.end, segment.end)
            parts.append(_said(self._text[element.start : position], element) if spoken else self._seen(element))
        parts.append(surface(self._text, Segment(position, segment.end)))
        return SPACES.sub(" ", "".join(parts)).strip()

    def _seen(self, element: Element) -> str:
        original = self._text[element.start : element.end]
        if element.kind is Kind.ENTITY:
            return html.unescape(original)
        marks = element.kind in MARKUP and element.role in (Role.OPEN, Role.CLOSE)
        tags = element.kind is Kind.TAG and element.role in (Role.POINT, Role.BORDER)
        return "" if marks or tags else original


def _said(original: str, element: Element) -> str:
    if element.kind is Kind.ENTITY:
        return html.unescape(original)
    if element.kind is Kind.SIGN:
        return f" {sign_in_words(original)} "
    if element.kind in UNSAID or element.role is Role.BORDER:
        return " "
    return "" if element.kind in MARKUP and element.role is not Role.HOLE else original


def sign_in_words(sign: str) -> str:
    """What an emoticon, a run of emoji or a row of stars says, in English; nothing where it says nothing."""
    if STARS.fullmatch(sign):
        full, empty = sum(one in FULL for one in sign), sum(one in EMPTY for one in sign)
        return f"{full} out of {max(5, full + empty) if empty or full <= 5 else full} stars"
    short = re.sub(r"[-o^'’](?=[)(\]\[DPpOoSs/\\|*3])", lambda match: "'" if match[0] in "'’" else "", sign).upper()
    for emoticon, words in EMOTICONS.items():
        if short.startswith(emoticon) or sign.upper().replace("_", "").replace("-", "") == emoticon:
            return words
    names = dict.fromkeys(_name(character) for character in sign)
    return ", ".join(name for name in names if name)


def _name(character: str) -> str:
    """The name of a pictograph, which is what it shows; letters of flags, joiners and skin tones have none."""
    if unicodedata.category(character) != "So" or "\U0001f1e6" <= character <= "\U0001f1ff":
        return ""
    return unicodedata.name(character, "").lower().replace(" sign", "").replace("black ", "").replace("white ", "")
