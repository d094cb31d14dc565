"""Numbers in running text: where they stand, what they are worth, and how another language writes them.

Imports currencies and languages.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pipelines.text.currencies import SYMBOL
from pipelines.text.languages import base
from pipelines.text.number_words import SCALES

# Languages that write a comma before decimals (CLDR 46, numbers/symbols/decimal).
COMMA = frozenset(
    (
        "af az be bg bs ca cs da de el es et eu fi fr fy gl hr hu hy id is it ka kk ky lb lt lv mk mn nb nl nn no oc "
        "pl pt ro ru sk sl sq sr sv tg tk tr tt uk uz vi"
    ).split()
)
MERIDIEM = r"(?:\s?[AaPp]\.\s?[Mm]\.|\s?[AaPp][Mm]\b)"
CLOCK = rf"\d{{1,2}}[:hH]\d{{2}}(?::\d{{2}})?(?!\d){MERIDIEM}?|\d{{1,2}}{MERIDIEM}"
DATE = r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}(?![\d/])|\d{1,2}/\d{4}(?!\d)"
PLAIN = r"\d+(?:[.,'’\u00a0\u202f]\d+)*|\d+"
GROUPED = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![\d.,]*\d)"
CODE = (
    r"(?=[\w./-]{0,40}\d)(?=[\w./-]{0,40}[A-Z])[A-Z0-9]{1,12}(?:[-/._][A-Z0-9]{1,12}){1,6}(?![\w/-])"
    r"|[A-Za-z]{1,12}\d[A-Za-z0-9]*"
)
AMOUNT = re.compile(
    rf"(?P<clock>(?<![\w.,]){CLOCK})|(?P<date>(?<![\w.,/]){DATE})|(?P<code>(?<![\w./-])(?:{CODE}))"
    rf"|(?P<before>(?:(?<![\w$])(?:{SYMBOL})\s?)?)(?P<number>(?<![\d])(?:{GROUPED}|{PLAIN}))"
    rf"(?P<after>[\s\u00a0]?(?:%|‰|(?:{SYMBOL})(?![\w$]))|\.?[ºª]|(?:st|nd|rd|th|s)\b)?"
)
DIGITS = re.compile(r"\d+")
SCALE = re.compile(r"[ \u00a0-]([^\W\d_]{2,12})")


@dataclass(frozen=True, slots=True)
class Amount:
    """Offsets [start, end) with what belongs to the number (currency, per cent), and what it may be worth.

    `values` are canonical; two amounts agree where they share one. A number that a separator makes ambiguous has two.
    """

    start: int
    end: int
    values: frozenset[str]


def amounts(text: str, language: str) -> list[Amount]:
    """All numbers, times, dates and codes with digits in `text`, in order."""
    found = []
    for match in AMOUNT.finditer(text):
        if match["clock"]:
            found.append(Amount(*match.span(), _clock(match[0])))
        elif match["date"] or match["code"]:
            found.append(Amount(*match.span(), frozenset({match[0].lower()})))
        else:
            values = worth(match["number"], language)
            scale = SCALE.match(text, match.end())
            if scale and (factor := SCALES.get(scale[1].lower())):
                values |= {_scaled(value, factor) for value in values}
            found.append(Amount(*match.span(), values))
    return found


def worth(number: str, language: str) -> frozenset[str]:
    """What a number of digits and separators may be worth in a language, as canonical decimals."""
    compact = re.sub(r"[\s\u00a0\u202f'’]", "", number)
    separators = [character for character in compact if not character.isdigit()]
    if not separators:
        return frozenset({_decimal(compact)})
    kinds = set(separators)
    last = separators[-1]
    if len(kinds) == 2:
        whole, _, fraction = compact.rpartition(last)
        return (
            frozenset({_decimal(_only_digits(whole) + "." + fraction)}) if last not in whole else frozenset({compact})
        )
    groups = compact.split(last)
    in_groups = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3
    if len(separators) > 1:
        return frozenset({_decimal("".join(groups))}) if in_groups else frozenset({compact})
    decimal = _decimal(".".join(groups))
    if not in_groups:
        return frozenset({decimal})
    is_decimal = (last == ",") == (base(language) in COMMA)
    return frozenset({decimal if is_decimal else _decimal("".join(groups))})


def localized(text: str, source: str, target: str) -> str:
    """An amount of the language `source` as `target` writes it: separators change where the two differ and it is sure.

    Times, dates and codes stay as they are.
    """
    match = AMOUNT.fullmatch(text)
    if match is None or not match["number"] or (base(source) in COMMA) == (base(target) in COMMA):
        return text
    number = match["number"]
    separators = [character for character in number if character in ".,"]
    if not separators or len(worth(number, source)) != 1 or worth(number, source) == frozenset({number}):
        return text
    swapped = number.translate({ord("."): ",", ord(","): "."})
    if worth(swapped, target) != worth(number, source):
        return text
    return text[: match.start("number")] + swapped + text[match.end("number") :]


def _only_digits(text: str) -> str:
    """The digits of `text`."""
    return "".join(DIGITS.findall(text))


def _scaled(value: str, factor: int) -> str:
    try:
        return _decimal(str(Decimal(value) * factor))
    except InvalidOperation:
        return value


def _decimal(text: str) -> str:
    value = Decimal(text or "0").normalize()
    return format(value, "f") if value else "0"


def _clock(text: str) -> frozenset[str]:
    """A time of day, as hours and minutes on a dial of twelve and of twenty-four hours."""
    digits = DIGITS.findall(text)
    hour, minutes = int(digits[0]), digits[1:] or ["00"]
    evening = re.search(r"[Pp]\.?\s?[Mm]", text) is not None
    shown = {hour, (hour + 12) % 24 if evening else hour, hour % 12}
    rest = ":".join(minutes)
    return frozenset(f"{one}:{rest}" for one in shown) | frozenset({str(hour)} if minutes == ["00"] else set())
