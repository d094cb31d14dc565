"""Continuations end at end ids, stops, their limit and the window, whichever comes first."""

import pytest

from pipelines.engine.budget import Budget
from pipelines.engine.causal.endings import Endings
from pipelines.engine.causal.engine import resident
from pipelines.engine.causal.prompt import Completion, Prompt
from pipelines.engine.causal.sequence import Sequence
from pipelines.errors import InputError, ModelError
from tests.unit.pipelines.engine.causal.architectures import (
    END,
    ENDS,
    PAD,
    POSITIONS,
    build,
    engine,
    letters,
    never,
    rows,
)

WORDS = {1: "Hel", 2: "lo ", 3: "wor", 4: "ld", 5: "\n\nQ", 6: ":", 7: "", 8: "\n"}


def spoken(ids):
    return "".join(WORDS[token] for token in ids)


def fed(tokens, stops, limit=50, written=spoken):
    """What a sequence comes to, and after how many of the tokens it would produce."""
    endings = Endings({0}, written)
    sequence = Sequence(0, 0, Prompt((9,), limit, stops=stops), limit)
    for count, token in enumerate(tokens, 1):
        sequence.produced.append(token)
        found = endings.after(sequence)
        if found is not None:
            return found, count
    return None, len(tokens)


def test_a_row_ends_at_the_token_that_completes_a_stop_and_before_it():
    assert fed([1, 2, 3, 4, 5, 6], ("\n\nQ:",)) == (Completion([1, 2, 3, 4], False, text="Hello world"), 6)


def test_a_stop_may_begin_and_end_within_tokens():
    assert fed([1, 2, 3, 4, 5], ("o wo",)) == (Completion([1], False, text="Hell"), 3)
    assert fed([1, 2, 3, 4, 5], ("d\n",)) == (Completion([1, 2, 3], False, text="Hello worl"), 5)


def test_the_first_of_several_stops_counts():
    assert fed([1, 2, 3, 4], ("world", "lo w", "zz")) == (Completion([1], False, text="Hel"), 3)


def test_a_stop_at_the_start_leaves_nothing():
    assert fed([1, 2], ("He",)) == (Completion([], False, text=""), 1)


def test_tokens_without_text_hide_no_stop():
    tokens = [5, *[7] * 100, 6]
    assert fed(tokens, ("Q:",), limit=500) == (Completion([], False, text="\n\n"), 102)


def test_a_text_that_comes_to_no_stop_is_there_whole():
    assert fed([1, 2, 0], ("x",)) == (Completion([1, 2], False, text="Hello "), 3)
    assert fed([1, 2, 3], ("x",), limit=3) == (Completion([1, 2, 3], True, text="Hello wor"), 3)
    assert fed([1, 2, 0], ()) == (Completion([1, 2], False), 3)


def test_what_only_the_tail_reads_as_a_stop_ends_nothing():
    def stripped(ids):
        """As tokenizers do that drop the space with which a text begins: here the tail alone begins so."""
        return spoken(ids) if len(ids) > 20 else "END" + spoken(ids)

    assert fed([1] * 30, ("END",), written=stripped)[1] < 20
    assert fed([1] * 30, ("ENDx",), written=stripped) == (None, 30)


def test_only_the_tail_of_a_long_text_is_read():
    read = []

    def written(ids):
        read.append(len(ids))
        return spoken(ids)

    fed([1] * 400, ("\n\nQ:",), limit=500, written=written)
    assert max(read) < 20


def test_texts_are_cut_in_the_model_as_by_hand():
    model = build("gpt2", 1)
    plain = engine(model).run(rows(2, most_new=40), never)
    stops = ("ga", "cc", "ebb")
    cut = engine(build("gpt2", 1)).run(rows(2, most_new=40, stops=stops), never)
    shortened = 0
    for (whole,), (short,) in zip(plain, cut, strict=True):
        text = letters(whole.ids)
        places = [place for place in map(text.find, stops) if place >= 0]
        assert short.text == text[: min(places, default=len(text))]
        assert letters(short.ids) == short.text[: len(short.text) // 2 * 2]
        assert short.truncated == (whole.truncated and not places)
        shortened += bool(places)
    assert 2 < shortened < 10


@pytest.mark.parametrize("name", ["gpt2", "opt", "gptj", "llama", "phi3-long"])
def test_a_row_at_the_edge_of_the_window_ends_there(name):
    model = build(name, 0)
    model.generation_config.eos_token_id = END
    longest = 100 if name == "phi3-long" else POSITIONS
    room = {length: longest - length for length in (longest - 1, longest - 4, longest - 30)}
    prompts = rows(1, lengths=[*room, longest, longest + 9], most_new=25)
    *fitting, full, over = engine(model).run(prompts, never)
    for (found,), left in zip(fitting, room.values(), strict=True):
        assert len(found.ids) == min(left, 25) or not found.truncated
    assert max(len(found.ids) for (found,) in fitting) > 4
    for refused, length in ((full, longest), (over, longest + 9)):
        assert isinstance(refused, InputError)
        assert refused.code == "prompt_too_long"
        assert f"{length} tokens" in refused.message
        assert str(longest) in refused.message


def test_a_prompt_without_tokens_is_refused_by_name():
    (refused,) = engine(build("gpt2", 0)).run([Prompt((), 5)], never)
    assert isinstance(refused, InputError)
    assert refused.code == "empty_prompt"


def test_a_checkpoint_ends_texts_with_each_of_its_ids_or_with_the_tokenizers():
    model = build("gpt2", 1)
    found = [answer[0].ids for answer in engine(model).run(rows(0), never)]
    assert not any(token in ENDS for ids in found for token in ids)
    model = build("gpt2", 1)
    model.generation_config.eos_token_id = None
    longer = [answer[0].ids for answer in resident(model, END, letters, Budget("cpu")).run(rows(0), never)]
    assert any(token in ENDS for ids in longer for token in ids)
    assert not any(token == END for ids in longer for token in ids)


def test_ids_that_a_checkpoint_suppresses_never_come():
    model = build("llama", 1)
    model.generation_config.update(suppress_tokens=list(range(40, 90)), bad_words_ids=[[39]])
    found = engine(model).run([*rows(0), *rows(0, temperature=1.5)], never)
    tokens = {token for answer in found for token in answer[0].ids}
    assert max(tokens) < 39


@pytest.mark.parametrize(
    ("setting", "value"), [("no_repeat_ngram_size", 3), ("min_length", 9), ("guidance_scale", 2.0)]
)
def test_settings_that_no_prompt_can_say_are_refused_by_name(setting, value):
    model = build("gpt2", 1)
    model.generation_config.update(**{setting: value})
    with pytest.raises(ModelError, match=setting):
        engine(model)


def test_settings_of_sampling_are_the_prompts_own():
    model = build("gpt2", 1)
    plain = engine(build("gpt2", 1)).run(rows(0), never)
    model.generation_config.update(do_sample=True, temperature=0.3, top_k=5, top_p=0.5, pad_token_id=PAD)
    assert engine(model).run(rows(0), never) == plain


def test_bad_words_of_several_tokens_and_unknown_families_are_refused():
    model = build("gpt2", 1)
    model.generation_config.bad_words_ids = [[3, 4]]
    with pytest.raises(ModelError, match="bad_words_ids"):
        engine(model)
    model = build("gpt2", 1)
    model.config.model_type = "bloom"
    with pytest.raises(ModelError, match="bloom"):
        engine(model)
