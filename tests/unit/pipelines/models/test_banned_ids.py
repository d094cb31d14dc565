"""Which ids a model must not write is told by the text that they decode to, never by the names of pieces."""

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from pipelines.models.tokenizer.tokens import Tokens
from pipelines.models.tokenizer.writing import BRACKETS, DIGITS, QUOTES, Writing

SPECIAL = ["<s>", "</s>", "<pad>", "<unk>"]
# Some bytes of these letters are named "«" and "»".
PROSE = 'лодка Лето û ë ç ã 今李喆 «так» "so" (a) [b] {c} 12 345 river stone <x>'
SIGNS = {"brackets": BRACKETS, "quotes": QUOTES, "digits": DIGITS}


def byte_level():
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=SPECIAL[:3], show_progress=False
    )
    inner.train_from_iterator([PROSE] * 20, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>")


def byte_fallback():
    names = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"abcdehilmnorstvw.", *'()[]"12']
    inner = Tokenizer(
        models.BPE({name: index for index, name in enumerate(names)}, [], unk_token="<unk>", byte_fallback=True)
    )
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )


@pytest.fixture(scope="module", params=[byte_level, byte_fallback], ids=["byte-level", "byte-fallback"])
def tokenizer(request):
    return request.param()


@pytest.fixture(scope="module")
def writing(tokenizer):
    return Writing(tokenizer, Tokens(tokenizer, len(tokenizer)))


def banned(writing, sign):
    return writing.banned(**{name: name == sign for name in SIGNS})


@pytest.mark.parametrize("sign", SIGNS)
def test_an_id_is_banned_only_if_its_text_holds_a_sign(tokenizer, writing, sign):
    ids = banned(writing, sign)
    assert ids
    assert all(SIGNS[sign].search(tokenizer.decode([token])) for token in ids)


@pytest.mark.parametrize("sign", SIGNS)
def test_every_id_that_shows_a_sign_and_is_one_is_banned(tokenizer, writing, sign):
    ids = set(banned(writing, sign))
    for token in set(range(len(tokenizer))) - set(tokenizer.all_special_ids):
        shown, text = tokenizer.convert_ids_to_tokens(token), tokenizer.decode([token])
        assert token in ids or not SIGNS[sign].search(shown) or not SIGNS[sign].search(text)


@pytest.mark.parametrize("text", ["лодка", "Лето", "û", "ë", "ç", "ã", "今", "李", "喆", "ж", "🛶"])
def test_letters_of_several_bytes_can_be_written_with_all_bans(tokenizer, writing, text):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids).strip() == text
    assert not set(ids) & set(writing.banned(brackets=True, quotes=True, digits=True))
    assert writing.unwritable(text) == []


def test_rows_with_the_same_bans_share_them(writing):
    asked = {"brackets": True, "quotes": False, "digits": True}
    assert writing.banned(**asked) is writing.banned(**asked)
    assert writing.banned(brackets=False, quotes=False, digits=False) == ()
