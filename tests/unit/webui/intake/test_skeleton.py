"""What JSON would cost is told before it is parsed."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.intake.requests.skeleton import TooManyPartsError, keys, least_bytes, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(2**60), 2**60), lambda v: st.lists(v) | st.dictionaries(TEXTS, v)
)


@given(VALUES, st.booleans())
def test_it_reads_as_pythons_own_parser_does(value, ascii_):
    raw = json.dumps(value, ensure_ascii=ascii_).encode()
    assert parse(raw, 10**9) == json.loads(raw)


@given(st.dictionaries(TEXTS, TEXTS))
def test_keys_and_parts_are_counted_outside_of_strings(value):
    raw = json.dumps(value).encode()
    assert keys(raw) == len(value)
    parse(raw, max(len(value), 1))
    if value:
        with pytest.raises(TooManyPartsError):
            parse(raw, len(value) - 1)


@given(TEXTS, st.booleans())
def test_the_least_bytes_are_never_more_than_the_text_has(text, ascii_):
    assert least_bytes(json.dumps(text, ensure_ascii=ascii_).encode()) <= len(text.encode()) + 2


def test_escapes_cost_no_more_than_their_bytes():
    raw = b'"' + b"\\u0041" * 200_000 + b'"'
    tracemalloc.start()
    assert parse(raw, 10) == "A" * 200_000
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2 * len(raw)
