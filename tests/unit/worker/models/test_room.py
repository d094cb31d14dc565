"""The least recently used goes first, pinned models stay, and nobody goes without need."""

from hypothesis import given
from hypothesis import strategies as st

from worker.models.room import Room


def room(*sizes, budget=100, pinned=()):
    made = Room(budget)
    for name, size in zip("abcdef", sizes, strict=False):
        made.enter(name, size)
        made.use(name, pinned=name in pinned)
    return made


def test_nobody_goes_while_there_is_room():
    assert room(40, 30).leavers(30) == []
    assert room(40, 30).has(30)


def test_the_least_recently_used_goes_first_and_no_more_than_needed():
    made = room(40, 30, 30)
    made.use("a", pinned=False)
    assert made.leavers(30) == ["b"]
    assert made.leavers(31) == ["b", "c"]


def test_pinned_ones_stay():
    assert room(40, 30, 30, pinned="ab").leavers(50) == ["c"]


def test_a_model_larger_than_the_room_has_all_others_go():
    assert room(40, 30).leavers(1000) == ["a", "b"]
    assert not room(40, 30).has(1000)


def test_what_has_left_takes_no_room():
    made = room(40, 60)
    made.leave("b")
    assert made.has(60)
    assert list(made.names) == ["a"]


@given(st.lists(st.integers(1, 60), max_size=6), st.sets(st.sampled_from("abcdef")), st.integers(0, 200))
def test_leavers_suffice_unless_the_pinned_ones_leave_too_little(sizes, pinned, wanted):
    made = room(*sizes, pinned=pinned)
    taken = dict(zip("abcdef", sizes, strict=False))
    going = made.leavers(wanted)
    assert not pinned.intersection(going)
    left = sum(taken.values()) - sum(taken[name] for name in going)
    stay = sum(size for name, size in taken.items() if name in pinned)
    assert left + wanted <= 100 or left == stay
