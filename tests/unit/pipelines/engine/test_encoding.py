"""One micro-batching encoder for summaries and sentiment: order, isolation of failures, memory, stopping."""

from types import SimpleNamespace

import pytest
import torch

from pipelines.engine.budget import Budget
from pipelines.engine.encoding import Encoder, mean_pooled
from pipelines.errors import PipelineError, ResourceError, StopRequested
from tests.unit.pipelines.tiny_encoders import bert

BAD = 9


def encoder(model, pad_id=0, head=mean_pooled, budget=None):
    return Encoder(model, pad_id, head, "cpu", budget or Budget("cpu"))


def never():
    return False


class Echo:
    """Each token's vector is its id; a row that holds BAD raises `error`, one call may hold `capacity` tokens."""

    device = torch.device("cpu")

    def __init__(self, error=None, capacity=10_000):
        self.error = error
        self.capacity = capacity
        self.calls = []

    def __call__(self, input_ids, attention_mask):
        self.calls.append(tuple(input_ids.shape))
        if input_ids.numel() > self.capacity:
            raise torch.OutOfMemoryError("no memory")
        if self.error is not None and bool((input_ids == BAD).any()):
            raise self.error
        return SimpleNamespace(last_hidden_state=input_ids.unsqueeze(-1).float())


def values(answers):
    return [answer.code if isinstance(answer, PipelineError) else answer.item() for answer in answers]


def test_answers_come_in_the_order_of_the_rows_whatever_their_lengths():
    rows = [[1], [5, 5, 5], [2, 2], [7, 7, 7, 7]]
    assert values(encoder(Echo()).run(rows, never)) == [1, 5, 2, 7]


def test_padding_does_not_count_in_the_mean():
    assert values(encoder(Echo(), 99, mean_pooled).run([[4, 4, 4, 4], [2]], never)) == [4, 2]


def test_no_rows_give_no_answers():
    assert encoder(Echo()).run([], never) == []


def test_a_row_has_the_same_vector_alone_and_in_a_batch():
    rows = [[2, 6, 7, 3], [2, 8, 9, 10, 11, 12, 3], [2, 13, 3]]
    together = encoder(bert()).run(rows, never)
    for row, vector in zip(rows, together, strict=True):
        torch.testing.assert_close(encoder(bert()).run([row], never)[0], vector, atol=1e-5, rtol=0)


def test_a_row_that_makes_the_model_raise_fails_alone():
    rows = [[1], [2], [BAD], [3], [4]]
    answers = encoder(Echo(ValueError("about the text"))).run(rows, never)
    assert values(answers) == [1, 2, "model_failure", 3, 4]
    assert "about the text" not in answers[2].message


def test_a_row_with_values_that_are_not_finite_fails_alone():
    def head(output, mask):
        return 1 / (output.last_hidden_state[:, 0] - BAD)

    answers = encoder(Echo(), 0, head).run([[8], [BAD], [10]], never)
    assert values(answers) == [-1, "model_failure", 1]


def test_running_out_of_memory_halves_the_micro_batch_until_it_fits():
    model = Echo(capacity=4)
    assert values(encoder(model).run([[row, row] for row in range(8)], never)) == list(range(8))


def test_what_did_not_fit_once_is_not_tried_again():
    model = Echo(capacity=4)
    resident = encoder(model)
    resident.run([[1, 1]] * 8, never)
    model.calls.clear()
    resident.run([[1, 1]] * 8, never)
    assert max(rows * length for rows, length in model.calls) <= model.capacity


def test_a_single_row_that_does_not_fit_is_a_resource_error_and_its_neighbours_finish():
    answers = encoder(Echo(capacity=4)).run([[1], [2] * 5, [3]], never)
    assert values(answers) == [1, "out_of_memory", 3]
    assert isinstance(answers[1], ResourceError)


def test_the_cpu_allocator_s_plain_runtime_error_counts_as_out_of_memory():
    error = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")
    assert values(encoder(Echo(error)).run([[1], [BAD]], never)) == [1, "out_of_memory"]


def test_a_broken_device_is_the_whole_batch_s_fault():
    broken = torch.AcceleratorError("device-side assert")
    with pytest.raises(torch.AcceleratorError):
        encoder(Echo(broken)).run([[1], [BAD]], never)


def test_a_stop_is_heard_between_micro_batches():
    model = Echo()
    with pytest.raises(StopRequested):
        encoder(model, budget=Budget("cpu", 1)).run([[1], [2], [3]], lambda: len(model.calls) == 2)
    assert len(model.calls) == 2
