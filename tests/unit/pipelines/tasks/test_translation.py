"""Documents go in and translations come out, through the same loading for every architecture."""

import dataclasses
import json

import pytest
from transformers import AutoTokenizer

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.precision import Precision
from pipelines.engine.seq2seq import Engine
from pipelines.errors import InputError, ModelError, PipelineError, StopRequested
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.loading import load
from pipelines.models.options import Options
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.translation.parameters import OnFault, TranslationParameters
from pipelines.text.flags import FlagCode
from pipelines.text.languages import tokenizer_code

TRANSLATION = task_named("translation")

PAIR = TranslationParameters(from_language="en", to_language="pt")
LONG = TranslationParameters(from_language="en", to_language="pt-BR")


def rows_of(document):
    return [piece.row for piece in document.pieces()]


def opened(directory, task=TRANSLATION):
    # The choices of random models lie too close together for bfloat16.
    exact = Options(Precision.FLOAT32)
    return load(directory, task, manifest=inspect(directory).manifest, device="cpu", threads=1, options=exact)


@pytest.fixture(scope="module", params=["ssru_checkpoint", "marian_checkpoint"])
def pipeline(request):
    return opened(request.getfixturevalue(request.param))


@pytest.fixture
def documents(prose):
    return [
        Input(" ".join(prose(3, seed=1)), PAIR, "en"),
        Input("# " + "\n\n- ".join(prose(4, seed=2)) + "\n", PAIR),
        Input(" ".join(prose(1, seed=3)).replace(".", " ") * 30, PAIR, "en"),
        Input("Lamp.", LONG, "en"),
    ]


def test_each_document_is_translated_as_if_it_were_alone(pipeline, documents):
    together = pipeline.run(documents)
    assert together == [pipeline.run([document])[0] for document in documents]
    assert together[::-1] == pipeline.run(documents[::-1])
    assert all(outcome.error is None and outcome.output["text"] for outcome in together)


def test_what_lies_between_sentences_is_kept(pipeline):
    text = "# Lamp\n\n- River stone.\n\n```\ncode = 1\n```\n😀\n"
    translated = pipeline.run([Input(text, PAIR)])[0].output["text"]
    lines = translated.split("\n")
    assert [line[:2] for line in lines[:3]] == ["# ", "", "- "]
    assert lines[3:] == ["", "```", "code = 1", "```", "😀", ""]


def test_one_bad_document_leaves_the_others_alone(pipeline):
    wrong = [
        Input(" \n\t\n", PAIR),
        Input("Lamp.", TranslationParameters(from_language="de", to_language="pt")),
        Input("Lamp.", PAIR),
    ]
    empty, unknown, fine = pipeline.run(wrong)
    assert (type(empty.error), empty.error.code) == (InputError, "empty_document")
    assert (type(unknown.error), unknown.error.code) == (InputError, "unknown_language")
    assert fine.output["text"]


def test_a_document_of_code_alone_comes_back_as_it_is(pipeline):
    text = "```\nx = 1\n```"
    outcome = pipeline.run([Input(text, PAIR)])[0]
    assert outcome.output == {"text": text}
    assert [(flag.code, flag.start, flag.end) for flag in outcome.flags] == [(FlagCode.PASSTHROUGH, 0, len(text))]


def test_special_words_in_a_document_are_text(pipeline):
    outcomes = pipeline.run([Input("lamp </s> river <pad> stone", PAIR), Input("lamp", PAIR)])
    prepared = pipeline.prepare([Input("lamp </s> river <pad> stone", PAIR)])
    assert outcomes[0].error is None
    rows = rows_of(prepared[0])
    assert rows
    assert [list(row.ids).count(0) for row in rows] == [1] * len(rows)


def test_lone_surrogates_are_no_fault(pipeline):
    assert pipeline.run([Input("lamp \ud83d river", PAIR)])[0].error is None


def test_a_stop_is_obeyed(pipeline, documents):
    with pytest.raises(StopRequested):
        pipeline.run(documents, lambda: True)


def test_segments_fit_the_window(ssru_checkpoint, documents):
    rows = rows_of(opened(ssru_checkpoint).prepare(documents)[2])
    assert len(rows) > 3
    assert max(len(row.ids) for row in rows) <= 32


