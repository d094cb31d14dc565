"""Tokenizer files of every family as old repositories have them, trained on the samples when a test asks."""

import functools
import io
import json
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import T5Tokenizer

SAMPLES = Path(__file__).parents[4] / "samples"
PIECES = 400


@functools.cache
def lines():
    texts = [path.read_text(encoding="utf-8") for path in sorted((SAMPLES / "en").rglob("*.txt"))]
    return [line for text in texts for line in text.splitlines() if line.strip()]


@functools.cache
def sentencepieces(**settings):
    """A SentencePiece model; `settings` give its special pieces their ids."""
    target = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines()), model_writer=target, vocab_size=PIECES, minloglevel=2, **settings
    )
    return target.getvalue()


def _names(model):
    vocabulary = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [vocabulary.id_to_piece(index) for index in range(vocabulary.get_piece_size())]


def t5(folder):
    (folder / "spiece.model").write_bytes(sentencepieces(pad_id=0, eos_id=1, unk_id=2, bos_id=-1))


def umt5(folder):
    """As T5, in one tokenizer.json."""
    t5(folder)
    T5Tokenizer.from_pretrained(folder).save_pretrained(folder)
    (folder / "spiece.model").unlink()


def fairseq(folder):
    """mBART, XLM-R and CamemBERT: special ids are put before those of SentencePiece by the tokenizer."""
    (folder / "sentencepiece.bpe.model").write_bytes(sentencepieces())


def nllb(folder):
    (folder / "sentencepiece.bpe.model").write_bytes(sentencepieces(model_type="bpe"))


def albert(folder):
    model = sentencepieces(
        pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols="[CLS],[SEP]", user_defined_symbols="[MASK]"
    )
    (folder / "spiece.model").write_bytes(model)


def deberta(folder):
    model = sentencepieces(pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
                           eos_piece="[SEP]", unk_piece="[UNK]")  # fmt: skip
    (folder / "spm.model").write_bytes(model)


def marian(folder, targets=()):
    model = sentencepieces(eos_id=0, unk_id=1, bos_id=-1, pad_id=-1)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model)
    names = [*_names(model)[:2], *(f">>{target}<<" for target in targets), *_names(model)[2:], "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: index for index, name in enumerate(names)}))


def m2m_100(folder):
    model = sentencepieces()
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    names = ["<s>", "<pad>", "</s>", "<unk>", *_names(model)[3:]]
    (folder / "vocab.json").write_text(json.dumps({name: index for index, name in enumerate(names)}))


@functools.cache
def _byte_level(specials):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES, special_tokens=list(specials), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(lines(), trainer)
    return made.to_str()


def byte_level(folder, specials=("<s>", "<pad>", "</s>", "<unk>"), mask="<mask>"):
    """The mask comes last, where bart-large-cnn has no embedding for it."""
    model = json.loads(_byte_level(specials))["model"]
    model["vocab"][mask] = len(model["vocab"])
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [" ".join(pair) for pair in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]))


def deberta_v1(folder):
    byte_level(folder, ("[CLS]", "[PAD]", "[SEP]", "[UNK]"), "[MASK]")


def whole(folder):
    """ModernBERT: a tokenizer.json and nothing else."""
    specials = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    made = Tokenizer.from_str(_byte_level(specials))
    ends = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    made.save(str(folder / "tokenizer.json"))


def word_pieces(folder, specials=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")):
    words = sorted({word for line in lines() for word in line.lower().split() if word.isalpha()})[:PIECES]
    letters = sorted({sign for line in lines() for sign in line.lower() if not sign.isspace()})
    names = [*specials, *letters, *(f"##{sign}" for sign in letters), *(word for word in words if len(word) > 1)]
    (folder / "vocab.txt").write_text("\n".join(names) + "\n")


def mpnet(folder):
    word_pieces(folder, ("<s>", "<pad>", "</s>", "[UNK]", "<mask>"))
