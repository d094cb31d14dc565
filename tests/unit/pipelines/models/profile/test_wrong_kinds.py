"""Whatever stands in the files of a checkpoint, inspection ends with facts or with a ModelError."""

import json
import shutil
from contextlib import suppress

import pytest

from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect

JUNK = [0, 1, -1, 10**30, 1.5, True, "x", "", [], [1], ["x"], [[]], {}, {"a": 1}, {"0": []}, {"1": {}}, None]
NAMES = {
    "config.json": [
        "id2label",
        "num_labels",
        "problem_type",
        "vocab_size",
        "max_position_embeddings",
        "n_positions",
        "pad_token_id",
        "eos_token_id",
        "task_specific_params",
        "tokenizer_class",
        "architectures",
        "num_beam_groups",
    ],
    "generation_config.json": ["num_beam_groups", "penalty_alpha", "do_sample", "eos_token_id", "num_beams"],
    "tokenizer_config.json": [
        "model_max_length",
        "source_lang",
        "target_lang",
        "tokenizer_class",
        "additional_special_tokens",
        "extra_special_tokens",
        "added_tokens_decoder",
        "language_codes",
    ],
    "special_tokens_map.json": ["additional_special_tokens"],
    "tokenizer.json": ["added_tokens"],
    "sentence_bert_config.json": ["max_seq_length", "do_lower_case"],
    "config_sentence_transformers.json": ["prompts", "default_prompt_name"],
    "1_Pooling/config.json": ["pooling_mode", "pooling_mode_mean_tokens", "pooling_mode_cls_token"],
}
KINDS = {
    "ssru-marian": "SsruMarianForConditionalGeneration",
    "mbart": "MBartForConditionalGeneration",
    "m2m_100": "M2M100ForConditionalGeneration",
    "t5": "T5ForConditionalGeneration",
    "roberta": "RobertaForSequenceClassification",
    "mpnet": "MPNetModel",
}
POOLED = [{"path": "", "type": "models.Transformer"}, {"path": "1_Pooling", "type": "models.Pooling"}]


@pytest.fixture(params=KINDS)
def folder(request, ssru_checkpoint, tmp_path):
    made = shutil.copytree(ssru_checkpoint, tmp_path / "model")
    (made / "1_Pooling").mkdir()
    for name in NAMES:
        if not (made / name).exists():
            (made / name).write_text("{}")
    (made / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    (made / "modules.json").write_text(json.dumps(POOLED))
    config = json.loads((made / "config.json").read_text())
    config |= {"model_type": request.param, "architectures": [KINDS[request.param]]}
    (made / "config.json").write_text(json.dumps(config))
    return made


def test_a_value_of_another_kind_is_a_fact_or_a_refusal(folder):
    for file, names in NAMES.items():
        path = folder / file
        usual = path.read_text()
        for name in names:
            for junk in JUNK:
                path.write_text(json.dumps({**json.loads(usual), name: junk}))
                with suppress(ModelError):
                    json.dumps(inspect(folder).profile)
        path.write_text(usual)


@pytest.mark.parametrize("path", ["..", "/etc", "1_Pooling/../..", 7, [], None])
def test_a_layer_outside_the_folder_is_not_read(path, folder):
    (folder.parent / "config.json").write_text('{"pooling_mode_cls_token": true}')
    (folder / "modules.json").write_text(json.dumps([POOLED[0], {**POOLED[1], "path": path}]))
    assert inspect(folder).profile["pooling"] != "cls"
