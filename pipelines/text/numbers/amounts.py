"""Numbers in running text: where they stand, what they are worth, and how another language writes them.

Imports currencies and languages.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pipelines.text.languages import base
from pipelines.text.numbers.currencies import SYMBOL
from pipelines.text.numbers.words import SCALES

# Languages that write a comma before decimals (CLDR 46, numbers/symbols/decimal).
COMMA = frozenset(
    (
        "af az be bg bs ca cs da de el es et eu fi fr fy gl hr hu hy id is it ka kk ky lb lt lv mk mn nb nl nn no oc "
        "pl pt ro ru sk sl sq sr sv tg tk tr tt uk uz vi"
    ).split()
)
MERIDIEM = r"(?:\s?[AaPp]\.\s?[Mm]\.|\s?[AaPp][Mm]\b)"
CLOCK = rf"\d{{1,2}}[:hH]\d{{2}}(?::\d{{2}})?(?!\d){MERIDIEM}?|\d{{1,2}}{MERIDIEM}"
DATE = r"\d{1,4}(?P<between>[/.-])\d{1,2}(?P=between)\d{1,4}(?![\d/.-]\d)|\d{1,2}/\d{4}(?!\d)"
PLAIN = r"\d+(?:[.,'’\u00a0\u202f]\d+)*|\d+"
GROUPED = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![\d.,]*\d)"
CODE = (
    r"(?=[\w./-]{0,40}\d)(?=[\w./-]{0,40}[A-Z])[A-Z0-9]{1,12}(?:[-/._][A-Z0-9]{1,12}){1,6}(?![\w/-])"
    r"|[A-Za-z]{1,12}\d[A-Za-z0-9]*|\d{4,5}-\d{3}(?![\w-])"
)
FRACTION = r"(?:\d{1,4}[ ]?)?[½¼¾⅓⅔⅕⅛⅜⅝⅞]|(?:\d{1,3}[ -])?\d{1,2}[/⁄]\d{1,2}(?![\d/])"
AMOUNT = re.compile(
    rf"(?P<clock>(?<![\w.,]){CLOCK})|(?P<date>(?<![\w.,/])(?:{DATE}))|(?P<fraction>(?<![\w.,/])(?:{FRACTION}))|(?P<code>(?<![\w./-])(?:{CODE}))"
    rf"|(?P<before>(?:(?<![\w$])(?:{SYMBOL})\s?)?)(?P<number>(?<![\d])(?:{GROUPED}|{PLAIN}))"
    rf"(?P<after>[\s\u00a0]?(?:%|‰|(?:{SYMBOL})(?![\w$]))|\.?[ºª]|(?:st|nd|rd|th|s)\b)?"
)
DIGITS = re.compile(r"\d+")
# What is counted by points, not worth a fraction: "Figure 1.2", "version 3.11".
COUNTED = re.compile(
    r"(?:fig(?:ure|ura)?|sec(?:tion)?|se[cç]?ção|table|tabela|tab|chapter|capítulo|version|versão|release|equation|equação|step"
    r"|passo|item|clause|cláusula|artigo|article|art|rule|regra|note|nota|level|nível|python|windows|ios|android|java|v|[§#])"
    r"s?[.:]?\s*\Z",
    re.IGNORECASE,
)
# A name in capitals before it ("USB 3.0") is that of something with versions, but for a currency.
VERSIONED = re.compile(r"(?<![\w-])(?!(?:USD|EUR|GBP|BRL|CHF|CAD|AUD)\b)[A-Z][\w-]{0,10}[A-Z]\w{0,6}\s\Z")
# "1.1 The Supplier": a number that begins a heading.
NUMBERED = re.compile(r"\.?\s+[^\W\d_a-z]")
AT_TIME = re.compile(r"\b(?:at|by|until|from|to|às|as|das)\s\Z")
TIME = re.compile(r"(?:[01]?\d|2[0-3])\.[0-5]\d")
POINT_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
COMMA_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+")
PAST_NOON, PAST_MIDNIGHT = re.compile(r"[Pp]\.?\s?[Mm]"), re.compile(r"[Aa]\.?\s?[Mm]")
EVENING = re.compile(r"\s(?:da (?:tarde|noite)|in the (?:afternoon|evening)|at night)\b")
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
            found.append(Amount(*match.span(), _clock(match[0], text[match.end() : match.end() + 24])))
        elif match["date"] or match["code"] or match["fraction"]:
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


def localized(text: str, source: str, target: str, before: str = "") -> str:
    """An amount of the language `source` as `target` writes it: separators change where the two differ and it is sure.

    What is no number as `source` writes them stays as it is, and so do times, dates, codes, and what the text `before`
    it says is counted by points.
    """
    if COUNTED.search(before) or VERSIONED.search(before) or (AT_TIME.search(before) and TIME.fullmatch(text)):
        return text
    match = AMOUNT.fullmatch(text)
    if match is None or not match["number"] or (base(source) in COMMA) == (base(target) in COMMA):
        return text
    if not _usual(base(source) in COMMA).fullmatch(match["number"]):
        return text
    swapped = match["number"].translate({ord("."): ",", ord(","): "."})
    return text[: match.start("number")] + swapped + text[match.end("number") :]


def relocalized(output: str, source: str, languages: tuple[str, str]) -> str:
    """`output` with the numbers that a model left as its source writes them as the target language does."""
    if (base(languages[0]) in COMMA) == (base(languages[1]) in COMMA) or not any(sign in source for sign in ".,"):
        return output
    kept = {match["number"] for match in AMOUNT.finditer(source) if match["number"]}

    def written(match: re.Match[str]) -> str:
        if (
            not match["number"]
            or match["number"] not in kept
            or (not match.start() and NUMBERED.match(output, match.end()))
        ):
            return match[0]
        return localized(match[0], *languages, before=output[max(0, match.start() - 24) : match.start()])

    return AMOUNT.sub(written, output)


def _usual(comma: bool) -> re.Pattern[str]:
    """Numbers as a language writes them that has a comma before decimals, or a point."""
    return COMMA_NUMBER if comma else POINT_NUMBER


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


def _clock(text: str, after: str) -> frozenset[str]:
    """A time of day in hours of 24 and minutes; `after` may say that it is past noon."""
    digits = DIGITS.findall(text)
    hour, minutes = int(digits[0]), digits[1:] or ["00"]
    if PAST_NOON.search(text) or EVENING.match(after):
        hour = hour % 12 + 12
    elif PAST_MIDNIGHT.search(text):
        hour %= 12
    whole = {str(hour), digits[0]} if minutes == ["00"] else set()
    return frozenset({f"{hour}:{':'.join(minutes)}"}) | whole
