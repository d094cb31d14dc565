"""Tiny random checkpoints on disk, saved by transformers itself, and the documents to run through them."""

import io
import json
import shutil
import zlib
from string import ascii_lowercase

import pytest
import sentencepiece
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    NllbTokenizer,
    T5Config,
    T5ForConditionalGeneration,
)

from pipelines.engine.ssru.configuration import SsruMarianConfig
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration

VOCABULARY = """
river stone winter lamp garden letter window harbour copper market bridge forest engine paper morning
village doctor number winter island summer field candle mirror table kitchen ladder pocket silver thunder
"""
WORDS = VOCABULARY.split()
# Random models run in loops, which are errors; one without a sequence of three tokens twice does not.
NO_LOOPS = 3


def made_up(sentence_count, seed=0):
    """Made-up sentences of 3 to 12 words, the same for the same seed."""
    made = []
    for number in range(sentence_count):
        draw = zlib.crc32(f"{seed}/{number}".encode())
        words = [WORDS[(draw >> shift) % len(WORDS)] for shift in range(3 + draw % 10)]
        made.append(" ".join(words).capitalize() + ".")
    return made


@pytest.fixture(scope="session")
def prose():
    """A function from a number of sentences and a seed to made-up English."""
    return made_up


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def pieces():
    """A SentencePiece model with Marian's ids: 0 ends a sentence, 1 is unknown."""
    target = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(made_up(300)),
        model_writer=target,
        vocab_size=104,
        eos_id=0,
        unk_id=1,
        bos_id=-1,
        pad_id=-1,
        minloglevel=2,
    )
    return target.getvalue()


def write_marian_tokenizer(directory, pieces, **settings):
    vocabulary = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    ids = {vocabulary.id_to_piece(index): index for index in range(vocabulary.get_piece_size())}
    for name in ("source.spm", "target.spm"):
        (directory / name).write_bytes(pieces)
    if settings.pop("with_pad", False):
        ids["<pad>"] = len(ids)
    (directory / "vocab.json").write_text(json.dumps(ids))
    named = {"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "pt", **settings}
    (directory / "tokenizer_config.json").write_text(json.dumps(named))
    return len(ids)


@pytest.fixture(scope="session")
def ssru_checkpoint(tmp_path_factory, pieces):
    """A random SSRU student of four small layers, with a window of 32 tokens."""
    directory = tmp_path_factory.mktemp("ssru")
    size = write_marian_tokenizer(directory, pieces, pad_token="</s>", model_max_length=32)
    torch.manual_seed(10)
    config = SsruMarianConfig(
        vocab_size=size, d_model=32, attention_heads=4, encoder_layers=2, decoder_layers=2, ffn_dim=48, init_std=0.2
    )
    model = SsruMarianForConditionalGeneration(config)
    with torch.no_grad():
        model.output_bias[0] = 3.0  # random models hardly ever end a sentence
    model.generation_config.update(suppress_tokens=[1], no_repeat_ngram_size=NO_LOOPS)
    model.generation_config.decoder_start_token_id = 0
    model.save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def marian_checkpoint(tmp_path_factory, pieces):
    directory = tmp_path_factory.mktemp("marian")
    size = write_marian_tokenizer(directory, pieces, with_pad=True, model_max_length=64)
    torch.manual_seed(7)
    config = MarianConfig(
        vocab_size=size,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        pad_token_id=size - 1,
        decoder_start_token_id=size - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
        init_std=0.5,
    )
    model = MarianMTModel(config)
    model.generation_config.no_repeat_ngram_size = NO_LOOPS
    model.save_pretrained(directory)
    return directory


def _word_tokenizer(directory, eos_id):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    names = ["<s>", "<pad>", "</s>", "<unk>", *sorted({*WORDS, *(word.capitalize() for word in WORDS)}), "."]
    ids = {name: index for index, name in enumerate(names)}
    inner = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", ids["</s>"])])
    PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="</s>", pad_token="<pad>", unk_token="<unk>", model_max_length=48
    ).save_pretrained(directory)
    return len(names)


@pytest.fixture(scope="session")
def bart_checkpoint(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bart")
    size = _word_tokenizer(directory, 2)
    torch.manual_seed(7)
    config = BartConfig(
        vocab_size=size,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        init_std=0.5,
    )
    model = BartForConditionalGeneration(config)
    model.generation_config.update(max_length=20, no_repeat_ngram_size=NO_LOOPS)
    model.save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def t5_checkpoint(tmp_path_factory):
    directory = tmp_path_factory.mktemp("t5")
    size = _word_tokenizer(directory, 2)
    torch.manual_seed(7)
    config = T5Config(
        vocab_size=size,
        d_model=32,
        d_kv=16,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    model = T5ForConditionalGeneration(config)
    model.generation_config.update(max_new_tokens=12, no_repeat_ngram_size=NO_LOOPS)
    model.save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def nllb_checkpoint(tmp_path_factory):
    """A multilingual model: one tokenizer with codes such as eng_Latn."""
    directory = tmp_path_factory.mktemp("nllb")
    units = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in sorted(set(WORDS))), "▁", ".", *ascii_lowercase]
    tokenizer = NllbTokenizer(vocab={unit: index for index, unit in enumerate(units)}, model_max_length=48)
    tokenizer.save_pretrained(directory)
    torch.manual_seed(7)
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = M2M100Config(vocab_size=len(tokenizer), max_position_embeddings=64, init_std=0.5, **sizes, **heads)
    model = M2M100ForConditionalGeneration(config)
    model.generation_config.no_repeat_ngram_size = NO_LOOPS
    model.save_pretrained(directory)
    return directory


@pytest.fixture
def checkpoint(ssru_checkpoint, tmp_path):
    """A copy of the SSRU checkpoint that a test may damage."""
    return shutil.copytree(ssru_checkpoint, tmp_path / "checkpoint")
