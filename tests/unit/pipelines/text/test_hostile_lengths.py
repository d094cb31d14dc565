"""Finding the elements and sentences of a text costs what the text is long, whatever is in it.

Times are compared with each other and never with a clock: 4 times the text costs 4 times as much where the cost is
linear and 16 times where it is square.
"""

import time

import pytest

from pipelines.text.elements.finder import find
from pipelines.text.lines import blocks
from pipelines.text.views.masking import masked

DIGITS = "+" + "1" * 30 + "a"
HOSTILE = {
    "superscripts": lambda n: "x" + "²" * n,
    "primes": lambda n: "f" + "′" * n + " = ",
    "spaces after dashes": lambda n: "-- " + " " * n + "x",
    "spaces before bars": lambda n: "--" + " " * n + "|" * 5,
    "a line of spaces": lambda n: "a|\n" + " " * n + "\n{b}",
    "zeros of a format": lambda n: "%" + "0" * n,
    "fences that open": lambda n: "```a\n" * n,
    "fences of waves": lambda n: "~" * n,
    "phone numbers too long": lambda n: DIGITS * (n // 30 + 1),
    "closing tags of others": lambda n: "<a>" * n + "</b>" * n,
    "nested tags": lambda n: "<i> " * n + "</i> " * n,
    "plurals that open": lambda n: "{a,plural,=0{" * n,
    "an under-scored handle": lambda n: "@ " + "_" * n + "x",
    "tags with an open value": lambda n: '<a b="' * n,
    "comments that open": lambda n: "<!--" * n,
    "formulas that open": lambda n: "\\[" * n,
    "inline formulas that open": lambda n: "\\(" * n,
    "openings of many kinds": lambda n: "a_b*c`d[e](f<g" * n,
    "path": lambda n: "/a" * n,
    "domain": lambda n: "a." * n,
    "codes with dashes": lambda n: "A-1-" * n,
    "words with colons": lambda n: "a:b:" * n,
    "equations": lambda n: "x=x+x*" * n,
    "numbers with commas": lambda n: "1.1," * n,
    "emoji": lambda n: "😀 " * n,
    "hashes": lambda n: "a1" * n,
    "catalog lines": lambda n: 'msgid "' * n,
    "keys": lambda n: "a: b\n" * n,
    "broken JSON": lambda n: '[\n{"a":\n' * n,
    "base64": lambda n: "aB1+/=" * n,
    "a word with underscores": lambda n: "a_" * n,
    "links that open": lambda n: "[a](" * n,
    "pictures that open": lambda n: "![a](" * n,
    "emphasis that opens": lambda n: "*a " * n,
    "emphasis that closes": lambda n: "a* " * n,
    "versions": lambda n: "1.2.3-" * n,
    "groups of digits": lambda n: "12 345 67 " * n,
    "account numbers": lambda n: "AA11 1111 " * n,
    "formats that open": lambda n: "%(a" * n,
    "entities that do not end": lambda n: "&a" * n,
    "double braces": lambda n: "{{" * n + "a",
    "substitutions": lambda n: "$(" * n,
    "ordinals": lambda n: "5º " * n,
    **{f"only {sign}": lambda n, sign=sign: sign * n for sign in "<[(*${@_`#|“→"},
}
SHORTEST_SECONDS = 0.005
# What a pattern looks at from one place is bounded; shorter texts are within the bounds.
FEWEST_TIMES = 512
MOST_CHARACTERS = 100_000
MOST_RATIO = 8


def seconds(text: str) -> float:
    """The least processor time of three runs: what else the machine does only adds to it."""
    return min(once(text) for _ in range(3))


def once(text: str) -> float:
    began = time.process_time()
    blocks(masked(text, find(text)))
    return time.process_time() - began


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_a_hostile_text_costs_about_four_times_as_much(name):
    made = HOSTILE[name]
    size = FEWEST_TIMES
    while (shorter := seconds(made(size))) < SHORTEST_SECONDS and len(made(4 * size)) <= MOST_CHARACTERS:
        size *= 2
    if shorter >= SHORTEST_SECONDS:  # else a text of MOST_CHARACTERS / 4 costs nothing worth telling
        assert seconds(made(4 * size)) <= MOST_RATIO * shorter


@pytest.mark.parametrize(
    "made",
    [lambda n: "`a` x" + "²" * n, lambda n: "`a` f" + "′" * n + " = ", lambda n: "`a` x_{" + "²′" * (n // 2)],
    ids=["superscripts", "primes", "both in an index"],
)
def test_a_run_of_small_signs_costs_no_more_with_each_sign(made):
    """Where each sign doubles the cost the first steps tell, so that a failure ends too."""
    first = max(seconds(made(20)), 1e-4)
    for length in range(22, 42, 2):
        assert seconds(made(length)) <= MOST_RATIO * first
