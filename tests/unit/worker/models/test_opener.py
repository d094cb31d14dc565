"""A model is opened as its operator and its tunings say, and what it took is remembered. Only loading is a fake."""

import contextlib

import pytest
import torch
from safetensors.torch import save_file

from ledger.catalog import tunings
from ledger.catalog.models import queue_name
from pipelines.engine import device, held
from pipelines.engine.precision import Precision
from pipelines.models import loading
from pipelines.models.guard import trial
from pipelines.models.guard.finding import Finding
from pipelines.models.options import Backend, preferred
from tests.fakes import FakePipeline
from worker.models import opener as module
from worker.models.opener import Opener
from worker.models.tunings import Tunings

TASK = "translation"


class Proved(FakePipeline):
    """Notes what it is asked to compute among the attempts."""

    def __init__(self, attempts: list[str]) -> None:
        super().__init__()
        self.attempts = attempts

    def run(self, inputs, *given):
        self.attempts.append("computed")
        return super().run(inputs, *given)


class Bench:
    """An opener on the CPU with two threads, the memory that the process is said to have, and what was loaded how."""

    def __init__(self, desk, tmp_path, monkeypatch) -> None:
        self.desk, self.loaded, self.compared = desk, [], []
        self._monkeypatch = monkeypatch
        self.memory = iter([1000, 1700] * 9)
        monkeypatch.setattr(loading, "load", self._load)
        monkeypatch.setattr(trial, "open_guarded", self._guarded)
        self.private = 0
        monkeypatch.setattr(held, "tensor_bytes", lambda: next(self.memory))
        monkeypatch.setattr(module, "private_bytes", lambda: self.private)
        monkeypatch.setattr(device, "allocated_bytes", lambda where: None)
        self.attempts: list[str] = []
        self.opener = Opener(tmp_path, Tunings(desk.ledger), asked="cpu", threads=2, child=0, attempt=self)

    @contextlib.contextmanager
    def of(self, queue: str):
        self.attempts.append(queue)
        yield
        self.attempts.append("over")

    def _load(self, directory, task, **how):
        self.loaded.append((directory, task.name, how))
        return Proved(self.attempts)

    def _guarded(self, opening, compared, task, pairs, *, multilingual):
        self.compared.append((compared, task.name, pairs, multilingual))
        return opening(Precision.FLOAT32), Finding(Precision.FLOAT32, compared, 0.5, ("§",))

    def opener_loads(self, load) -> None:
        self._monkeypatch.setattr(loading, "load", load)

    def known(self):
        with self.desk.ledger.read() as session:
            return tunings.find(session, self.desk.model.id, TASK, "cpu")


@pytest.fixture
def bench(sqlite_desk, tmp_path, monkeypatch):
    return Bench(sqlite_desk, tmp_path, monkeypatch)


def test_a_model_is_compared_at_first_and_what_was_found_is_remembered(bench, tmp_path):
    opened = bench.opener.open(TASK, bench.desk.model)
    assert opened.size_bytes == 700
    assert bench.compared == [(preferred("cpu", Backend.TORCH), TASK, [("en", "pt")], False)]
    known = bench.known()
    assert (known.precision, known.compared, known.moved, known.stand_ins) == (
        "float32",
        preferred("cpu", Backend.TORCH),
        0.5,
        ["§"],
    )
    assert known.resident_bytes == 700
    directory, task, how = bench.loaded[0]
    assert (directory, task, how["threads"], how["device"]) == (tmp_path / bench.desk.model.directory, TASK, 2, "cpu")
    assert (how["learnt_tokens"], how["options"].stand_ins) == (None, None)
    assert how["manifest"] == bench.desk.model.manifest


def test_a_model_that_is_known_is_loaded_as_it_was_found(bench):
    bench.opener.open(TASK, bench.desk.model)
    bench.opener.note_budget(TASK, bench.desk.model, 640)
    bench.opener.open(TASK, bench.desk.model)
    assert len(bench.compared) == 1
    how = bench.loaded[-1][2]
    assert (how["learnt_tokens"], how["options"].stand_ins, how["options"].precision) == (
        640,
        ("§",),
        Precision.FLOAT32,
    )


def test_what_an_operator_chose_is_not_compared(bench):
    with bench.desk.ledger.write() as session:
        (model,) = tunings.choose(session, "marian-en-pt", {"precision": "bfloat16", "context_tokens": 64})
    bench.opener.open(TASK, model)
    options = bench.loaded[0][2]["options"]
    assert (bench.compared, options.precision, options.context_tokens) == ([], Precision.BFLOAT16, 64)


