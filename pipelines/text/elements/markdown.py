"""Markdown inside lines: code, links, images, emphasis; and LaTeX. Imports the claims of a text."""

import re

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role

FENCE = re.compile(r"^[ \t>]{0,40}(`{3,10}|~{3,10})(?![`~])[^\n`]*$", re.MULTILINE)
CODE = re.compile(r"(?<![`\\])(`{1,3})(?!`)(?:[^\n`]|`(?!\1)|\n(?!\s*\n)){1,6000}?(?<!`)\1(?!`)")
TARGET = r"\((?:[^()\s]|\([^()\s]{0,200}\)){0,1000}(?:\s+\"[^\"\n]{0,300}\")?\)"
IMAGE = re.compile(rf"!\[[^\[\]\n]{{0,300}}\]{TARGET}|!\[[^\[\]\n]{{0,300}}\]\[[^\[\]\n]{{0,100}}\]")
LINK = re.compile(
    rf"\[(?=[^\[\]\n])(?P<text>(?:[^\[\]]|\[[^\[\]\n]{{0,100}}\]){{1,500}}?)(?P<to>\]{TARGET}|\]\[[^\[\]\n]{{0,100}}\])"
)
NOTE = re.compile(r"\[\^[^\[\]\s]{1,60}\](?!:)")
DEFINITION = re.compile(
    r"^[ \t]{0,3}\[\^?[^\[\]\n]{1,100}\]:(?:[ \t]+\S+(?:[ \t]+\"[^\"\n]*\")?[ \t]*$)?", re.MULTILINE
)
WIKI = re.compile(r"\[\[[^\[\]\n]{1,300}\]\]|\{\{[^{}\n]{1,300}\}\}")
CHECKBOX = re.compile(r"\[[ xX]\](?=\s)")
STRONG = re.compile(r"(?<![\w*])(?P<sign>\*\*\*|\*\*)(?=[^\s*])(?P<it>[^*\n]{1,500}?)(?<=[^\s*])(?P=sign)(?![*])")
STRONG_BARS = re.compile(
    r"(?<![\w_])(?P<sign>__)(?=[^\s_])(?P<it>(?:[^_\n]|_(?!_)){1,500}?)(?<=[^\s_])(?P=sign)(?![\w_]|\.\w)"
)
STRUCK = re.compile(r"(?<!~)(?P<sign>~~)(?=[^\s~])(?P<it>[^~\n]{1,500}?)(?<=[^\s~])(?P=sign)(?!~)")
WEAK = re.compile(r"(?<![\w*\\])(?P<sign>\*)(?=[^\s*])(?P<it>[^*\n]{1,500}?)(?<=[^\s*\\])(?P=sign)(?![\w*])")
WEAK_BAR = re.compile(r"(?<![\w_\\])(?P<sign>_)(?=[^\s_])(?P<it>[^_\n]{1,500}?)(?<=[^\s_\\])(?P=sign)(?![\w_])")
ESCAPE = re.compile(r"(?<!¯)\\[*_`#\[\](){}<>~|!+.-](?!\w{2})")

FORMULA = re.compile(
    r"\$\$[^$]{1,2000}\$\$|(?<![\\$\w])\$(?=[^\s$\d])[^$\n]{0,300}?[^\s\\$]\$(?![\w$])"
    r"|(?<![\\$\w])\$(?=\d)[^$\n\s]{0,100}[=^_\\+*/][^$\n]{0,200}?[^\s\\$]\$(?![\w$])"
    r"|\\\((?:(?!\\[()]).){1,500}\\\)|\\\[(?:(?!\\[\[\]]).){1,2000}\\\]"
    r"|\\begin\{(?P<env>equation|align|math|displaymath|verbatim|lstlisting|tikzpicture)(?P<star>\*?)\}.{0,5000}?\\end\{(?P=env)(?P=star)\}",
    re.DOTALL,
)
# Arguments of these are keys, not words.
KEYED = re.compile(
    r"\\(?:cite[a-z]*|ref|eqref|pageref|autoref|label|url|includegraphics|input|include|bibliography(?:style)?|"
    r"usepackage|documentclass|begin|end|verb|texttt|vspace|hspace)\*?(?:\[[^\[\]\n]{0,200}\])?\{[^{}\n]{0,300}\}"
)
COMMAND = re.compile(r"\\[A-Za-z]{2,30}\*?(?:\[[^\[\]\n]{0,200}\])?\{(?P<it>[^{}]{1,1000})\}")
BARE_COMMAND = re.compile(r"\\(?:[A-Za-z]{2,30}\b\*?|[%&$#_{}](?!\w{2}))")
LATEX = re.compile(
    r"\\(?:begin|section|subsection|chapter|documentclass|usepackage|textbf|textit|emph|cite|ref|item|ldots)\b|\$[^$\n]+\$"
)
ESCAPED = re.compile(r"\\(?:[nrt](?![a-z]{2})|[nrt](?=[A-Z\\]))")
"""Line ends and tabs as programs write them in strings."""


