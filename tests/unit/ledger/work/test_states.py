"""The state table itself: what it allows, and that the documents and constraints say the same."""

import ast
from itertools import product
from pathlib import Path

import pytest

from ledger.work.states import HOLDER_EVENTS, TABLE, TERMINAL, Event, State, mermaid, sources, target

ROOT = Path(__file__).parents[4]


def test_nothing_leaves_a_terminal_state():
    assert not [pair for pair in TABLE if pair[0] in TERMINAL]


def test_every_event_leads_to_exactly_one_state():
    for event in Event:
        assert len({goal for (_, known), goal in TABLE.items() if known is event}) == 1


def test_every_state_but_a_terminal_one_can_be_left_and_every_state_can_be_reached():
    reached = set(TABLE.values())
    for state in State:
        assert state in reached
        assert (state in TERMINAL) == (not [pair for pair in TABLE if pair[0] is state])


def test_everything_that_has_not_ended_can_be_cancelled():
    assert set(sources(Event.CANCEL)) == set(State) - TERMINAL


def test_only_the_holder_of_a_lease_ends_it_except_by_cancelling():
    leaving = {event for (state, event) in TABLE if state is State.RUNNING}
    assert leaving - {Event.CANCEL} == HOLDER_EVENTS


def test_the_picture_in_the_documentation_is_the_table():
    assert mermaid() in (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_sources_and_target_say_what_the_table_says(state: State, event: Event):
    allowed = state in sources(event)
    assert allowed == ((state, event) in TABLE)
    if allowed:
        assert TABLE[state, event] is target(event)


def test_only_the_ledger_of_moves_and_the_first_insert_write_a_state():
    files = [path for folder in ("ledger", "worker", "webui", "corpusmill") for path in (ROOT / folder).rglob("*.py")]
    writing = [path for path in files if _writes_state(ast.parse(path.read_text(encoding="utf-8")))]
    writers = sorted(path.relative_to(ROOT).as_posix() for path in writing)
    assert writers == ["ledger/work/advance.py", "ledger/work/jobs/written.py", "ledger/work/moves.py"]


def _writes_state(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.Dict) and any(isinstance(k, ast.Constant) and k.value == "state" for k in node.keys):
            return True
        if isinstance(node, ast.Call) and any(keyword.arg == "state" for keyword in node.keywords):
            return True
    return False
