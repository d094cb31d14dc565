"""A tokenizer of another model is found out: when the model is loaded, or at the document that shows it."""

import shutil
from types import SimpleNamespace

import pytest

from pipelines.errors import ModelError, PipelineError
from pipelines.models.loading import load
from pipelines.models.tokenizer.agreement import check_tokenizer
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.summarization.parameters import SummarizationParameters


class Made:
    """A tokenizer of `size` ids that ends texts with 2 and fills rows up with `pad`."""

    eos_token_id = 2

    def __init__(self, size=10, pad=1):
        self.size, self.pad_token_id = size, pad

    def __len__(self):
        return self.size


def config(end):
    return SimpleNamespace(eos_token_id=end)


@pytest.mark.parametrize("end", [2, [3, 2], None])
def test_a_tokenizer_of_the_model_passes(end):
    check_tokenizer(Made(), config(end), vocabulary=10)
    check_tokenizer(Made(), config(end), vocabulary=16)  # embeddings are often rounded up


def test_a_special_token_that_no_text_becomes_needs_no_embedding():
    mask_last = Made(size=11)
    mask_last.all_special_ids = [1, 2, 10]
    check_tokenizer(mask_last, config(2), vocabulary=10)
    mask_last.all_special_ids = [1, 2]
    with pytest.raises(ModelError, match="11 ids"):
        check_tokenizer(mask_last, config(2), vocabulary=10)


@pytest.mark.parametrize(
    ("tokenizer", "end", "named"),
    [(Made(), 7, "id 2, the model with 7"), (Made(size=11), 2, "11 ids"), (Made(pad=12), 2, "pad_token_id is 12")],
)
def test_a_tokenizer_of_another_model_is_refused(tokenizer, end, named):
    with pytest.raises(ModelError, match=named) as raised:
        check_tokenizer(tokenizer, config(end), vocabulary=10)
    assert raised.value.code == "foreign_tokenizer"


def test_a_checkpoint_with_the_tokenizer_of_another_is_not_loaded(bart_checkpoint, nllb_checkpoint, tmp_path):
    mixed = shutil.copytree(bart_checkpoint, tmp_path / "mixed")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(nllb_checkpoint / file, mixed / file)
    with pytest.raises(ModelError) as raised:
        load(mixed, task_named("summarization"), manifest=None, device="cpu", threads=1)
    assert raised.value.code == "foreign_tokenizer"


def test_a_document_with_an_id_that_the_model_lacks_fails_alone(bart_checkpoint):
    pipeline = load(bart_checkpoint, task_named("summarization"), manifest=None, device="cpu", threads=1)
    pipeline._vocabulary = pipeline._tokenizer.convert_tokens_to_ids(".")
    beyond, fine = pipeline.run([Input(text, SummarizationParameters()) for text in ("Window river.", "Garden")])
    assert beyond.error.code == "token_out_of_range"
    assert fine.output is not None


class Fixed:
    """A tokenizer that makes the same ids of every text."""

    unk_token_id = None

    def __init__(self, ids):
        self.ids = ids

    def __call__(self, texts, **_):
        return {"input_ids": self.ids if isinstance(texts, str) else [self.ids for _ in texts]}


@pytest.mark.parametrize("made", [[3, 10], [-1]])
def test_an_id_outside_the_embeddings_is_an_error_that_holds_no_text(made):
    with pytest.raises(PipelineError) as raised:
        Tokens(Fixed(made), 10).encode(["secret words"])
    assert raised.value.code == "token_out_of_range"
    assert "secret" not in raised.value.message
