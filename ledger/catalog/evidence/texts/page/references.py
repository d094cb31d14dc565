"""Character references of HTML, resolved. Imports the standard library only."""

import html
import re

ZEROS = re.compile(r"&#([xX]?)0+(?=[0-9a-fA-F])")
ENDLESS = re.compile(r"&#(?=[xX]?[0-9a-fA-F]{9})")
"""No sign has so large a number, and Python reads no number of thousands of digits."""


def resolved(text: str) -> str:
    """`text` with the signs that are meant; a number that is no sign's stays there as a word."""
    return html.unescape(ENDLESS.sub("", ZEROS.sub(r"&#\1", text)))
