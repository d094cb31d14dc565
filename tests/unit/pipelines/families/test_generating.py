"""Translators and summarizers of every family, opened as they lie on a hub, write what `generate` writes."""

import pytest
import torch
import transformers

from pipelines.engine.seq2seq import Row
from pipelines.models.loading import load
from pipelines.tasks.registry import task_named
from tests.unit.pipelines.families.exact import EXACT
from tests.unit.pipelines.families.folders import tokenizer_of, write
from tests.unit.pipelines.families.generating import FAMILIES
from tests.unit.pipelines.families.vocabularies import lines

LIMIT = 16
SETTINGS = {
    "as its config.json says": {},
    "greedy": {"num_beams": 1, "no_repeat_ngram_size": 2},
    "4 beams, longer": {"num_beams": 4, "length_penalty": 2.0, "no_repeat_ngram_size": 3, "min_length": 6},
    "4 beams, forced": {"num_beams": 4, "length_penalty": 0.6, "forced_bos_token_id": 9, "early_stopping": True},
    "several ends": {"num_beams": 1, "eos_token_id": [2, *range(20, 120, 2)]},
}


@pytest.fixture(scope="session", params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


@pytest.fixture(scope="session")
def folders(family, tmp_path_factory):
    """The family's folder by its settings of generation."""
    home = tmp_path_factory.mktemp("family")
    return {name: write(family, home / str(index), **SETTINGS[name]) for index, name in enumerate(SETTINGS)}


@pytest.fixture(scope="session")
def texts():
    """Of different lengths."""
    return sorted((line for line in lines() if 20 < len(line) < 120), key=len)[::7][:5]


def theirs(family, folder, texts):
    """Token ids of each text and what transformers alone makes of it, alone."""
    model = getattr(transformers, family.architecture).from_pretrained(folder).eval()
    ends = model.generation_config.eos_token_id
    for ids in tokenizer_of(folder)(texts)["input_ids"]:
        made = model.generate(input_ids=torch.tensor([ids]), max_new_tokens=LIMIT, max_length=None)[0, 1:].tolist()
        length = next((place for place, token in enumerate(made) if token in torch.tensor(ends)), len(made))
        yield ids, made[:length]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_checkpoint_of_a_hub_writes_what_generate_writes(family, folders, texts, setting):
    pipeline = load(folders[setting], task_named(family.task), manifest=None, device="cpu", threads=None, options=EXACT)
    expected = list(theirs(family, folders[setting], texts[::2]))
    answers = pipeline._engine.run([Row(tuple(ids), LIMIT, LIMIT) for ids, _ in expected], lambda: False)
    assert [answer.ids for answer in answers] == [made for _, made in expected]


@pytest.mark.parametrize("setting", ["greedy", "several ends"])
def test_a_row_says_the_same_alone_and_in_company(family, folders, texts, setting):
    pipeline = load(folders[setting], task_named(family.task), manifest=None, device="cpu", threads=None, options=EXACT)
    rows = [
        Row(tuple(pipeline._tokenizer(text)["input_ids"]), limit, 8)
        for text, limit in zip(texts, (3, 16, 5, 9, 4), strict=True)
    ]
    alone = [pipeline._engine.run([row], lambda: False)[0] for row in rows]
    assert pipeline._engine.run(rows, lambda: False) == alone
