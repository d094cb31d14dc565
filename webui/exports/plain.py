"""Strings that came with a model, made harmless where people and tools read them. Imports the ledger's names."""

from urllib.parse import quote

from ledger.names import plain

BREAKS = ("\r\n", "\r", "\f")
KEPT = "\n\t"
RESERVED = ":/?#[]@!$&'()*+,;=%"


def line(value: object) -> str:
    """The value on one line; what would break or steer it becomes U+FFFD."""
    return plain(str(value))


def block(text: str) -> str:
    """A text whose only control characters are line feeds and tabs; other ends of lines and pages become the first."""
    for ending in BREAKS:
        text = text.replace(ending, "\n")
    return plain(text, kept=KEPT)


def addresses(text: str) -> list[str]:
    """The web addresses among the words of a text, escaped where they must be."""
    return [quote(line(word), safe=RESERVED) for word in text.split() if word.startswith(("https://", "http://"))]
