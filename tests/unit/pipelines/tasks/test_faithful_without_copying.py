"""With models that copy nothing every element is kept or flagged at its place: the promise is not the model's."""

import pytest

from pipelines.engine.precision import Precision
from pipelines.models.loading import load
from pipelines.models.options import Options
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from tests.elements import made

SENTENCES = 40


@pytest.fixture(scope="module", params=["ssru_checkpoint", "marian_checkpoint"])
def pipeline(request):
    exact = Options(Precision.FLOAT32)
    directory = request.getfixturevalue(request.param)
    return load(directory, task_named("translation"), manifest=None, device="cpu", threads=1, options=exact)


def test_every_element_is_kept_or_flagged(pipeline):
    sentences = [made("en", seed) for seed in range(SENTENCES)]
    pair = TranslationParameters(from_language="en", to_language="pt")
    for sentence, outcome in zip(
        sentences, pipeline.run([Input(one.text, pair, "en") for one in sentences]), strict=True
    ):
        assert outcome.error is None
        for element in sentence.lost(outcome.output["text"]):
            assert any(flag.start < element.end and element.start < flag.end for flag in outcome.flags), (
                f"{element.parts} of {sentence.text}\n{outcome.output['text']}"
            )


def test_documents_of_several_sentences_lose_nothing_either(pipeline):
    groups = [[made("en", seed + more) for more in range(3)] for seed in range(100, 130, 3)]
    texts = ["\n\n".join(sentence.text for sentence in group) for group in groups]
    pair = TranslationParameters(from_language="en", to_language="pt")
    for group, outcome in zip(groups, pipeline.run([Input(text, pair, "en") for text in texts]), strict=True):
        output = outcome.output["text"].split("\n\n")
        assert len(output) == len(group)
        start = 0
        for sentence, made_of_it in zip(group, output, strict=True):
            for element in sentence.lost(made_of_it):
                assert any(
                    flag.start < start + element.end and start + element.start < flag.end for flag in outcome.flags
                )
            start += len(sentence.text) + 2
