"""What goes wrong is said, wherever in a document it is, and nothing is said where nothing is wrong."""

import pytest

from pipelines.tasks.translation.parameters import OnFault
from pipelines.text.flags import FlagCode
from tests.unit.pipelines.scribe import Scribe, backwards

PLURAL = "You have {n, plural, one {one very important message here} other {many important messages}} today."
FIRST, SECOND = (PLURAL.index("one very"), PLURAL.index("many"))


def looping(text):
    """A model that goes round in a loop where something is important."""
    return " la" * 60 if "important" in text else backwards(text)


def stand_ins_only(text):
    return " ".join(word for word in text.split() if "/" in word or word.startswith("XZ"))


def in_another_order(text):
    """Stand-ins last to first, each among the words where another was."""
    words = text.split()
    found = [word for word in words if "/" in word]
    return " ".join(found.pop() if "/" in word else backwards(word) for word in words)


def test_texts_inside_a_message_are_translated():
    outcome = Scribe()(PLURAL)
    assert outcome.output["text"] == (
        "Uoy evah {n, plural, one {eno yrev tnatropmi egassem ereh} other {ynam tnatropmi segassem}} yadot."
    )
    assert outcome.flags == ()


def test_flags_of_texts_inside_a_message_stand_at_their_place():
    outcome = Scribe(looping)(PLURAL)
    assert "{one very important message here}" in outcome.output["text"]
    assert outcome.output["text"].startswith("Uoy evah {n, plural, one {")
    assert [(flag.code, flag.start) for flag in outcome.flags] == [
        (FlagCode.RUNAWAY, FIRST),
        (FlagCode.RUNAWAY, SECOND),
    ]


def test_a_message_that_is_all_of_a_document_has_its_flags_too():
    text = PLURAL[PLURAL.index("{") : PLURAL.rindex("}") + 1]
    outcome = Scribe(looping)(text)
    assert outcome.output["text"] == text
    assert [flag.code for flag in outcome.flags] == [FlagCode.RUNAWAY] * 2


def test_a_fault_inside_a_message_fails_its_document_where_the_job_asks_for_that():
    error = Scribe(looping)(PLURAL, on_fault=OnFault.FAIL).error
    assert error is not None
    assert error.code == "runaway_generation"
    assert str(FIRST) in str(error)
    assert "important" not in str(error)


def test_a_message_without_a_fault_does_not_fail():
    assert Scribe()(PLURAL, on_fault=OnFault.FAIL).error is None


@pytest.mark.parametrize("number", [1, 9, 10, 12, 25])
@pytest.mark.parametrize("write", [backwards, in_another_order])
def test_many_elements_are_no_reason_for_a_flag(write, number):
    names = [f"{{key_{name}}}" for name in "abcdefghijklmnopqrstuvwxyz"[:number]]
    text = "Open the old letters " + " and ".join(names) + " right now my friend."
    outcome = Scribe(write)(text)
    assert outcome.flags == ()
    assert sorted(name for name in names if outcome.output["text"].count(name) == 1) == names
    assert "x.y" not in outcome.output["text"]


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("Do not touch the fence.", lambda _: "?"),
        ("Press {key} to stop it now.", lambda _: "?"),
        ("Call {a} or {b} today.", lambda _: "?"),
        ("Press {key} to stop it now.", stand_ins_only),
        ("Call {a} or {b} today.", stand_ins_only),
    ],
)
def test_an_output_without_words_keeps_the_source_with_a_flag(text, write):
    outcome = Scribe(write)(text)
    assert outcome.output["text"] == text
    assert outcome.flags
    assert {flag.code for flag in outcome.flags} <= {
        FlagCode.LENGTH_UNUSUAL,
        FlagCode.UNTRANSLATED,
        FlagCode.ELEMENT_LOST,
        FlagCode.RUNAWAY,
        FlagCode.EMPTY,
    }


def test_each_sentence_without_words_has_its_own_flag():
    outcome = Scribe(lambda text: "" if "fence" in text else backwards(text))(
        "Come in now. Do not touch the fence. Sit."
    )
    assert outcome.output["text"] == "Emoc ni won. Do not touch the fence. Tis."
    assert [(flag.start, flag.end) for flag in outcome.flags] == [(13, 36)]