def test_the_size_of_files_that_tell_nothing_is_estimated_by_their_weights_until_it_was_measured(bench):
    model = bench.desk.model
    assert bench.opener.size_bytes(TASK, model) == int(2.5 * model.weights_bytes)
    bench.opener.open(TASK, model)
    assert bench.opener.size_bytes(TASK, model) == 700


def test_a_process_that_shrank_meanwhile_gives_no_size_below_nothing(bench):
    bench.memory = iter([1000, 900])
    assert bench.opener.open(TASK, bench.desk.model).size_bytes == 0


@pytest.mark.parametrize(("chosen", "item_bytes"), [(None, 4), ("float32", 4), ("bfloat16", 2), ("int8", 1)])
def test_a_size_is_foretold_in_the_format_that_the_model_will_have(bench, tmp_path, chosen, item_bytes):
    model = bench.desk.model
    directory = tmp_path / model.directory
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    save_file({"fc1.weight": torch.zeros(64, 32, dtype=torch.float16)}, directory / "model.safetensors")
    if chosen:
        with bench.desk.ledger.write() as session:
            (model,) = tunings.choose(session, "marian-en-pt", {"precision": chosen})
    assert bench.opener.size_bytes(TASK, model) == 64 * 32 * item_bytes


def test_another_backend_holds_what_the_process_has_more_of_its_own(bench):
    bench.memory = iter([1000, 1010])

    def load(*_, **__):
        bench.private = 600
        return Proved(bench.attempts)

    bench.opener_loads(load)
    assert bench.opener.open(TASK, bench.desk.model).size_bytes == 600


def test_an_accelerator_tells_itself_what_is_taken(bench, monkeypatch):
    held = iter([10, 35])
    monkeypatch.setattr(device, "allocated_bytes", lambda where: next(held))
    assert bench.opener.open(TASK, bench.desk.model).size_bytes == 25


def test_the_attempt_lasts_until_the_model_has_computed_something(bench):
    bench.opener.open(TASK, bench.desk.model)
    assert bench.attempts == [queue_name(TASK, bench.desk.model), "computed", "over"]


def test_a_model_whose_languages_the_sample_lacks_computes_something_too(bench):
    model = bench.desk.admit("lv-lt", language_pairs=[["lv", "lt"]])
    bench.opener.open(TASK, model)
    assert bench.attempts == [queue_name(TASK, model), "computed", "over"]


def test_a_model_that_loads_and_cannot_compute_is_not_opened(bench, monkeypatch):
    def fail(*_):
        raise RuntimeError("no kernel for this device")

    monkeypatch.setattr(Proved, "run", fail)
    with pytest.raises(RuntimeError, match="no kernel"):
        bench.opener.open(TASK, bench.desk.model)


def test_the_budget_is_half_of_the_machine_divided_by_the_children_or_most_of_an_accelerator(bench, monkeypatch):
    monkeypatch.setattr(module, "machine_bytes", lambda: 1000)
    assert [bench.opener.budget_bytes(children=count) for count in (0, 1, 2)] == [500, 500, 250]
    monkeypatch.setattr(device, "memory_bytes", lambda where: 1000)
    assert bench.opener.budget_bytes(children=2) == 800


def test_memory_of_models_that_are_gone_is_given_back(bench, monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(module.gc, "collect", lambda: done.append("collect"))
    monkeypatch.setattr(device, "empty_caches", done.append)
    monkeypatch.setattr(module, "trim", lambda: done.append("trim"))
    bench.opener.tidy()
    assert done == ["collect", "cpu", "trim"]


def test_a_tokenizer_counts_where_it_lies_in_the_memory_that_is_counted(bench, tmp_path, monkeypatch):
    model = bench.desk.model
    directory = tmp_path / model.directory
    directory.mkdir(parents=True)
    (directory / "config.json").write_text('{"vocab_size": 1000}')
    (directory / "tokenizer.json").write_text('{"model": {"type": "Unigram"}}')
    save_file({"a": torch.zeros(10)}, directory / "model.safetensors")
    assert bench.opener.size_bytes(TASK, model) == 40 + 900_000
    assert bench.opener.open(TASK, model).size_bytes == 700 + 900_000
    bench.opener.device = "cuda:0"
    monkeypatch.setattr(bench.opener, "_chosen_device", lambda: "cuda:0")
    monkeypatch.setattr(device, "kind", lambda where: where)
    assert bench.opener.size_bytes(TASK, model) == 40
