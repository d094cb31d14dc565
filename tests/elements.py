"""Elements of every kind, as people write them inside sentences; and sentences with room for them."""

import random
import re
from collections import Counter
from dataclasses import dataclass

from pipelines.text.elements.element import Kind

# Stand for a word.
HOLES = {
    Kind.CODE: ["`make all`", "``a ` b``", "<code>x = 1</code>", "<kbd>Ctrl</kbd>", "`rm -rf /tmp/x`"],
    Kind.FORMULA: ["$E = mc^2$", "\\(a+b\\)", "a² + b² = c²", "x < 3", "\\ref{fig:one}", "x ≈ 1.414"],
    Kind.PLACEHOLDER: [
        "{first_name}", "{{code}}", "${minutes}", "%1$s", "%(name)s", "%d", "{0}", "$HOME", "[NAME]", "__NAME__",
        "<ORDER_ID>", "{{ user.name|title }}",
        "#{count}", "%{count}", "{when, date, short}", "<%= title %>", "<<DATE>>",
    ],
    Kind.ADDRESS: [
        "https://example.com/a_b?x=1&y=2#part-2", "www.example.org", "ana.silva+news@example.org", "http://localhost:8080/x",
        "example.org", "mailto:tom@example.org", "10.0.0.1/24", "https://pt.wikipedia.org/wiki/Porto_(cidade)",
    ],
    Kind.HANDLE: ["@ruth_k", "#openscience", "#1234", "@ana@social.example.org"],
    Kind.PATH: [
        "C:\\Users\\Ana\\report_v2.docx", "/srv/data/in", "~/notes/todo.md", "src/main.py", "report_v2.docx",
        "\\\\server\\share", "./run.sh", ".gitignore", "%APPDATA%\\Roaming",
    ],
    Kind.IDENTIFIER: [
        "v2.3.1", "4.17.21", "1.2.3-rc.4", "0x80070005", "978-0-306-40615-7", "PT50 0002 0123 1234 5678 9015 4",
        "snake_case_name", "camelCaseName", "parse()", "--dry-run", "Ctrl+Shift+P", "9f86d081884c7d65",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "std::vector", "com.example.app.Main",
    ],
    Kind.PHONE: ["+44 (0)20 7946 0018", "+351 912 345 678", "(555) 010-4477", "21 123 45 67", "1-800-555-0199"],
}  # fmt: skip
# Stand beside a word.
POINTS = {
    Kind.SIGN: ["😆", "👩🏽‍💻", "🇵🇹", "❤️", ":)", "<3", "1️⃣", "™", "👨‍👩‍👧‍👦"],
    Kind.LINK: ["[^1]"],
    Kind.TAG: ["<wbr>", "<img src='a.png'/>"],
}
# Stand around words.
PAIRS = {
    Kind.TAG: [
        ("<b>", "</b>"), ('<a href="/help?a=1">', "</a>"), ("<i class='x'>", "</i>"),
        ('<span style="color:%2$s;">', "</span>"),
    ],
    Kind.EMPHASIS: [("**", "**"), ("*", "*"), ("_", "_"), ("~~", "~~"), ("__", "__")],
    Kind.LINK: [("[", "](https://example.com/a)"), ("[", "][ref]"), ("[", '](img/a_b.png "Title")')],
    Kind.FORMULA: [("\\textbf{", "}"), ("\\emph{", "}")],
}  # fmt: skip
# A model reads these as they are, or keeps them as they are.
SCRIPTS = ["شكرا", "禁烟", "Привет", "שלום", "α", "日本語", "Łódź"]
# As English writes them and as Portuguese does.
AMOUNTS = [
    ("$1,234,567.89", "1.234.567,89 $"), ("€998,000", "998.000 €"), ("3.4%", "3,4%"), ("£2.50", "2,50 £"),
    ("1,234", "1.234"), ("0.5", "0,5"), ("2024", "2024"), ("12/05/2024", "12/05/2024"), ("14:05", "14:05"),
    ("17", "17"), ("2.75 kg", "2,75 kg"),
]  # fmt: skip

