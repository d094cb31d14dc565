"""What reaches a model's code of its config.json."""

import json

import pytest
from transformers import CONFIG_MAPPING, AutoModelForSeq2SeqLM

from pipelines.engine.ssru.registration import register
from pipelines.models.checkpoint.configuration import read_config
from pipelines.models.profile.decision import known_types

register()


@pytest.mark.parametrize("model_type", sorted(known_types()))
def test_every_setting_of_its_class_is_kept_and_nothing_else(model_type, tmp_path):
    config = CONFIG_MAPPING[model_type]()
    written = config.to_diff_dict() | {
        "model_type": model_type,
        "num_beams": 3,
        "fetch_from": "http://x",
        "_code": "m.M",
    }
    (tmp_path / "config.json").write_text(json.dumps(written))
    found = read_config(tmp_path)
    assert type(found) is type(config)
    assert {key: value for key, value in found.to_dict().items() if key in config.to_dict()} == config.to_dict()
    assert not hasattr(found, "fetch_from")
    assert not hasattr(found, "_code")


def test_settings_of_generation_in_an_old_configuration_count(checkpoint):
    (checkpoint / "generation_config.json").unlink(missing_ok=True)
    file = checkpoint / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"num_beams": 3, "length_penalty": 0.5}))
    model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint, config=read_config(checkpoint))
    assert (model.generation_config.num_beams, model.generation_config.length_penalty) == (3, 0.5)


def test_labels_are_kept(tmp_path):
    labels = {"0": "bad", "1": "good"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "id2label": labels}))
    assert read_config(tmp_path).id2label == {0: "bad", 1: "good"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "num_labels": 5}))
    assert read_config(tmp_path).num_labels == 5


def test_what_a_model_reads_without_declaring_it_is_kept_and_its_methods_are_not_replaced(tmp_path):
    written = {"model_type": "deberta-v2", "norm_rel_ebd": "layer_norm", "share_att_key": True, "position_buckets": 16}
    (tmp_path / "config.json").write_text(json.dumps(written | {"to_dict": 1, "from_pretrained": 2}))
    found = read_config(tmp_path)
    assert (found.norm_rel_ebd, found.share_att_key, found.position_buckets) == ("layer_norm", True, 16)
    assert found.to_dict()["share_att_key"] is True
    assert callable(found.from_pretrained)


def test_old_names_of_settings_are_understood(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "modernbert", "global_rope_theta": 5000.0}))
    assert read_config(tmp_path).rope_parameters["full_attention"]["rope_theta"] == 5000.0
