"""A weight file whose header lies is refused at once, whatever it says; an honest one is read as it is."""

import struct
import time
import tracemalloc

import pytest
import torch
from safetensors.torch import save_file

from pipelines.errors import ModelError
from pipelines.models.checkpoint.headers import LARGEST_HEADER_BYTES, read_header
from tests import hostile


@pytest.mark.parametrize("kind", sorted(hostile.HEADERS))
def test_a_header_that_cannot_be_is_refused_by_the_name_of_its_file(tmp_path, kind):
    hostile.weights(tmp_path, *hostile.HEADERS[kind])
    begun = time.process_time()
    with pytest.raises(ModelError, match=r'"model\.safetensors"') as caught:
        read_header(tmp_path / "model.safetensors")
    assert caught.value.code == "truncated_weights"
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("length", [0, 1, 40, 2**63, 2**64 - 1])
def test_a_length_that_the_file_does_not_have_is_refused(tmp_path, length):
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{}" * 10)
    with pytest.raises(ModelError):
        read_header(path)


def test_a_header_beyond_the_largest_is_not_read(tmp_path):
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", LARGEST_HEADER_BYTES + 1))
        file.truncate(LARGEST_HEADER_BYTES + 100)
    tracemalloc.start()
    with pytest.raises(ModelError, match="more than"):
        read_header(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int8, torch.bool, torch.float64]


def test_what_safetensors_writes_is_read(tmp_path):
    tensors = {str(dtype): torch.zeros(3, 5).to(dtype) for dtype in DTYPES}
    tensors |= {"scalar": torch.tensor(1.0), "none": torch.zeros(0, 7)}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"format": "pt"})
    found = read_header(tmp_path / "a.safetensors")
    assert {name: one.numbers for name, one in found.items()} == {name: one.numel() for name, one in tensors.items()}
    assert {name: one.end - one.start for name, one in found.items()} == {n: t.nbytes for n, t in tensors.items()}
