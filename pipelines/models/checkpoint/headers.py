"""The header of a safetensors file, taken only when all of it holds. Imports errors.

Source: https://github.com/huggingface/safetensors#format. Whatever a file says is compared with its length before
anything is computed of it, so that no header costs more than its bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from pipelines.errors import ModelError

LARGEST_HEADER_BYTES = 16_000_000
"""A hundred bytes for each of 160,000 tensors; the format's own limit of 100 MB costs gigabytes to read."""
METADATA = "__metadata__"
MOST_DIMENSIONS = 16
BITS = {"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8}
BITS |= {"I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a file: its format, how many numbers in how many dimensions, and where its bytes begin and end."""

    dtype: str
    numbers: int
    dimensions: int
    start: int
    end: int


def read_header(path: Path) -> dict[str, Tensor]:
    """Tensors by name. Raises ModelError("truncated_weights") for a file that is not what its header says."""
    header, payload = _parsed(path)
    del header[METADATA]
    tensors = {name: tensor for name, entry in header.items() if (tensor := _tensor(entry, payload)) is not None}
    if len(tensors) != len(header):
        _refuse(path, "has no readable header: a tensor's format, shape and place do not belong together")
    if not _fill(list(tensors.values()), payload):
        _refuse(path, "is not as long as its header says, or its tensors overlap")
    return tensors


def read_metadata(path: Path) -> dict[str, str]:
    """What a header says beside its tensors. Raises ModelError as `read_header`."""
    metadata: dict[str, str] = _parsed(path)[0][METADATA]
    return metadata


def _parsed(path: Path) -> tuple[dict[str, Any], int]:
    """The header of a file, in which metadata never lack, and the bytes that follow it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= size - 8:
            _refuse(path, "is shorter than its header")
        if length > LARGEST_HEADER_BYTES:
            _refuse(path, f"has a header of more than {LARGEST_HEADER_BYTES} bytes")
        raw = file.read(length)
    try:
        header = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        _refuse(path, "has no readable header")
    if not isinstance(header, dict) or not _is_metadata(header.setdefault(METADATA, {})):
        _refuse(path, "has no readable header")
    return header, size - 8 - length


def _refuse(path: Path, what: str) -> NoReturn:
    raise ModelError("truncated_weights", f'"{path.name}" {what}. Fetch the file again.')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _is_metadata(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _tensor(entry: Any, payload: int) -> Tensor | None:
    """What a header says of one tensor, None where that cannot be."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        return None
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    bits = BITS.get(dtype) if isinstance(dtype, str) else None
    if bits is None or not _are_counts(shape, MOST_DIMENSIONS) or not _are_counts(offsets, 2) or len(offsets) != 2:
        return None
    numbers = 1
    for length in shape:
        numbers *= length
        if length > 8 * payload or numbers > 8 * payload:
            return None
    start, end = offsets
    return Tensor(dtype, numbers, len(shape), start, end) if numbers * bits == 8 * (end - start) else None


def _are_counts(value: Any, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(type(one) is int and one >= 0 for one in value)


def _fill(tensors: Sequence[Tensor], payload: int) -> bool:
    """Whether the tensors lie one after the other and leave nothing of the file."""
    places = sorted((tensor.start, tensor.end) for tensor in tensors)
    borders = [(0, 0), *places, (payload, payload)]
    return all(one[1] == other[0] for one, other in pairwise(borders))
