"""Each kind of mutant is what its name says, the list of equivalent ones is true, and the tests of a line are found."""

import ast
from pathlib import Path

import pytest

from tests.mutation.mutants import equivalents, of_file
from tests.mutation.reach import Reach

ROOT = Path(__file__).parents[3]
KINDS = [
    ("a < b", {("comparison flipped", "(a >= b)"), ("boundary", "(a <= b)")}),
    ("a == b", {("comparison flipped", "(a != b)")}),
    ("a is not None", {("comparison flipped", "(a is None)")}),
    ("a in b", {("comparison flipped", "(a not in b)")}),
    ("a and b and c", {("and/or", "((a) or (b) or (c))")}),
    ("not a", {("not dropped", "(a)")}),
    ("a if b else c", {("condition negated", "(not (b))")}),
    ("a + b", {("arithmetic", "(a - b)")}),
    ("a * b", {("arithmetic", "(a / b)")}),
    ("f(a, b)", {("arguments swapped", "f(b, a)"), ("call dropped", "pass")}),
    ("q.where(a(), b())", {("condition dropped", "q.where(a())"), ("condition dropped", "q.where(b())")}),
    ("x = 60", {("constant", "61")}),
    ("x = 2.5", {("constant", "5.0")}),
    ("x = True", {("constant", "False")}),
    ("def f():\n    '''What.'''\n    return a", {("early return", "return None")}),
    ("def f(a=1): pass", {("constant", "2")}),
]
LEFT_ALONE = ["log.info('a', b=1)", "'''A docstring.'''", "x: 'a < b'", "f'{a} {1 + 2}'", "isinstance(a, b) or c()"]


@pytest.mark.parametrize(("source", "made"), KINDS, ids=[source for source, _ in KINDS])
def test_each_kind_is_what_its_name_says(source, made):
    mutants = list(of_file("a.py", source.encode()))
    assert made <= {(mutant.kind, mutant.after) for mutant in mutants}
    for mutant in mutants:
        ast.parse(mutant.applied(source.encode()))


def test_what_nobody_promised_is_left_alone():
    assert [list(of_file("a.py", source.encode())) for source in LEFT_ALONE[:4]] == [[]] * 4
    assert {mutant.kind for mutant in of_file("a.py", LEFT_ALONE[4].encode())} == {"and/or"}


def test_a_change_is_made_where_it_was_found_in_a_file_of_any_letters():
    source = "é = 'ü'; x = a < b\n".encode()
    made = {mutant.applied(source).decode() for mutant in of_file("a.py", source)}
    assert made == {"é = 'ü'; x = (a >= b)\n", "é = 'ü'; x = (a <= b)\n"}


def test_every_mutant_that_is_known_to_be_equivalent_is_one_of_the_product():
    for row in equivalents():
        mutants = of_file(row["path"], (ROOT / row["path"]).read_bytes())
        wanted = tuple(row[name] for name in ("text", "before", "after"))
        assert wanted in {(mutant.text, mutant.before, mutant.after) for mutant in mutants}, row
        assert row["reason"]


def test_the_tests_of_a_line_are_those_that_reach_it_quick_ones_on_sqlite_first_within_the_budget():
    lines = {2: ["t[postgres]", "t[sqlite]", "slow", "unmeasured"], 3: ["other"]}
    reach = Reach({"a.py": lines}, {"t[postgres]": 0.1, "t[sqlite]": 0.2, "slow": 9.0, "other": 1.0})
    within = next(mutant for mutant in of_file("a.py", b"def f():\n    return a < b\n") if mutant.line == 2)
    assert reach.of(within, 100) == ["t[sqlite]", "slow", "t[postgres]"]
    assert reach.of(within, 1) == ["t[sqlite]"]
    assert reach.of(within, 0) == ["t[sqlite]"]
    at_import = next(of_file("a.py", b"X = 1\n"))
    assert at_import.static
    assert reach.of(at_import, 100) == ["t[sqlite]", "other", "slow", "t[postgres]"]


def test_what_is_measured_later_is_added():
    joined = Reach({"a.py": {1: ["x"]}}, {"x": 1.0}).joined(Reach({"a.py": {1: ["y"], 2: ["y"]}}, {"x": 3.0, "y": 2.0}))
    assert joined.tests == {"a.py": {1: ["x", "y"], 2: ["y"]}}
    assert joined.seconds == {"x": 3.0, "y": 2.0}