SENTENCES = {
    "en": [
        "{} came before {} in the old list.",
        "Please read the {} letter before the {} meeting starts.",
        "The committee sent {} to the old office and kept {} in the {} archive.",
        "We found {} under the bridge last winter.",
        "She told me that {} was better than {} for this work.",
        "Nobody in the village had seen {} before the storm.",
        "If you cannot find {}, ask the librarian about {} and {}.",
        "Open the window, then use {} and wait for {} to end, or call {}.",
        "The children painted {} on the wall of the school.",
        "After lunch the engineer replaced {} with {} again.",
        "I think that {} is the reason why the train was late.",
    ],
    "pt": [
        "{} veio antes de {} na lista antiga.",
        "Leia a carta {} antes de começar a reunião {}.",
        "A comissão enviou {} para o escritório antigo e guardou {} no arquivo {}.",
        "Encontrámos {} debaixo da ponte no inverno passado.",
        "Ela disse-me que {} era melhor do que {} para este trabalho.",
        "Ninguém na aldeia tinha visto {} antes da tempestade.",
        "Se não encontrar {}, pergunte ao bibliotecário por {} e por {}.",
        "Abra a janela, depois use {} e espere que {} termine, ou chame {}.",
        "As crianças pintaram {} na parede da escola.",
        "Depois do almoço o engenheiro trocou {} por {} outra vez.",
        "Acho que {} é a razão pela qual o comboio se atrasou.",
    ],
}
NOUNS = {"en": ["letter", "old map", "window", "blue lamp"], "pt": ["carta", "mapa antigo", "janela", "lâmpada azul"]}


@dataclass(frozen=True, slots=True)
class Placed:
    """An element at [start, end) of a sentence, and what of it must come back, each as often as there."""

    start: int
    end: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A sentence with its elements."""

    text: str
    elements: tuple[Placed, ...]

    def lost(self, output: str) -> list[Placed]:
        """What is not in `output` byte for byte, numbers in the target's notation."""
        wanted = Counter(part for element in self.elements for part in element.parts)
        missing = {part for part, count in wanted.items() if output.count(part) < count}
        return [element for element in self.elements if missing.intersection(element.parts)]

    def doubled(self, output: str) -> list[str]:
        """What is more often in `output` than here."""
        parts = {part for element in self.elements for part in element.parts if len(part) > 2 and part in self.text}
        return sorted(part for part in parts if output.count(part) > self.text.count(part))


def made(language: str, seed: int) -> Made:
    """A sentence with one to four elements of any kinds at random places, the same for the same seed."""
    draw = random.Random(seed)
    pieces = draw.choice(SENTENCES[language]).split("{}")
    text, elements = pieces[0], []
    for number, piece in enumerate(pieces[1:]):
        shown, parts = _element(language, draw) if not number or draw.random() < 0.7 else (_noun(language, draw), ())
        if parts:
            elements.append(Placed(len(text), len(text) + len(shown), parts))
        text += shown + piece
    if draw.random() < 0.3:
        sign = draw.choice(POINTS[Kind.SIGN])
        elements.append(Placed(len(text) + 1, len(text) + 1 + len(sign), (sign,)))
        text += f" {sign}"
    return Made(text, tuple(elements))


def _element(language: str, draw: random.Random) -> tuple[str, tuple[str, ...]]:
    kind = draw.choice([*HOLES, *PAIRS, "script", "amount", "amount", "nested", "filled"])
    if kind == "nested":
        (opens, closes), (begins, ends) = draw.sample([("<b>", "</b>"), ("[", "](http://e.org/a)"), ("**", "**")], 2)
        return f"{opens}{begins}{_noun(language, draw)}{ends}{closes}", (opens + begins, ends + closes)
    if kind == "filled":
        opens, closes = draw.choice(PAIRS[Kind.TAG])
        inside = draw.choice([*HOLES[Kind.CODE], *HOLES[Kind.PLACEHOLDER][:6]])
        return f"{opens}{_noun(language, draw)} {inside}{closes}", (opens, inside, closes)
    if kind == "script":
        shown = draw.choice(SCRIPTS)
        return shown, (shown,)
    if kind == "amount":
        one, other = draw.choice(AMOUNTS)
        ours, theirs = (one, other) if language == "en" else (other, one)
        return ours, (re.sub(r"[^\d.,:/]", "", theirs),)
    if kind in PAIRS and (kind not in HOLES or draw.random() < 0.5):
        opens, closes = draw.choice(PAIRS[kind])
        return opens + _noun(language, draw) + closes, (opens, closes)
    shown = draw.choice(HOLES[kind])
    return shown, (shown,)


def _noun(language: str, draw: random.Random) -> str:
    return draw.choice(NOUNS[language])
