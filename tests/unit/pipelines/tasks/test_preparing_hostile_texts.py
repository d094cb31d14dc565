"""Reading a document costs what it is long, whatever in it a model cannot write.

As in `test_hostile_lengths` times are compared with each other only.
"""

import time
import unicodedata

import pytest

from pipelines.engine.precision import Precision
from pipelines.models.loading import load
from pipelines.models.options import Options
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters

HOSTILE = {
    "Greek letters in a list": "α, ",
    "Arabic words in a list": "مرحبا، ",
    "accents that cannot be written": "ýěř ",
    "decomposed accents": unicodedata.normalize("NFD", "reunião, "),
    "ordinals": "5º ",
    "ordinals in a sentence": "river 5º stone. ",
    "numbers that cannot be written": "€1,234.5 ",
    "one-word sentences": "Lamp. ",
    "emphasis in a sentence": "river **stone** ",
    "holes in a sentence": "river {name} ",
}
TIMES = 150
MOST_RATIO = 8


@pytest.fixture(scope="module")
def pipeline(marian_checkpoint):
    exact = Options(Precision.FLOAT32)
    return load(marian_checkpoint, task_named("translation"), manifest=None, device="cpu", threads=1, options=exact)


def seconds(pipeline, text):
    def once():
        began = time.process_time()
        assert (
            pipeline.prepare([Input(text, TranslationParameters(from_language="en", to_language="pt"), "en")])[0].error
            is None
        )
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_four_times_a_hostile_document_costs_about_four_times_as_much_to_read(pipeline, unit):
    assert seconds(pipeline, unit * 4 * TIMES) <= MOST_RATIO * seconds(pipeline, unit * TIMES)