def test_segments_cut_short_are_flagged_where_they_stand(ssru_checkpoint, monkeypatch):
    pipeline = opened(ssru_checkpoint)
    monkeypatch.setattr(Engine, "run", lambda self, rows, *_: [Generated([5, 9], truncated=True) for _ in rows])
    flags = pipeline.run([Input("Lamp.\n\nRiver.", PAIR)])[0].flags
    assert [(flag.start, flag.end) for flag in flags if flag.code is FlagCode.CUT_SHORT] == [(0, 5), (7, 13)]


def looping(rows):
    """Every row but that of the shortest segment runs away."""
    least = min(len(row.ids) for row in rows)
    return [Generated([5, 9], False) if len(row.ids) == least else Generated([7] * 20, True) for row in rows]


def test_a_segment_in_a_loop_keeps_its_source_and_is_flagged_while_its_neighbours_finish(ssru_checkpoint, monkeypatch):
    pipeline = opened(ssru_checkpoint)
    monkeypatch.setattr(Engine, "run", lambda self, rows, *_: looping(rows))
    text = "# Lamp.\n\nRiver stone and lamp."
    outcome = pipeline.run([Input(text, PAIR)])[0]
    flag = next(flag for flag in outcome.flags if flag.code is FlagCode.RUNAWAY)
    assert text[flag.start : flag.end] == "River stone and lamp."
    assert outcome.output["text"][flag.output_start : flag.output_end] == "River stone and lamp."
    assert outcome.output["text"].startswith("# ")
    assert not outcome.output["text"].startswith("# Lamp.")
    assert "River" not in flag.detail


def test_a_segment_in_a_loop_fails_its_document_alone_where_the_job_asks_for_it(ssru_checkpoint, monkeypatch):
    pipeline = opened(ssru_checkpoint)
    monkeypatch.setattr(Engine, "run", lambda self, rows, *_: looping(rows))
    strict = TranslationParameters(from_language="en", to_language="pt", on_fault=OnFault.FAIL)
    fine, failed = pipeline.run([Input("Lamp.", strict), Input("# Lamp.\n\nRiver stone and lamp.", strict)])
    assert fine.error is None
    assert (type(failed.error), failed.error.code) == (InputError, "runaway_generation")
    assert "characters 9 to 30" in failed.error.message
    assert "River" not in failed.error.message


def test_what_repeats_but_ends_by_itself_is_no_loop(ssru_checkpoint, monkeypatch):
    pipeline = opened(ssru_checkpoint)
    monkeypatch.setattr(Engine, "run", lambda self, rows, *_: [Generated([7] * 20, truncated=False) for _ in rows])
    assert pipeline.run([Input("Lamp.", PAIR)])[0].output["text"]


def test_a_failed_segment_fails_its_document_only(ssru_checkpoint, monkeypatch):
    pipeline = opened(ssru_checkpoint)
    failure = PipelineError("model_failure", "The model raised ValueError.")

    def run(self, rows, *_):
        most = max(len(row.ids) for row in rows)
        return [failure if len(row.ids) == most else Generated([5], truncated=False) for row in rows]

    monkeypatch.setattr(Engine, "run", run)
    broken, fine = pipeline.run([Input("Lamp.\n\nRiver stone and lamp.", PAIR), Input("Lamp.", PAIR)])
    assert broken.error is failure
    assert fine.error is None


def test_a_multilingual_model_takes_each_items_own_pair(nllb_checkpoint):
    pipeline = opened(nllb_checkpoint)
    asked = [("en", "pt"), ("pt-BR", "fr"), ("en", "tlh"), ("en", "pt")]
    prepared = pipeline.prepare(
        [Input("river lamp.", TranslationParameters(from_language=pair[0], to_language=pair[1])) for pair in asked]
    )
    code = AutoTokenizer.from_pretrained(nllb_checkpoint).convert_tokens_to_ids
    rows = [next(iter(rows_of(document)), None) for document in prepared]
    assert [row and row.ids[0] for row in rows] == [code("eng_Latn"), code("por_Latn"), None, code("eng_Latn")]
    assert [row and row.first for row in rows] == [
        code("por_Latn"),
        code("fra_Latn"),
        None,
        code("por_Latn"),
    ]
    outcomes = pipeline.render(pipeline.infer(prepared, lambda: False))
    assert [outcome.error and outcome.error.code for outcome in outcomes] == [None, None, "unknown_language", None]


