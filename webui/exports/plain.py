"""Strings that came with a model, made harmless where people and tools read them. Imports names."""

from urllib.parse import quote

from webui.intake.names import holds_controls

BREAKS = ("\r\n", "\r", "\f")
KEPT = frozenset("\n\t")
RESERVED = ":/?#[]@!$&'()*+,;=%"


def line(value: object) -> str:
    """The value on one line; what would break or steer it becomes U+FFFD."""
    return "".join("\ufffd" if holds_controls(character) else character for character in str(value))


def block(text: str) -> str:
    """A text whose only control characters are line feeds and tabs; other ends of lines and pages become the first."""
    for ending in BREAKS:
        text = text.replace(ending, "\n")
    return "".join(character if character in KEPT else line(character) for character in text)


def addresses(text: str) -> list[str]:
    """The web addresses among the words of a text, escaped where they must be."""
    return [quote(line(word), safe=RESERVED) for word in text.split() if word.startswith(("https://", "http://"))]
