"""A download of lines that breaks off goes on behind the last whole line, and gives each line once."""

import json

import pytest

from corpusmill.output import Refusal, Unreachable
from corpusmill.transfer import resuming
from corpusmill.transfer.resuming import unbroken

LINES = [json.dumps({"position": n, "text": "é" * n}, ensure_ascii=False).encode() + b"\n" for n in range(6)]
WHOLE = b"".join(LINES)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(resuming, "growing_pauses", lambda: iter([0] * 99))


class Breaking:
    """Serves LINES and breaks off after so many bytes each time, then not at all."""

    def __init__(self, *breaks: int, size: int = 7) -> None:
        self.breaks = list(breaks)
        self.size = size
        self.asked: list[int | None] = []

    def __call__(self, behind: int | None):
        self.asked.append(behind)
        body = b"".join(LINES if behind is None else LINES[behind + 1 :])
        end = self.breaks.pop(0) if self.breaks else None
        for start in range(0, len(body[:end]), self.size):
            yield body[:end][start : start + self.size]
        if end is not None:
            raise Unreachable("gone")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("end", range(len(LINES[0]), len(WHOLE)))
def test_it_is_whole_wherever_it_breaks_off(end, size):
    fetch = Breaking(end, size=size)
    assert b"".join(unbroken(fetch, patience_seconds=60)) == WHOLE
    assert len(fetch.asked) == 2
    assert fetch.asked[1] == WHOLE[:end].count(b"\n") - 1


def test_it_may_break_off_often():
    fetch = Breaking(40, 0, 30, 1)
    assert b"".join(unbroken(fetch, patience_seconds=60)) == WHOLE
    assert len(fetch.asked) == 5


def test_one_that_never_began_is_not_asked_for_again():
    fetch = Breaking(0)
    with pytest.raises(Unreachable):
        list(unbroken(fetch, patience_seconds=60))
    assert fetch.asked == [None]


def test_patience_ends():
    fetch = Breaking(40, 0)
    with pytest.raises(Unreachable):
        list(unbroken(fetch, patience_seconds=-1))
    assert fetch.asked == [None]


def test_lines_without_a_position_are_not_given_twice():
    def fetch(behind):
        assert behind is None
        yield b'{"text": "a"}\n'
        raise Unreachable("gone")

    with pytest.raises(Unreachable):
        list(unbroken(fetch, patience_seconds=60))


def test_a_refusal_on_the_way_is_raised():
    def fetch(behind):
        yield LINES[0]
        raise Unreachable("gone") if behind is None else Refusal("No job has the id x.")

    with pytest.raises(Refusal, match="No job"):
        list(unbroken(fetch, patience_seconds=60))


@pytest.mark.parametrize("line", [b"<html>\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_line_of_ours_is_told(line):
    with pytest.raises(Refusal, match="no result"):
        list(unbroken(lambda _: [line], patience_seconds=60))


def test_a_line_that_is_no_object_tells_no_position():
    assert list(unbroken(lambda _: [b"[1]\n"], patience_seconds=60)) == [b"[1]\n"]