def find_code(claims: Claims) -> None:
    """Claim code spans and formulas, whose insides are nobody else's."""
    if "`" in claims.text:
        _find_fences(claims)
        claims.holes(CODE, Kind.CODE)
    elif "~~~" in claims.text:
        _find_fences(claims)
    if "$" in claims.text or "\\" in claims.text:
        _blocks_and_holes(claims, FORMULA, Kind.FORMULA)
        claims.holes(KEYED, Kind.FORMULA)


def _find_fences(claims: Claims) -> None:
    """Claim what stands between two lines of the same fence; one that is never closed is none."""
    opened: re.Match[str] | None = None
    for fence in FENCE.finditer(claims.text):
        if opened is None:
            opened = fence
        elif fence[1] == opened[1] and fence[0].strip("> \t") == fence[1]:
            claims.add(Element(opened.start(), fence.end(), Role.BORDER, Kind.CODE))
            opened = None


def _blocks_and_holes(claims: Claims, pattern: re.Pattern[str], kind: Kind) -> None:
    """Matches over several lines end a sentence; others stand in one."""
    for match in pattern.finditer(claims.text):
        claims.add(Element(*match.span(), Role.BORDER if "\n" in match[0] else Role.HOLE, kind))


def find_links(claims: Claims) -> None:
    """Claim images whole, of links all but their text, and notes."""
    if "[" not in claims.text:
        return
    claims.holes(IMAGE, Kind.LINK)
    for match in DEFINITION.finditer(claims.text):
        claims.add(Element(*match.span(), Role.BORDER, Kind.LINK))
    claims.holes(WIKI, Kind.LINK)
    for match in LINK.finditer(claims.text):
        claims.around(match.start(), match.start("text"), match.start("to"), match.end(), Kind.LINK)
    for pattern in (NOTE, CHECKBOX):
        for match in pattern.finditer(claims.text):
            claims.add(Element(*match.span(), Role.POINT, Kind.LINK))


def find_commands(claims: Claims) -> None:
    """Claim LaTeX commands around words, and those that stand alone."""
    if "\\" in claims.text:
        for match in COMMAND.finditer(claims.text):
            claims.around(match.start(), match.start("it"), match.end("it"), match.end(), Kind.FORMULA)


def find_emphasis(claims: Claims) -> None:
    """Claim the signs of emphasis, and characters that are escaped from being one."""
    if "\\" in claims.text:
        for match in ESCAPE.finditer(claims.text):
            claims.add(Element(*match.span(), Role.POINT, Kind.EMPHASIS))
    for sign, pattern in (("**", STRONG), ("__", STRONG_BARS), ("~~", STRUCK), ("*", WEAK), ("_", WEAK_BAR)):
        if sign in claims.text:
            for match in pattern.finditer(claims.text):
                claims.around(match.start(), match.start("it"), match.end("it"), match.end(), Kind.EMPHASIS)


def find_bare_commands(claims: Claims) -> None:
    """Claim LaTeX commands without an argument, once paths with backslashes are known; elsewhere escapes in strings."""
    if "\\" not in claims.text:
        return
    if LATEX.search(claims.text):
        claims.holes(BARE_COMMAND, Kind.FORMULA)
        return
    for match in ESCAPED.finditer(claims.text):
        claims.add(Element(*match.span(), Role.BORDER, Kind.CODE))
