"""Emoji, emoticons, arrows, bullets, trademarks and formulas written in plain characters. Imports the claims."""

import re

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role

PICTURES = (
    "\U0001f000-\U0001faff\u231a-\u23ff\u2600-\u2712\u2719-\u27bf"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\u2660-\u266f\u2580-\u259f\u25a0-\u25ff\U000e0020-\U000e007f"
)
JOINS = "\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff"
# A run of pictures with the spaces inside it, or a keycap.
EMOJI = re.compile(
    rf"(?:[0-9#*]\ufe0f?\u20e3|[{PICTURES}][{JOINS}]*)(?:[ ]?(?:[0-9#*]\ufe0f?\u20e3"
    rf"|[{PICTURES}][{JOINS}]*)){{0,200}}"
)
DIVIDERS = re.compile(
    "[\u2190-\u21ff\u27f0-\u27ff\u2900-\u297f\u2b00-\u2b2f\u2022\u2023\u2043\u25e6\u25aa-\u25ac\u25b6\u25ba\u25cf"
    "\u25cb\u25a0\u25a1\u2610-\u2612"
    "\u2713\u2714\u2715-\u2718\u2500-\u257f\u203b\u2042\u2756\u276f\u266a-\u266c\u00b7\u2e31]+"
    "(?:[ ]?[\u2190-\u21ff\u2022\u2500-\u257f\u2610-\u2612\u2713-\u2718\ufe0f]+)*\ufe0f?"
    r"|(?:(?<=\s)|(?<=^))(?:-{1,3}>|={1,3}>|<-{1,3}|<={1,2}>|>>+|<<+|\|{1,2}|~+|={2,}|-{3,}|\*{3,}|_{3,}"
    r"|\+{2,})(?=\s|$)",
    re.MULTILINE,
)
CODES_WITH_ARROW = re.compile(r"(?<!\w)\w{1,8}[→↔⇒←]\w{1,8}(?!\w)")
# Eyes of "8" and "x" only with a nose: "8)", "83", "8/", "x)" and "XS" are numbers, names and ends of brackets.
EMOTICON = re.compile(
    r"(?<![\w:;=])(?:[<>]?[:;=]['’]?[-o^]?[)(\]\[DPpOoSs/\\|*3]{1,5}(?![\w/]|[.,]\d)|<3+(?![\d.,])|</3(?!\d)"
    r"|(?<!\d[.,])[8xX]-[)(DP]{1,5}"
    r"|\^[_.-]?\^|[Tt]_[Tt]|[oO]_[oO]|-_+-|>_<|¯\\_\(ツ\)_/¯|\(╯°□°\)╯︵ ┻━┻|[xX]D+(?!\w)|\\o/)(?!\w)"
)
BESIDE = re.compile("[™®℠℗†‡¶‽⁂]+|[©§№℀-℅]+ ?")
# Left and right of an operator: a number, a short name with indices, a bracket or a root.
SCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀-₉′″"
OPERAND = (
    rf"(?:[-−±+√∛]?\s?(?:\d++(?:[.,]\d++)*+[A-Za-zα-ωΑ-Ωπ]{{0,2}}"
    rf"|[A-Za-zα-ωΑ-ΩℝℕℤℚℂΩπ∞∑∫∂∇ħ]{{1,2}}(?![A-Za-z]{{1}})|[A-Za-z]{{1,6}}\([\w\s,.+*/^-]{{1,40}}\)"
    rf"|\([\w\s+*/^.,−-]{{1,60}}\))"
    rf"(?:[{SCRIPTS}!'%°]|\^\{{?[\w+-]{{1,12}}\}}?|_\{{?\w{{1,12}}\}}?){{0,8}}+)"
)
OPERATOR = r"\s?(?:[=≠≈≡≤≥<>±∓×÷∙·∈∉⊂⊆∪∩∧∨→⇒⇔∝+*/^−]|<=|>=|==|!=|:=|\+/-|-(?=\s))\s?"
FORMULA = re.compile(rf"(?<![\w.,/$€£#@\\-]){OPERAND}(?:{OPERATOR}{OPERAND}){{1,20}}(?![\w(\[]|[.,]\d)")
TELLING = re.compile("[=≠≈≡≤≥<>±∓×÷√∑∫∂∇∈∉⊂⊆∪∩∝∞^²³]")
ONLY_NUMBERS = re.compile(r"[\d.,\s/:+-]+")


def find_formulas(claims: Claims) -> None:
    """Claim equations and inequalities that are written without any markup."""
    if TELLING.search(claims.text):
        claims.holes(FORMULA, Kind.FORMULA, _is_formula)


def _is_formula(match: re.Match[str]) -> bool:
    return TELLING.search(match[0]) is not None and not ONLY_NUMBERS.fullmatch(match[0])


def find_signs(claims: Claims) -> None:
    """Claim what people draw and what stands beside words."""
    if claims.text.isascii():
        _points(claims, EMOTICON)
        _borders(claims)
        return
    claims.holes(CODES_WITH_ARROW, Kind.IDENTIFIER)
    _borders(claims)
    for pattern in (EMOJI, EMOTICON, BESIDE):
        _points(claims, pattern)


def _points(claims: Claims, pattern: re.Pattern[str]) -> None:
    for match in pattern.finditer(claims.text):
        claims.add(Element(*match.span(), Role.POINT, Kind.SIGN))


def _borders(claims: Claims) -> None:
    for match in DIVIDERS.finditer(claims.text):
        claims.add(Element(*match.span(), Role.BORDER, Kind.SIGN))
