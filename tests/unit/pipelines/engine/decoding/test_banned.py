"""What a row must not produce it does not produce; its neighbours and rows without bans notice nothing."""

import pytest
import torch

from pipelines.engine.decoding.generated import TokenizerFacts
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.ssru.configuration import SsruMarianConfig
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration
from tests.unit.pipelines.engine.decoding.architectures import ENDS, FACTS, VOCABULARY, build, rows

LIMIT = 24
COUNT = 6
# Never chosen by any of the models, so that a ban on them is one on nothing.
SUPPRESSED = (40, 41)
SETTINGS = {
    "greedy": {"suppress_tokens": [*SUPPRESSED]},
    "greedy, rules": {"suppress_tokens": [*SUPPRESSED], "no_repeat_ngram_size": 2, "repetition_penalty": 1.2},
    "4 beams": {"suppress_tokens": [*SUPPRESSED], "num_beams": 4, "early_stopping": True, "no_repeat_ngram_size": 3},
}


def student(seed, *, with_shortlist):
    torch.manual_seed(seed)
    sizes = {"vocab_size": VOCABULARY, "d_model": 16, "attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}
    listed = {"shortlist_entries": 4 * VOCABULARY, "shortlist_common": 20} if with_shortlist else {}
    model = SsruMarianForConditionalGeneration(SsruMarianConfig(**sizes, ffn_dim=24, init_std=0.4, **listed)).eval()
    model.generation_config.update(decoder_start_token_id=0, eos_token_id=2, pad_token_id=1)
    if with_shortlist:
        model.shortlist.offsets[1:] = torch.arange(4, 4 * VOCABULARY + 4, 4)
        model.shortlist.ids[:] = torch.randint(20, VOCABULARY, (4 * VOCABULARY,))
    return model


def model_of(name):
    if name == "student":
        return student(1, with_shortlist=False), TokenizerFacts(2, 1)
    if name == "student with a shortlist":
        return student(1, with_shortlist=True), TokenizerFacts(2, 1)
    return build(name, 1), FACTS


@pytest.fixture(params=["student", "student with a shortlist", "marian", "t5"], scope="module")
def name(request):
    return request.param


def ready(name, settings):
    """A generator and what it is called with."""
    model, facts = model_of(name)
    model.generation_config.update(**SETTINGS[settings])
    return generator(model, facts), (*rows(5, COUNT), [LIMIT] * COUNT, [None] * COUNT)


@pytest.fixture(params=SETTINGS, scope="module")
def decode(request, name):
    """A function from bans, and the numbers of the rows, to what these become."""
    generate, (ids, mask, limits, firsts) = ready(name, request.param)

    def run(bans, order=range(COUNT)):
        chosen = torch.tensor(list(order))
        return generate(ids[chosen], mask[chosen], limits[: len(chosen)], firsts[: len(chosen)], bans)

    return run


def most_used(answers):
    """For each row the ids it holds, without those that end a text."""
    return [tuple(sorted(set(answer.ids) - set(ENDS))) for answer in answers]


def test_no_banned_id_comes_out(decode):
    bans = most_used(decode(None))
    assert sum(map(bool, bans)) > COUNT / 2
    again = decode(bans)
    assert [set(answer.ids) & set(ban) for answer, ban in zip(again, bans, strict=True)] == [set()] * COUNT
    assert any(answer.ids for answer in again)


@pytest.mark.parametrize("name", ["student", "t5"])
def test_a_ban_on_what_beams_would_not_have_chosen_changes_nothing(name):
    generate, wanted = ready(name, "4 beams")
    assert generate(*wanted, [SUPPRESSED] * COUNT) == generate(*wanted)


@pytest.mark.parametrize("settings", ["greedy", "greedy, rules"])
def test_a_greedy_row_may_be_denied_all_that_it_does_not_write(name, settings):
    generate, wanted = ready(name, settings)
    plain = generate(*wanted)
    never = [tuple(sorted({*range(VOCABULARY)} - {*answer.ids, *ENDS})) for answer in plain]
    assert generate(*wanted, never) == plain


def test_a_row_without_a_ban_is_as_if_nobody_had_one(decode):
    plain = decode(None)
    bans = [most_used(plain)[row] if row % 2 else () for row in range(COUNT)]
    found = decode(bans)
    assert [found[row].ids for row in range(0, COUNT, 2)] == [plain[row].ids for row in range(0, COUNT, 2)]
    assert decode([()] * COUNT) == plain


def test_what_a_row_becomes_under_a_ban_does_not_depend_on_its_batch(decode):
    bans = [ban[: 1 + row % 3] for row, ban in enumerate(most_used(decode(None)))]
    together = decode(bans)
    assert [decode([bans[row]], [row])[0].ids for row in range(COUNT)] == [answer.ids for answer in together]
    backwards = list(reversed(range(COUNT)))
    assert [answer.ids for answer in decode([bans[row] for row in backwards], backwards)] == [
        together[row].ids for row in backwards
    ]


def test_bans_follow_their_rows_when_others_have_ended():
    banned = Banned([(1,), (), (2, 3), (1,)], torch.device("cpu"))
    banned.keep(torch.tensor([2, 3]))
    banned.keep(torch.tensor([1]))
    assert banned.mask(5).tolist() == [[False, True, False, False, False]]
    masked = banned.apply(torch.zeros(3, 5))  # three slots of one row
    assert masked.isneginf().tolist() == [[False, True, False, False, False]] * 3
