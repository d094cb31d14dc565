"""What a reader takes for letters, as letters: fonts, squares, circles, flags. Imports the standard library only."""

import re
import unicodedata
from functools import lru_cache

RUN = re.compile(r"[^\w\s\x00-\xbf](?:[ \t_.*-]{0,3}[^\w\s\x00-\xbf])*")
MARKS = re.compile(r"[^\w\s\x00-\u02ff]{30}(?=[^\w\s\x00-\u02ff])")
JOINER = "\u034f"
"""Ends a run of marks, so that they are put in order within it only (unicode.org/reports/tr15, stream-safe text)."""
ENCLOSED = range(0x1F100, 0x1F300)
"""Letters and words in frames, among them the signs of Creative Commons for "no money" and "no derivatives"."""
LINES = range(0x2500, 0x2600)
"""Boxes, bars and bullets, which only lay out."""
SYMBOLS = frozenset({"So", "Sm", "Sc", "Co", "Cn"})
MANY = "symbols"


def readable(text: str) -> str:
    """`text` in NFKC, with the letters that symbols show and a word for several other symbols in a row."""
    if text.isascii():
        return text
    return RUN.sub(_said, unicodedata.normalize("NFKC", MARKS.sub(rf"\g<0>{JOINER}", text)))


def _said(run: re.Match[str]) -> str:
    shown = "".join(_letter(sign) or sign for sign in run[0])
    others = sum(_letter(sign) is None and _is_symbol(sign) for sign in run[0])
    return f"{shown} {MANY} " if others > 1 else shown


@lru_cache(4096)
def _letter(sign: str) -> str | None:
    """The letter that is shown by `sign`, or the words of its name where it shows a word; None for any other."""
    name = unicodedata.name(sign, "")
    if sign.isascii():
        return None
    if "LETTER " in name:
        return name.rpartition("LETTER ")[2].split(" ")[0]
    if ord(sign) in ENCLOSED or name.startswith("BRAILLE PATTERN") or "SQUARED " in name:
        return f" {name} "
    return None


@lru_cache(4096)
def _is_symbol(sign: str) -> bool:
    return not sign.isascii() and unicodedata.category(sign) in SYMBOLS and ord(sign) not in LINES
