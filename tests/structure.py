"""What of a document has to be in its translation, read by eyes that are not the product's own.

A document is cut into blocks at what is bound to lines: headings, list items, quotations, rows of tables, fences and
blank lines. Block by block the translation must have the same form, and the same signs of what is not language.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

FENCE = re.compile(r"[ ]*(```|~~~)")
HEADING = re.compile(r"#{1,6}(?= )")
ITEM = re.compile(r"[ ]*(?:[-*+]|\d{1,3}[.)]) (?:\[[ xX]\] )?")
QUOTED = re.compile(r"(?:> ?)+")
ROW = re.compile(r"[ ]*\|")
BAR = re.compile(r"(?<!\\)\|")
CUE = re.compile(r"\d+\Z|\d\d:\d\d:\d\d,\d{3} --> .*")
MARKUP = re.compile(r"[ ]*</?[a-z!][^>]*>[ ]*\Z", re.IGNORECASE)

CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)\s]+\)")
TARGET = re.compile(r"\]\(([^)\s]+)\)")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
ENTITY = re.compile(r"&#?\w{1,8};")
ADDRESS = re.compile(r"(?:https?|mailto):[^\s<>)\"`]+[^\s<>)\"`.,;:!?*]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?<![\w&/.])[@#][^\W\d]\w+")
EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}(?=[^\s*])|(?<=[^\s*])\*{1,2}(?![\w*])")
IDENTIFIER = re.compile(r"(?<![\w-])(?=[\w-]*[\d_])[A-Za-z_][A-Za-z\d_]*(?:-[A-Za-z\d_]+)*(?![\w-])", re.ASCII)
BRACKET = re.compile(r"[()\[\]{}]")
TIME = re.compile(r"(?<![\d:.,])(\d{1,2})(?:[:h](\d\d)|(h))?(?:[ \u00a0]?([ap])\.?m\b)?(?![\d:]|[.,]\d)", re.IGNORECASE)
THOUSANDS = re.compile(r"(?<=\d)[ \u00a0](?:mil|thousand)\b")
ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th|s|[ao]|\.?[ºª])(?!\w)")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
JOINS_OF_EMOJI = "\u200d\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


@dataclass(slots=True)
class Block:
    """One block: what it is (such as "##", "- ", "row 4"), where it stands, and its text without its marker."""

    kind: str
    start: int
    end: int
    text: str
    parts: dict[str, Counter[str]] = field(default_factory=dict)


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order; a fence is one block with all its lines."""
    return list(_read(_blocks(text)))


def _blocks(text: str) -> Iterator[Block]:
    position = 0
    fence: Block | None = None
    joins: Block | None = None
    for line in text.splitlines(keepends=True):
        start, end = position, position + len(line)
        position, content = end, line.rstrip("\r\n")
        if fence is not None:
            fence.text, fence.end = fence.text + line, end
            if FENCE.match(content):
                yield fence
                fence = None
            continue
        if FENCE.match(content):
            yield from _ready(joins)
            joins, fence = None, Block("fence", start, end, line)
            continue
        kind, rest = _kind(content)
        if kind == "" and joins is not None and content.strip():
            joins.text, joins.end = f"{joins.text} {content.strip()}", end
            continue
        yield from _ready(joins)
        joins = None
        if kind or content.strip():
            found = Block(kind, start, end, rest)
            if kind.startswith("row") or kind == "cue":
                yield found
            else:
                joins = found
    yield from _ready(joins)


def _ready(block: Block | None) -> Iterator[Block]:
    if block is not None:
        yield block


def _kind(line: str) -> tuple[str, str]:
    """What a line begins, "" where it may go on with the line before it, and the rest of the line."""
    for pattern in (HEADING, ITEM, QUOTED):
        if match := pattern.match(line):
            return match[0], line[match.end() :]
    if ROW.match(line):
        return f"row {len(BAR.findall(CODE.sub('', line)))}", line
    if CUE.match(line) or MARKUP.match(line):
        return "cue", line
    return "", line


def _read(found: Iterator[Block]) -> Iterator[Block]:
    for block in found:
        block.parts = {"verbatim": Counter([block.text])} if block.kind in {"fence", "cue"} else parts(block.text)
        yield block


def parts(text: str) -> dict[str, Counter[str]]:
    """What a translation of `text` must have as often, by kind; later kinds see nothing of earlier ones."""
    found: dict[str, Counter[str]] = {}

    def take(kind: str, pattern: re.Pattern[str], group: int = 0) -> None:
        nonlocal text
        found[kind] = Counter(" ".join(match[group].split()) for match in pattern.finditer(text))
        text = pattern.sub("" if kind == "emphasis" else " ", text)

    take("code", CODE)
    found["images"] = Counter(target for image in IMAGE.findall(text) for target in TARGET.findall(image))
    text = IMAGE.sub(" ", text)
    take("link targets", TARGET, 1)
    take("tags", TAG)
    take("entities", ENTITY)
    take("addresses", ADDRESS)
    take("handles", HANDLE)
    take("emphasis", EMPHASIS)
    found["signs"] = Counter(sign for sign in text if _is_sign(sign))
    found["times"] = Counter(time for match in TIME.finditer(text) if (time := _time(match)))
    text = TIME.sub(lambda match: " " if _time(match) else match[0], text)
    text = ENDING.sub("", THOUSANDS.sub("000", text))
    take("identifiers", IDENTIFIER)
    take("brackets", BRACKET)
    found["numbers"] = Counter(re.sub(r"[.,:]", "", number) for number in NUMBER.findall(text))
    return found


def _is_sign(character: str) -> bool:
    """Emoji with what joins them, arrows, and signs such as ± and ≤ that are no markup."""
    if character in "<>|~":
        return False
    return unicodedata.category(character) in {"So", "Sm"} or character in JOINS_OF_EMOJI


def _time(match: re.Match[str]) -> str | None:
    """A time of day of 24 hours: "9:15 pm", "21h15" and "21:15" are the same; None for a mere number."""
    hours, minutes, half = int(match[1]), match[2], (match[4] or "").lower()
    if not (minutes or match[3] or half):
        return None
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    return f"{hours}:{minutes or '00'}"
