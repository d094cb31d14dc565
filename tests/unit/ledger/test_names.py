"""Which characters no name may hold, and how such a name is shown all the same."""

import pytest

from ledger.errors import InvalidRequestError
from ledger.names import BIDI_CONTROLS, check, fault, holds_controls, plain
from webui.intake.names import shown, unsafe

STEERING = [*sorted(BIDI_CONTROLS), "\x00", "\x1b", "\x7f", "\x9b", "\n", "\u2028", "\u2029", "\ud800"]


@pytest.mark.parametrize("character", STEERING, ids=[f"U+{ord(one):04X}" for one in STEERING])
def test_a_character_that_steers_is_refused_by_its_number_and_shown_as_another(character):
    name = f"gpj{character}.txt"
    assert holds_controls(name)
    assert f"Character 4 is U+{ord(character):04X}, " in str(fault(name))
    assert unsafe(name) is not None
    assert plain(name) == shown(name) == "gpj\ufffd.txt"
    with pytest.raises(InvalidRequestError, match=r"^Time zone: Character 4 ") as refused:
        check(cron="* * * * *", time_zone=name)
    assert refused.value.pointer == "/time_zone"


def test_every_mark_of_direction_that_unicode_has_is_one():
    named = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
    assert {ord(character) for character in BIDI_CONTROLS} == set(named)


@pytest.mark.parametrize("name", ["Briefe für João", "שלום.txt", "مرحبا", "名前", "👩\u200d🌾", "می\u200cخواهم", "a b"])
def test_a_name_in_any_script_stays_as_it_is(name):
    assert fault(name) is None
    assert plain(name) == name


def test_what_is_kept_is_kept():
    assert plain("a\tb\nc\x1b", kept="\n\t") == "a\tb\nc\ufffd"
