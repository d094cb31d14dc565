"""What a checkpoint will take is foretold by its headers, within a tenth, in every family and format."""

import gc
import json
import random
import string

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import (
    CONFIG_MAPPING,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    PreTrainedTokenizerFast,
)

from pipelines.engine.decoding.generator import generator
from pipelines.engine.held import tensor_bytes
from pipelines.engine.precision import Precision
from pipelines.engine.projections import make_smaller, ready
from pipelines.models.checkpoint.footprint import footprint_bytes, tokenizer_bytes
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS
from tests.unit.pipelines.families.encoding import FAMILIES as ENCODERS
from worker.models.memory import private_bytes, trim

SIZES = {"vocab_size": 3000, "d_model": 256}
BART = {"encoder_ffn_dim": 512, "decoder_ffn_dim": 512}
T5 = {"num_layers": 6, "d_ff": 512, "d_kv": 32, "num_heads": 8}


def saved(directory, name, stored):
    model_class, config_class, settings = MODELS[name]
    wider = settings | SIZES | (T5 if "t5" in name else BART)
    model_class(config_class(**wider)).to(stored).save_pretrained(directory)


def grown(load):
    """Bytes that tensors take more once `load` has given what it keeps."""
    gc.collect()
    before = tensor_bytes()
    kept = load()
    gc.collect()
    grown_bytes = tensor_bytes() - before
    del kept
    return grown_bytes


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize(
    ("precision", "stored"),
    [
        (Precision.FLOAT32, torch.float32),
        (Precision.FLOAT32, torch.float16),  # of another format than it is computed in
        (Precision.INT8, torch.float32),
    ],
)
def test_a_decoder_takes_what_its_headers_foretell(tmp_path, name, precision, stored):
    saved(tmp_path, name, stored)

    def load():
        model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, dtype=precision.dtype).eval()
        return generator(model, FACTS, ready("cpu", precision))

    assert footprint_bytes(tmp_path, precision, is_packed=True) == pytest.approx(grown(load), rel=0.1)


ENCODER_SIZES = {"hidden_size": 256, "intermediate_size": 512, "embedding_size": 128, "dim": 256, "hidden_dim": 512}


@pytest.mark.parametrize("name", sorted(ENCODERS))
@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.INT8])
def test_a_classifier_takes_what_its_headers_foretell(tmp_path, name, precision):
    settings = dict(ENCODERS[name].config)
    config_class = CONFIG_MAPPING[settings.pop("model_type")]
    known = config_class().to_dict()
    wider = {key: value for key, value in ENCODER_SIZES.items() if key in known}
    config = config_class(**settings | wider | {"vocab_size": 3000})
    AutoModelForSequenceClassification.from_config(config).save_pretrained(tmp_path)

    def load():
        model = AutoModelForSequenceClassification.from_pretrained(tmp_path, dtype=precision.dtype).eval()
        make_smaller(model, ready("cpu", precision))
        return model

    assert footprint_bytes(tmp_path, precision, is_packed=True) == pytest.approx(grown(load), rel=0.1)


def test_a_storage_counts_once_however_many_tensors_lie_in_it():
    kept = []

    def load():
        whole = torch.zeros(1000, 250)
        kept.extend([whole, whole[3], whole.t(), whole.view(-1)])

    assert grown(load) == 1_000_000


def test_the_pages_of_a_mapped_file_count_before_they_are_read(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(bytes(4_000_000))
    assert grown(lambda: torch.from_file(str(path), size=1_000_000, dtype=torch.float32)) == 4_000_000


def measured(make):
    """Private bytes that `make` takes for what it gives, once its imports are there."""
    make()
    gc.collect()
    trim()
    before = private_bytes()
    kept = make()
    gc.collect()
    trim()
    grown_bytes = private_bytes() - before
    del kept
    return grown_bytes


def words(count):
    """Pieces that begin alike, as those of a language do."""
    draw = random.Random(count)
    stems = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 6))) for _ in range(count // 4)]
    found = dict.fromkeys(stems)
    while len(found) < count:
        found["▁" * draw.randint(0, 1) + draw.choice(stems) + "".join(draw.choices("aeinorst", k=2))] = None
    return list(found)[:count]


@pytest.mark.parametrize("kind", ["Unigram", "WordPiece", "BPE"])
def test_a_tokenizer_takes_about_what_its_vocabulary_foretells(tmp_path, kind):
    pieces = words(60_000)
    ids = {piece: number for number, piece in enumerate(["<unk>", *pieces])}
    made = {
        "Unigram": lambda: models.Unigram([(piece, -5.0) for piece in ids], unk_id=0),
        "WordPiece": lambda: models.WordPiece(ids, unk_token="<unk>"),
        "BPE": lambda: models.BPE(ids, [], unk_token="<unk>"),
    }[kind]()
    Tokenizer(made).save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({"vocab_size": len(ids)}))
    taken = measured(lambda: PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json")))
    assert tokenizer_bytes(tmp_path) == pytest.approx(taken, rel=0.5)
