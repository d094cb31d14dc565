"""What a checkpoint will take is foretold by its headers, within a tenth, in every family and format."""

import gc

import pytest
import torch
from transformers import AutoModel, AutoModelForSeq2SeqLM, BertConfig, BertModel

from pipelines.engine.decoding.generator import generator
from pipelines.engine.held import tensor_bytes
from pipelines.engine.precision import Precision
from pipelines.engine.projections import make_smaller, ready
from pipelines.models.checkpoint.footprint import footprint_bytes
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS

SIZES = {"vocab_size": 3000, "d_model": 256}
BART = {"encoder_ffn_dim": 512, "decoder_ffn_dim": 512}
T5 = {"num_layers": 6, "d_ff": 512, "d_kv": 32, "num_heads": 8}
FORMATS = [Precision.FLOAT32, Precision.BFLOAT16, Precision.INT8]


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


@pytest.mark.parametrize("precision", FORMATS)
def test_an_encoder_takes_what_its_headers_foretell(tmp_path, precision):
    sizes = {"vocab_size": 3000, "hidden_size": 256, "intermediate_size": 512, "num_attention_heads": 4}
    BertModel(BertConfig(num_hidden_layers=3, **sizes)).save_pretrained(tmp_path)

    def load():
        model = AutoModel.from_pretrained(tmp_path, dtype=precision.dtype).eval()
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
