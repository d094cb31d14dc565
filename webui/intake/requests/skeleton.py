"""JSON too large to parse blindly: what it would cost is told first. Imports pydantic's parser.

Python's own takes 120 bytes for each escape in a string, and a wide copy of the whole for one wide letter.
"""

import re
from typing import Any

from pydantic_core import from_json

STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
"""Possessive, or the expression keeps a hundred bytes for each escape in order to go back to it."""

PARTS = (b"[", b"{", b",")
ESCAPED = 6
"""Bytes of \\u0041, which may be one byte of text."""


class TooManyPartsError(Exception):
    """The JSON has more values than are asked for."""


def parse(raw: bytes, most_parts: int) -> Any:
    """The value of `raw`. Raises TooManyPartsError and ValueError."""
    skeleton = STRINGS.sub(b"", raw)
    if sum(skeleton.count(part) for part in PARTS) > most_parts:
        raise TooManyPartsError
    return from_json(raw, allow_inf_nan=False, cache_strings="none")


def keys(raw: bytes) -> int:
    """How many keys the JSON `raw` has, in all its objects."""
    return STRINGS.sub(b"", raw).count(b":")


def least_bytes(raw: bytes) -> int:
    """The fewest bytes of UTF-8 that the JSON `raw` can hold as text, were each escape the shortest letter."""
    unicodes = raw.count(b"\\u")
    return len(raw) - (ESCAPED - 1) * unicodes - max(raw.count(b"\\") - unicodes, 0)