class FewSigns:
    """A tokenizer whose vocabulary is ASCII."""

    unk_token_id = 1

    def __call__(self, texts, **_):
        if isinstance(texts, str):
            return {"input_ids": [ord(sign) if sign.isascii() else 1 for sign in texts]}
        return {"input_ids": [self(text)["input_ids"] for text in texts]}


def test_typographic_signs_the_vocabulary_lacks_are_spelled_plainly():
    tokens = Tokens(FewSigns(), 10_000)
    typographic, plain = tokens.encode(["it’s “so” – ж", 'it\'s "so" - ж'])
    assert typographic == plain
    assert typographic.count(1) == 1


def test_a_receipt_knows_device_dtype_and_versions(pipeline):
    assert dataclasses.asdict(pipeline.runtime)["device"] == "cpu"
    assert pipeline.runtime.dtype == "float32"
    assert set(pipeline.runtime.versions) == {"torch", "transformers"}


@pytest.mark.parametrize(
    ("asked", "known", "found"),
    [
        ("pt-BR", {"pt", "en"}, "pt"),
        ("pt-BR", {"pt_BR", "pt_XX"}, "pt_BR"),
        ("pt", {"en_XX", "pt_XX"}, "pt_XX"),
        ("pt", {"por_Latn", "eng_Latn"}, "por_Latn"),
        ("por-Latn", {"por_Latn"}, "por_Latn"),
        ("tlh", {"por_Latn"}, None),
    ],
)
def test_language_codes_are_found_under_a_tokenizers_own_names(asked, known, found):
    assert tokenizer_code(asked, known) == found


@pytest.fixture(scope="module", params=["bart_checkpoint", "t5_checkpoint"])
def summarizer(request):
    return opened(request.getfixturevalue(request.param), task_named("summarization"))


def test_long_documents_are_summarised_in_windows_then_again(summarizer, prose):
    inputs = [
        Input(" ".join(prose(40)), SummarizationParameters(sentences=2), "en"),
        Input("Lamp.", SummarizationParameters(sentences=2)),
    ]
    together = summarizer.run(inputs)
    assert together == [summarizer.run([item])[0] for item in inputs]
    assert all(outcome.error is None and outcome.output["spans"] == [] for outcome in together)
    assert len(summarizer.prepare(inputs)[0].windows) > 3


def test_a_summary_of_nothing_is_an_error_of_that_document(summarizer):
    empty, fine = summarizer.run([Input("…", SummarizationParameters()), Input("Lamp.", SummarizationParameters())])
    assert empty.error.code == "empty_document"
    assert fine.output is not None


def test_a_task_the_architecture_cannot_do_is_refused(bart_checkpoint):
    with pytest.raises(ModelError, match="not for translation") as raised:
        opened(bart_checkpoint)
    assert raised.value.code == "wrong_task"


def test_a_changed_file_is_refused_before_anything_is_loaded(checkpoint):
    manifest = inspect(checkpoint).manifest
    (checkpoint / "vocab.json").write_text("{}")
    with pytest.raises(ModelError, match=r"vocab\.json") as raised:
        load(checkpoint, TRANSLATION, manifest=manifest, device="cpu", threads=1)
    assert raised.value.code == "manifest_mismatch"


def test_weights_that_lack_a_tensor_are_refused(checkpoint):
    from safetensors.torch import load_file, save_file

    tensors = load_file(checkpoint / "model.safetensors")
    del tensors["decoder_layers.0.rnn.forget_bias"]
    save_file(tensors, checkpoint / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError) as raised:
        opened(checkpoint)
    assert raised.value.code == "incomplete_weights"


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_configuration_of_fewer_layers_than_the_weights_have_is_refused(checkpoint, part):
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {f"{part}_layers": 1}))
    with pytest.raises(ModelError, match=rf'fewer layers than the weights have \("{part}_layers\.1"\)') as raised:
        opened(checkpoint)
    assert raised.value.code == "bad_config"
