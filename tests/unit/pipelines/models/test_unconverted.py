"""What CTranslate2 lacks, or would make otherwise than our loop, is refused."""

import sys

import pytest
from transformers import MarianConfig, MarianMTModel

from pipelines.engine.precision import Precision
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration
from pipelines.errors import ModelError
from pipelines.models.ctranslate2.converted import converted, versions
from pipelines.models.loading import load
from pipelines.models.options import Backend, Options
from pipelines.tasks.registry import task_named
from tests.unit.pipelines.engine.decoding.architectures import BART, FACTS, START, build
from tests.unit.pipelines.models.test_converted import faster


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"do_sample": True}, "do_sample"),
        ({"bad_words_ids": [[1, 2]]}, "bad_words_ids"),
        ({"num_beams": 4, "early_stopping": "never"}, "early_stopping"),
        ({"num_beams": 4, "repetition_penalty": 1.2}, "repetition_penalty"),
        ({"repetition_penalty": 1.2, "eos_token_id": START}, "repetition_penalty"),
    ],
)
def test_a_setting_that_would_come_out_otherwise_is_refused(chosen, named):
    model = build("bart", 0)
    model.generation_config.update(**chosen)
    with pytest.raises(ModelError, match=named) as raised:
        faster(model)
    assert raised.value.code == "backend_unsupported"


def test_an_architecture_that_it_lacks_is_refused(ssru_checkpoint):
    model = SsruMarianForConditionalGeneration.from_pretrained(ssru_checkpoint)
    with pytest.raises(ModelError, match="ssru-marian") as raised:
        faster(model)
    assert raised.value.code == "backend_unsupported"


def test_an_activation_or_shape_that_it_lacks_is_refused():
    for change in ({"activation_function": "tanh"}, {"decoder_attention_heads": 2}):
        model = MarianMTModel(MarianConfig(**{**BART, **change}))
        with pytest.raises(ModelError) as raised:
            faster(model)
        assert raised.value.code == "backend_unsupported"


@pytest.mark.parametrize(("device", "precision"), [("cpu", Precision.FLOAT16), ("mps", Precision.FLOAT32)])
def test_a_format_or_device_that_it_lacks_is_refused(device, precision):
    with pytest.raises(ModelError, match=device) as raised:
        converted(build("t5", 0), FACTS, device=device, precision=precision, threads=1)
    assert raised.value.code == "backend_unsupported"


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(ModelError, match=r"corpusmill\[ctranslate2\]") as raised:
        faster(build("t5", 0))
    assert raised.value.code == "backend_unavailable"
    with pytest.raises(ModelError, match="not installed"):
        versions()


def test_an_encoder_is_not_for_ctranslate2(tmp_path):
    from tests.unit.pipelines.tiny_encoders import bert_classifier, tokenizer

    bert_classifier().save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(ModelError) as raised:
        options = Options(Precision.FLOAT32, Backend.CTRANSLATE2)
        load(tmp_path, task_named("sentiment"), manifest=None, device="cpu", threads=1, options=options)
    assert raised.value.code == "backend_unsupported"
