"""Short texts at which a tokenizer that is made to hang does so. Imports the standard library only.

An expression such as `(a|aa)+$` takes time that grows with a power of a text's length where the text is a long run of
what the expression repeats, and then something else. So every sign that a tokenizer's expressions name is run, alone
and with each other, beside signs of all kinds.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

RUN = 64
"""Signs of a run: an expression whose time doubles with each takes for ever, an honest one microseconds."""
USUAL = "aA0 .-_\n\té中"
MOST_SIGNS = 24
END = "!\x00"


def probes(tokenizer_json: str) -> Iterator[str]:
    """Texts for the tokenizer whose file holds `tokenizer_json` ("" for one without expressions)."""
    named = _signs(json.loads(tokenizer_json)) if tokenizer_json else []
    alone = dict.fromkeys([*USUAL, *named])
    pairs = ["".join(pair) for pair in product(named, repeat=2)]
    for unit in [*alone, *pairs]:
        for end in END:
            yield unit * (RUN // len(unit)) + end
    yield "".join(named) * 4 + END


def _signs(value: Any) -> list[str]:
    """Letters, digits and signs that stand for themselves in the file's expressions, the first so many."""
    found: dict[str, None] = {}
    waiting = [value]
    while waiting and len(found) < MOST_SIGNS:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [part for key, part in one.items() if key not in ("Regex", "vocab", "merges")]
            if isinstance(one.get("Regex"), str):
                found |= dict.fromkeys(re.sub(r"\\[pP]\{.*?\}|\\.|[()|+*?\[\]{}^$:]", "", one["Regex"]))
        elif isinstance(one, list):
            waiting += one
    return list(found)[:MOST_SIGNS]
